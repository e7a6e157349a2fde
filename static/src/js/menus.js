// Menus (details), dialogs that ask first, copying, and times told as a distance.
import { register, text } from "./components.js";
import { toast } from "./toasts.js";

function closeMenus(except) {
  document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
    if (menu !== except) menu.open = false;
  });
}

document.addEventListener("click", (event) => {
  closeMenus(event.target.closest?.("details[data-menu]"));
  if (event.target.closest?.("[data-close-dialog]")) event.target.closest("dialog")?.close();
  // A click on the backdrop lands on the dialog itself.
  if (event.target.matches?.("dialog.modal")) event.target.close();
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details[data-menu][open]");
  if (event.key === "Escape") {
    closeMenus();
    menu?.querySelector("summary").focus();
    return;
  }
  if (!menu || !["ArrowDown", "ArrowUp"].includes(event.key) || event.target.matches("input, select")) return;
  const stops = [...menu.querySelectorAll(".dropdown-content :is(a, button, input)")];
  if (!stops.length) return;
  event.preventDefault();
  const step = event.key === "ArrowDown" ? 1 : -1;
  const at = stops.indexOf(document.activeElement);
  stops[(at + step + stops.length) % stops.length].focus();
});

register("confirm", (element) => {
  const opener = element.querySelector("[data-confirm]");
  // By its id: where the button stands in a paragraph, the parser puts the dialog after it.
  const dialog = document.getElementById(opener.dataset.confirm);
  const name = dialog.querySelector("[data-must-equal]");
  const open = (event) => {
    event.preventDefault();
    dialog.showModal();
  };
  const check = () => name.setCustomValidity(name.value.trim() === name.dataset.mustEqual ? "" : text("typeName"));
  opener.addEventListener("click", open);
  if (name) {
    name.addEventListener("input", check);
    check();
  }
  return () => dialog.close();
});

register("copy", (element) => {
  element.querySelector("[data-copy]").addEventListener("click", async () => {
    const words = element.querySelector("[data-text]");
    try {
      await navigator.clipboard.writeText(words.textContent);
      toast(text("copied"), "success");
    } catch {
      // No clipboard (plain http): select it, so that the keyboard can copy.
      getSelection().selectAllChildren(words);
    }
  });
});

const UNITS_S = [["year", 31536000], ["month", 2592000], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];

function tellDistances(root = document) {
  const format = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "auto" });
  root.querySelectorAll("time[data-relative]").forEach((element) => {
    const seconds = (new Date(element.dateTime) - Date.now()) / 1000;
    const [unit, size] = UNITS_S.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
    const amount = unit === "second" ? 0 : Math.round(seconds / size);
    element.textContent = format.format(amount, unit);
  });
}

tellDistances();
document.addEventListener("htmx:load", (event) => tellDistances(event.detail.elt));
setInterval(() => tellDistances(), 60_000);
