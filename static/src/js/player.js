// The one player. Its audio element belongs to this module, not to a page, so it plays on while pages change.
import { text } from "./components.js";
import { listenToKeys, release, takeOver } from "./sound.js";
import { clock } from "./time.js";
import { toast } from "./toasts.js";
import { drawWave } from "./wave.js";

const STEP_S = 5;
const audio = new Audio();
audio.preload = "metadata";
const listeners = new Set();
let current = null;
let wave = null;
let drawing = 0;

const bar = () => document.getElementById("player");
const part = (name) => bar()?.querySelector(`[data-${name}]`);
const duration = () => (Number.isFinite(audio.duration) && audio.duration) || current?.duration_s || 0;

/** What plays: `{ recording, time, playing, duration }`. */
export function state() {
  return { recording: current, time: audio.currentTime, playing: !audio.paused, duration: duration() };
}

/** `listener(state)` on every change; returns a way to stop. */
export function subscribe(listener) {
  listeners.add(listener);
  listener(state());
  return () => listeners.delete(listener);
}

export const isCurrent = (url) => current?.audio_url === url;

/** Plays `{title, by, audio_url, peaks_url, duration_s, page_url}` from `at` seconds; the one that plays pauses. */
export function play(recording, at) {
  if (!isCurrent(recording.audio_url)) {
    current = recording;
    audio.src = recording.audio_url;
    showRecording();
  }
  if (at !== undefined) audio.currentTime = at;
  audio.play().catch((error) => error.name !== "AbortError" && toast(text("audioError"), "error"));
}

export function toggle(recording) {
  if (isCurrent(recording.audio_url) && !audio.paused) audio.pause();
  else play(recording);
}

export function pause() {
  audio.pause();
}

export function seek(seconds) {
  audio.currentTime = Math.min(Math.max(0, seconds), duration() || seconds);
}

function close() {
  audio.pause();
  audio.removeAttribute("src");
  current = null;
  wave?.destroy();
  wave = null;
  bar().hidden = true;
  announce();
}

async function showRecording() {
  const element = bar();
  if (!element || !current) return;
  element.hidden = false;
  part("title").textContent = current.title;
  part("by").textContent = current.by ?? "";
  const link = part("link");
  if (current.page_url) link.href = current.page_url;
  else link.removeAttribute("href");
  wave?.destroy();
  wave = null;
  const turn = ++drawing;
  const drawn = await drawWave(part("stage"), {
    peaksUrl: current.peaks_url,
    duration: current.duration_s,
    height: 36,
    onSeek: (fraction) => seek(fraction * duration()),
  });
  if (turn !== drawing) drawn?.destroy();
  else wave = drawn;
}

function announce() {
  const now = state();
  const element = bar();
  if (element) {
    part("time").textContent = clock(now.time);
    part("total").textContent = clock(now.duration);
    setPlaying(part("toggle"), now.playing);
    wave?.show(now.time);
  }
  document.querySelectorAll("[data-play]").forEach((button) => {
    setPlaying(button, now.playing && isCurrent(button.dataset.audioUrl) && isWithin(button, now.time));
  });
  listeners.forEach((listener) => listener(now));
}

/** A button may stand for a stretch of its recording (`data-at`, `data-until`), else for all of it. */
function isWithin(button, time) {
  const { at, until } = button.dataset;
  return at === undefined || (time >= Number(at) - 0.5 && time <= Number(until));
}

/** Shows a button as play or pause: swaps the icon of the sprite and says so. */
export function setPlaying(button, playing) {
  const use = button?.querySelector("use");
  if (!use) return;
  const href = use.getAttribute("href").split("#")[0];
  use.setAttribute("href", `${href}#${playing ? "pause" : "play"}`);
  button.setAttribute("aria-pressed", String(playing));
}

audio.addEventListener("play", () => takeOver(audio, pause));
audio.addEventListener("pause", () => release(audio));
["play", "pause", "timeupdate", "seeked", "loadedmetadata", "ended"].forEach((name) => audio.addEventListener(name, announce));
audio.addEventListener("error", () => audio.getAttribute("src") && toast(text("audioError"), "error"));

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-play]");
  if (button) {
    const { title, by, audioUrl, peaksUrl, duration: length, at } = button.dataset;
    const recording = { title, by, audio_url: audioUrl, peaks_url: peaksUrl, duration_s: Number(length) || 0 };
    const elsewhere = !isCurrent(audioUrl) || !isWithin(button, audio.currentTime);
    if (at !== undefined && elsewhere) play(recording, Number(at));
    else toggle(recording);
    return;
  }
  const element = bar();
  if (!current || !element?.contains(event.target)) return;
  if (event.target.closest("[data-toggle]")) toggle(current);
  else if (event.target.closest("[data-back]")) seek(audio.currentTime - 10);
  else if (event.target.closest("[data-forward]")) seek(audio.currentTime + 10);
  else if (event.target.closest("[data-close]")) close();
});

document.addEventListener("input", (event) => {
  if (event.target.matches?.("#player [data-volume]")) audio.volume = Number(event.target.value);
});

listenToKeys(audio, () => (current ? bar() : null), {
  " ": () => toggle(current),
  ArrowLeft: () => seek(audio.currentTime - STEP_S),
  ArrowRight: () => seek(audio.currentTime + STEP_S),
});

// hx-preserve keeps the bar; a page that had none (log-in) brings an empty one.
document.addEventListener("htmx:afterSettle", () => {
  if (current && bar() && (bar().hidden || !part("stage").firstChild)) showRecording();
  announce();
});
