// htmx: the token on every request, errors as toasts, an expired session as a dialog that lets one send again.
import htmx from "../vendor/htmx.js";
import { text } from "./components.js";
import { toast } from "./toasts.js";

window.htmx = htmx;
let failed = null;

const cookie = (name) => document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.split("=")[1];

/** The token of now: signing in elsewhere changes it, so the cookie wins over what the page was made with. */
export function csrfToken() {
  return cookie("csrftoken") ?? document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

function isLoginPage(url) {
  return new URL(url || "/", location.href).pathname.startsWith("/accounts/login");
}

/** Shows that the session has ended; `again` sends what could not be sent. */
export function sessionEnded(again) {
  failed = again;
  document.getElementById("session-dialog")?.showModal();
}

document.addEventListener("htmx:configRequest", (event) => {
  const token = csrfToken();
  if (token) event.detail.headers["X-CSRFToken"] = token;
  // Of the token in the body and the one in the header Django takes the first that it finds.
  if (event.detail.formData.has("csrfmiddlewaretoken")) event.detail.formData.set("csrfmiddlewaretoken", token);
});

document.addEventListener("htmx:beforeSwap", (event) => {
  // `detail.elt` is what would be swapped; the sender is in the request.
  const { xhr, requestConfig } = event.detail;
  const refused = xhr.status === 401 || xhr.getResponseHeader("X-Descant-Csrf") === "failed";
  const sent = requestConfig && requestConfig.verb !== "get";
  const sentToLogin = sent && isLoginPage(xhr.responseURL) && !isLoginPage(location.href);
  if (!refused && !sentToLogin) return;
  event.detail.shouldSwap = false;
  event.detail.isError = false;
  if (sent) {
    const sender = requestConfig.elt;
    const form = sender.closest("form");
    const submitter = requestConfig.triggeringEvent?.submitter;
    sessionEnded(() => (form ? form.requestSubmit(submitter ?? null) : htmx.trigger(sender, "click")));
  } else if (requestConfig?.boosted) {
    // A page was asked for: the server leads to it by way of the log-in page.
    location.assign(requestConfig.path);
  }
  // Whatever asks by itself now and then stays quiet.
});

document.addEventListener("htmx:responseError", () => toast(text("serverError"), "error"));
document.addEventListener("htmx:sendError", () => toast(text("networkError"), "error"));

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-session-resend]")) return;
  document.getElementById("session-dialog")?.close();
  failed?.();
  failed = null;
});

// After a boosted page change: to the top, or to the first wrong field.
document.addEventListener("htmx:afterSettle", (event) => {
  if (!event.detail.boosted && event.detail.target !== document.body) return;
  const summary = document.querySelector("[data-error-summary]");
  if (summary) summary.focus();
  else if (!location.hash) window.scrollTo({ top: 0 });
});
