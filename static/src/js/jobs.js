// Job cards ask how far they are, often while something moves and less often while nothing does.
import htmx from "../vendor/htmx.js";
import { register, text } from "./components.js";

const FIRST_MS = 500;
const SLOWEST_MS = 8000;
const GROWTH = 1.5;
const OPEN = ["queued", "running"];
const waits = new Map();

/** The next wait: short again when something moved, longer otherwise. */
export function nextWait(previous, moved) {
  return moved || !previous ? FIRST_MS : Math.min(previous * GROWTH, SLOWEST_MS);
}

function timeLeft(element) {
  const started = Date.parse(element.dataset.started);
  const progress = Number(element.dataset.progress);
  const seconds = (Date.now() - started) / 1000;
  if (!(progress > 0.05) || !(seconds > 2)) return "";
  const left = (seconds / progress) * (1 - progress);
  return left > 90 ? text("minutesLeft", Math.round(left / 60)) : text("secondsLeft", Math.max(1, Math.round(left)));
}

register("job", (element) => {
  const { poll, state, progress } = element.dataset;
  const key = element.closest("[data-menu]") ? `menu ${element.id}` : element.id;
  const label = element.querySelector("[data-time-left]");
  if (label) label.textContent = timeLeft(element);
  if (!poll || !OPEN.includes(state)) {
    const before = waits.get(key);
    waits.delete(key);
    // Seen to end while one was looking: go to the result.
    if (before && state === "succeeded" && element.dataset.done && !element.closest("[data-menu]")) htmx.ajax("GET", element.dataset.done, { target: "body", push: "true" });
    return undefined;
  }
  const before = waits.get(key);
  const moved = !before || before.state !== state || before.progress !== progress;
  const wait = nextWait(before?.wait, moved);
  waits.set(key, { wait, state, progress });
  const ask = () => {
    // A hidden tab asks seldom; it catches up when it is looked at.
    if (document.hidden) timer = setTimeout(ask, SLOWEST_MS);
    else htmx.ajax("GET", poll, { target: element, swap: "outerHTML", source: element }).catch(again);
  };
  const again = () => (timer = setTimeout(ask, SLOWEST_MS));
  const failed = (event) => event.target === element && again();
  let timer = setTimeout(ask, wait);
  element.addEventListener("htmx:responseError", failed);
  element.addEventListener("htmx:sendError", failed);
  return () => clearTimeout(timer);
});

// The menu of running work in the top bar: asked when opened, and now and then for its count.
register("running-jobs", (element) => {
  const list = element.querySelector("[data-list]");
  const count = element.querySelector("[data-count]");
  let timer = null;
  let wait = FIRST_MS;
  const ask = async () => {
    clearTimeout(timer);
    if (!document.hidden) {
      const answer = await fetch(element.dataset.poll, { headers: { "HX-Request": "true" } }).catch(() => null);
      if (answer?.ok && !answer.redirected) show(await answer.text());
    }
    wait = Math.min(wait * 2, 30_000);
    timer = setTimeout(ask, wait);
  };
  const show = (html) => {
    if (!html.trim()) list.textContent = text("nothingRunning");
    else htmx.swap(list, html, { swapStyle: "innerHTML" });
    const open = list.querySelectorAll('[data-state="queued"], [data-state="running"]').length;
    count.hidden = !open;
    count.textContent = open || "";
  };
  const opened = () => {
    wait = FIRST_MS;
    if (element.open) ask();
  };
  element.addEventListener("toggle", opened);
  document.addEventListener("descant:uploaded", opened);
  ask();
  return () => {
    clearTimeout(timer);
    document.removeEventListener("descant:uploaded", opened);
  };
});
