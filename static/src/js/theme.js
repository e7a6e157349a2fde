// Light, dark or as the system: at once in the page, stored by the server (cookie and profile).
import { csrfToken } from "./htmx_setup.js";

const SHOWN = ["light", "dark"];

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-theme-form]")) return;
  event.preventDefault();
  const theme = event.submitter?.value;
  if (SHOWN.includes(theme)) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  event.target.closest("details")?.removeAttribute("open");
  document.dispatchEvent(new CustomEvent("descant:theme"));
  fetch(event.target.action, {
    method: "POST",
    headers: { "X-CSRFToken": csrfToken(), Accept: "application/json" },
    body: new URLSearchParams({ theme }),
  });
});

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  document.dispatchEvent(new CustomEvent("descant:theme"));
});
