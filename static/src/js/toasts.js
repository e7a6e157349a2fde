// Short messages at the edge. They stay while the pointer or focus is on them.
import { icon, register, text } from "./components.js";

const STAY_MS = 6000;

function arm(element) {
  let timer = null;
  const start = () => (timer = setTimeout(() => element.remove(), STAY_MS));
  const stop = () => clearTimeout(timer);
  element.addEventListener("pointerenter", stop);
  element.addEventListener("pointerleave", start);
  element.querySelector("[data-dismiss]").addEventListener("click", () => element.remove());
  // Errors wait for the reader.
  if (!element.classList.contains("tone-error")) start();
  return stop;
}

/** Shows `message`; tone: info, success, warning or error. The same text is not shown twice at once. */
export function toast(message, tone = "info") {
  const host = document.getElementById("toasts");
  if (!host || !message) return;
  if ([...host.querySelectorAll("p")].some((shown) => shown.textContent === message)) return;
  const element = document.createElement("div");
  element.className = `toast-item tone-${tone}`;
  const words = document.createElement("p");
  words.textContent = message;
  const close = document.createElement("button");
  close.className = "btn btn-ghost btn-xs btn-square";
  close.type = "button";
  close.dataset.dismiss = "";
  close.setAttribute("aria-label", text("close"));
  close.append(icon("x", "icon-sm"));
  element.append(words, close);
  host.append(element);
  arm(element);
}

register("toast", arm);
