// The cue sheet of a long recording: by keyboard from cue to cue, and a mark on the time line where it plays.
import { register } from "./components.js";
import { isCurrent, subscribe } from "./player.js";

const NOT_HERE = "input, textarea, select, [contenteditable], dialog";
// The row that was worked on: it stays chosen when the sheet comes anew after a change.
let lastRow = "";

register("cue-sheet", (table) => {
  const rows = () => [...table.querySelectorAll("[data-cue]")];
  const chosen = () => table.querySelector("[data-cue].is-chosen") ?? document.activeElement?.closest?.("[data-cue]");

  function choose(row) {
    lastRow = row.id;
    rows().forEach((other) => other.classList.toggle("is-chosen", other === row));
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  function step(by) {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(chosen());
    choose(all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)]);
  }

  const acts = {
    j: () => step(1),
    k: () => step(-1),
    p: (row) => row?.querySelector("[data-play]")?.click(),
    c: (row) => row?.querySelector("[data-confirm-cue]")?.click(),
    e: (row) => row?.querySelector("[data-edit-cue]")?.click(),
    u: (row) => row?.querySelector("[data-undo-cue]")?.click(),
    x: (row) => row?.querySelector("[data-remove-cue]")?.click(),
  };

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest?.(NOT_HERE)) return;
    const act = acts[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act(chosen());
  }

  function onClick(event) {
    const row = event.target.closest("[data-cue]");
    if (row) lastRow = row.id;
  }

  const named = location.hash.startsWith("#cue-") ? location.hash.slice(1) : lastRow;
  const row = named && document.getElementById(named);
  if (row) {
    choose(row);
    // A page that came by itself would be scrolled to its top.
    if (!location.hash) requestAnimationFrame(() => choose(row));
  }
  table.addEventListener("click", onClick, true);
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
});

register("cue-dialog", (dialog) => {
  const body = dialog.firstElementChild;
  const shown = (event) => {
    if (event.target !== body || !body.childElementCount) return;
    if (!dialog.open) dialog.showModal();
    (body.querySelector("[data-error-summary]") ?? body.querySelector("input:not([type=hidden])"))?.focus();
  };
  const closed = () => body.replaceChildren();
  document.addEventListener("htmx:afterSettle", shown);
  dialog.addEventListener("close", closed);
  return () => document.removeEventListener("htmx:afterSettle", shown);
});

register("cue-line", (figure) => {
  const mark = figure.querySelector("[data-now]");

  figure.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-at]");
    if (!link) return;
    const row = document.getElementById(link.getAttribute("href").slice(1));
    if (!row) return;
    event.preventDefault();
    document.querySelectorAll("[data-cue]").forEach((other) => other.classList.toggle("is-chosen", other === row));
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "center" });
  });

  return subscribe(({ recording, time, duration }) => {
    const button = document.querySelector(".cue-sheet [data-play]");
    const here = recording && button && isCurrent(button.dataset.audioUrl) && duration > 0;
    if (!mark) return;
    mark.toggleAttribute("hidden", !here);
    if (!here) return;
    const place = `${(time / duration) * 100}%`;
    mark.setAttribute("x1", place);
    mark.setAttribute("x2", place);
  });
});
