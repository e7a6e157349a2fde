// The search dialog: ⌘K or Ctrl K, arrows through the results.
const dialog = () => document.getElementById("search-dialog");

function open() {
  const element = dialog();
  if (!element || element.open) return;
  element.showModal();
  element.querySelector("input").focus();
  element.querySelector("input").select();
}

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() === "k" && (event.metaKey || event.ctrlKey) && dialog()) {
    event.preventDefault();
    open();
    return;
  }
  const element = dialog();
  if (!element?.open || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  const stops = [element.querySelector("input"), ...element.querySelectorAll("#search-results a")];
  const at = stops.indexOf(document.activeElement);
  const next = stops[at + (event.key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-search-open]")) open();
});

// A boosted link in the results changes the page under the dialog.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target === document.body) dialog()?.close();
});

if (!/Mac|iPhone|iPad/.test(navigator.userAgent)) {
  const say = () => document.querySelectorAll("[data-search-key]").forEach((key) => (key.textContent = "Ctrl K"));
  say();
  document.addEventListener("htmx:load", say);
}
