// Plays piano rolls with Web Audio: one score, or two locked to a shared axis. No recording is fetched.
import { dataOf, register, text } from "./components.js";
import { setPlaying } from "./player.js";
import { listenToKeys, release, takeOver } from "./sound.js";
import { clock } from "./time.js";

const AHEAD_S = 0.25;
const STEP_MS = 80;
const START_DELAY_S = 0.06;
const LOUDNESS = 0.16;
const ATTACK_S = 0.012;
const RELEASE_S = 0.09;
const ZOOM = 1.4;
const LEAST_ZOOM = 0.5;
const MOST_ZOOM = 6;
const STEP_SHARE = 0.02;
const PAN = { a: -0.35, b: 0.35 };

let context = null;
/** One context for the page; browsers allow few. Made on the first press: before, they refuse to sound. */
function audioContext() {
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume();
  return context;
}

const hertz = (pitch) => 440 * 2 ** ((pitch - 69) / 12);

/** One struck string: two partials that die away, softer the higher they lie. */
function strike(audio, target, pitch, at, length) {
  const gain = audio.createGain();
  const loud = LOUDNESS * Math.min(1, (72 / Math.max(pitch, 36)) ** 0.7);
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(loud, at + ATTACK_S);
  gain.gain.exponentialRampToValueAtTime(loud * 0.35, at + ATTACK_S + Math.max(length, 0.05));
  gain.gain.linearRampToValueAtTime(0, at + length + RELEASE_S);
  gain.connect(target);
  return ["triangle", "sine"].map((type, index) => {
    const oscillator = audio.createOscillator();
    oscillator.type = type;
    oscillator.frequency.value = hertz(pitch) * (index + 1);
    const share = audio.createGain();
    share.gain.value = index ? 0.25 : 1;
    oscillator.connect(share).connect(gain);
    oscillator.start(at);
    oscillator.stop(at + length + RELEASE_S + 0.02);
    return oscillator;
  });
}

class ScorePlayer {
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.mode = data.modes[0];
    this.at = 0; // share of the drawn stretch
    this.playing = false;
    this.zoom = 1;
    this.sounding = [];
    this.plane = root.querySelector("[data-plane]");
    this.scroll = root.querySelector("[data-scroll]");
    this.cursor = root.querySelector("[data-cursor]");
    this.still = window.matchMedia("(prefers-reduced-motion: reduce)");
    root.querySelector("[data-tools]").hidden = false;
    this.show();
  }

  /** What the present mode plays, in order: `[share, length share, pitch, pan]`. */
  get line() {
    const sameKey = this.root.querySelector("[data-same-key]")?.checked;
    const notes = this.mode.sets.flatMap((name) => {
      const shift = name === "b" && sameKey ? -(this.data.shift ?? 0) : 0;
      const pan = this.mode.sets.length > 1 ? (PAN[name] ?? 0) : 0;
      return this.data.sets[name].map(([start, length, pitch]) => [start, length, pitch + shift, pan]);
    });
    return notes.sort((one, other) => one[0] - other[0]);
  }

  choose(key) {
    const goOn = this.playing;
    this.stop();
    this.mode = this.data.modes.find((mode) => mode.key === key) ?? this.mode;
    this.show();
    if (goOn) this.start();
  }

  toggle() {
    if (this.playing) this.stop();
    else this.start();
  }

  start() {
    takeOver(this, () => this.stop());
    const audio = audioContext();
    if (this.at >= 0.999) this.at = 0;
    this.notes = this.line;
    this.next = this.notes.findIndex(([start, length]) => start + length > this.at);
    this.output = audio.createGain();
    this.output.connect(audio.destination);
    this.began = audio.currentTime + START_DELAY_S - this.at * this.mode.seconds;
    this.playing = true;
    this.schedule();
    this.timer = setInterval(() => this.schedule(), STEP_MS);
    this.frame = requestAnimationFrame(() => this.follow());
    this.show();
  }

  /** Hands the notes of the next moments to the audio clock; timers alone are not exact enough. */
  schedule() {
    const audio = audioContext();
    const until = audio.currentTime + AHEAD_S;
    while (this.next >= 0 && this.next < this.notes.length) {
      const [start, length, pitch, pan] = this.notes[this.next];
      const at = this.began + start * this.mode.seconds;
      if (at > until) break;
      const rest = length * this.mode.seconds - Math.max(0, audio.currentTime - at);
      if (rest > 0.02) {
        const side = audio.createStereoPanner();
        side.pan.value = pan;
        side.connect(this.output);
        this.sounding.push(...strike(audio, side, pitch, Math.max(at, audio.currentTime), rest));
      }
      this.next += 1;
    }
    if ((audio.currentTime - this.began) / this.mode.seconds >= 1) this.end();
  }

  follow() {
    if (!this.playing) return;
    const now = (audioContext().currentTime - this.began) / this.mode.seconds;
    this.at = Math.min(1, Math.max(0, now));
    this.showPlace();
    this.keepInSight();
    this.frame = requestAnimationFrame(() => this.follow());
  }

  end() {
    this.stop();
    this.at = 0;
    this.show();
  }

  stop() {
    if (!this.playing) return;
    this.playing = false;
    release(this);
    clearInterval(this.timer);
    cancelAnimationFrame(this.frame);
    const now = audioContext().currentTime;
    // A short fade: a cut would click.
    this.output.gain.setTargetAtTime(0, now, 0.015);
    this.sounding.forEach((oscillator) => oscillator.stop(now + 0.1));
    this.sounding = [];
    this.show();
  }

  seek(share) {
    const goOn = this.playing;
    this.stop();
    this.at = Math.min(1, Math.max(0, share));
    this.show();
    this.keepInSight();
    if (goOn) this.start();
  }

  resize(direction) {
    this.zoom = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, this.zoom * (direction > 0 ? ZOOM : 1 / ZOOM)));
    const before = this.plane.clientWidth || this.plane.getBoundingClientRect().width;
    const middle = (this.scroll.scrollLeft + this.scroll.clientWidth / 2) / before;
    this.plane.setAttribute("width", Math.round(Number(this.plane.dataset.width) * this.zoom));
    const after = this.plane.getBoundingClientRect().width;
    this.scroll.scrollLeft = middle * after - this.scroll.clientWidth / 2;
  }

  /** Turns the page when the cursor leaves the window; a smooth slide only for those who want motion. */
  keepInSight() {
    const x = this.at * this.plane.getBoundingClientRect().width;
    const left = this.scroll.scrollLeft;
    const width = this.scroll.clientWidth;
    if (x >= left && x <= left + width * 0.92) return;
    this.scroll.scrollTo({ left: Math.max(0, x - width * 0.15), behavior: this.still.matches ? "instant" : "smooth" });
  }

  showPlace() {
    const x = `${(100 * this.at).toFixed(3)}%`;
    this.cursor.setAttribute("x1", x);
    this.cursor.setAttribute("x2", x);
    this.cursor.setAttribute("visibility", this.playing || this.at > 0 ? "visible" : "hidden");
    this.root.querySelector("[data-time]").textContent = clock(this.at * this.mode.seconds, 1);
  }

  show() {
    const button = this.root.querySelector("[data-toggle]");
    setPlaying(button, this.playing);
    button.querySelector("span").textContent = text(this.playing ? "pause" : "play");
    this.root.querySelectorAll("[data-mode]").forEach((choice) => {
      choice.setAttribute("aria-pressed", String(choice.dataset.mode === this.mode.key));
    });
    this.showPlace();
  }
}

register("score-player", (root) => {
  const score = new ScorePlayer(root, dataOf(root));
  const click = (event) => {
    const target = (name) => event.target.closest(`[data-${name}]`);
    if (target("toggle")) score.toggle();
    else if (target("mode")) score.choose(target("mode").dataset.mode);
    else if (target("zoom")) score.resize(Number(target("zoom").dataset.zoom));
    else if (target("plane")) {
      const box = score.plane.getBoundingClientRect();
      score.seek((event.clientX - box.left) / box.width);
    }
  };
  const retune = (event) => {
    if (!event.target.matches("[data-same-key]") || !score.playing) return;
    score.stop();
    score.start();
  };
  root.addEventListener("click", click);
  root.addEventListener("change", retune);
  const stopListening = listenToKeys(score, () => root, {
    " ": () => score.toggle(),
    ArrowLeft: () => score.seek(score.at - STEP_SHARE),
    ArrowRight: () => score.seek(score.at + STEP_SHARE),
    Home: () => score.seek(0),
    "+": () => score.resize(1),
    "-": () => score.resize(-1),
  });
  return () => {
    stopListening();
    score.stop();
  };
});
