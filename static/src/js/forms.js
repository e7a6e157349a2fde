// Forms: validation as one goes, nothing typed is lost, filters that send themselves.
import htmx from "../vendor/htmx.js";
import { icon, register, text } from "./components.js";
import { toast } from "./toasts.js";

const KEEP = "form[data-keep]";
const SAVED = "descant:form:";
const dirty = new WeakSet();

const keyOf = (form) => `${SAVED}${location.pathname}#${new URL(form.action, location.href).pathname}`;

/** What may be stored: no passwords, files or tokens. */
function fields(form) {
  return [...form.elements].filter(
    (field) => field.name && !["password", "file", "hidden", "submit", "button"].includes(field.type),
  );
}

function save(form) {
  const values = fields(form).map((field) => [field.name, ["checkbox", "radio"].includes(field.type) ? field.checked : field.value, field.value]);
  sessionStorage.setItem(keyOf(form), JSON.stringify(values));
}

function restore(form) {
  const saved = sessionStorage.getItem(keyOf(form));
  if (!saved) return;
  const left = JSON.parse(saved);
  let changed = false;
  for (const field of fields(form)) {
    const box = ["checkbox", "radio"].includes(field.type);
    const at = left.findIndex(([name, , value]) => name === field.name && (!box || value === field.value));
    if (at < 0) continue;
    const [[, value]] = left.splice(at, 1);
    if (box ? field.checked === value : field.value === value) continue;
    if (box) field.checked = value;
    else field.value = value;
    changed = true;
  }
  if (changed) {
    dirty.add(form);
    toast(text("restored"), "info");
  }
}

function problem(field) {
  if (field.validity.valid) return "";
  if (field.validity.valueMissing) return text("required");
  return field.validationMessage || text("invalid");
}

/** Says beside the field what is wrong; the server's words stay until the field is changed. */
function showProblem(field, words) {
  const host = document.getElementById(`${field.id}_errors`);
  if (!host) return;
  host.replaceChildren();
  field.classList.toggle("is-wrong", Boolean(words));
  if (words) {
    field.setAttribute("aria-invalid", "true");
    const line = document.createElement("p");
    const message = document.createElement("span");
    message.textContent = words;
    line.append(icon("circle-alert", "icon-sm"), message);
    host.append(line);
  } else field.removeAttribute("aria-invalid");
}

document.addEventListener("input", (event) => {
  const form = event.target.closest?.(KEEP);
  if (!form) return;
  dirty.add(form);
  save(form);
  if (event.target.getAttribute("aria-invalid")) showProblem(event.target, problem(event.target));
});

document.addEventListener("focusout", (event) => {
  const field = event.target;
  if (!field.matches?.("form.form :is(input, select, textarea)") || !field.id) return;
  // An untouched empty field is not wrong yet.
  if (field.value || field.getAttribute("aria-invalid")) showProblem(field, problem(field) || (field.dataset.serverError ?? ""));
});

document.addEventListener("submit", (event) => dirty.delete(event.target), true);
const leave = (event) => {
  if ([...document.querySelectorAll(KEEP)].some((form) => dirty.has(form))) event.preventDefault();
};
window.addEventListener("beforeunload", leave);
document.addEventListener("htmx:confirm", (event) => {
  const link = event.detail.elt;
  if (link.tagName !== "A" || !link.href) return;
  const left = [...document.querySelectorAll(KEEP)].filter((form) => dirty.has(form));
  if (!left.length) return;
  if (confirm(text("leave"))) left.forEach((form) => sessionStorage.removeItem(keyOf(form)));
  else event.preventDefault();
});

/** A form came back without errors, or another page came: what was kept for it has arrived. */
function forget(event) {
  const { requestConfig, xhr } = event.detail;
  const form = requestConfig?.elt?.closest?.(KEEP);
  if (!form || xhr.status >= 400 || requestConfig.verb === "get") return;
  const landed = new URL(xhr.responseURL, location.href).pathname;
  if (!landed.startsWith("/accounts/login")) sessionStorage.removeItem(keyOf(form));
}
// Before the swap: the answer may bring the same form again, which must come empty.
document.addEventListener("htmx:beforeSwap", forget);
document.addEventListener("htmx:afterRequest", forget);

function setUp(root) {
  root.querySelectorAll?.(KEEP).forEach((form) => {
    // Errors of the server: the fields hold what was sent.
    if (form.querySelector("[data-error-summary]")) save(form);
    else restore(form);
  });
  root.querySelector?.("[data-error-summary]")?.focus();
}

register("filters", (form) => {
  const submit = () => htmx.trigger(form, "submit");
  let timer = null;
  const typed = (event) => {
    if (!event.target.matches('[type="search"], [type="text"]')) return;
    clearTimeout(timer);
    timer = setTimeout(submit, 500);
  };
  const changed = (event) => !event.target.matches('[type="search"], [type="text"]') && submit();
  form.addEventListener("change", changed);
  form.addEventListener("input", typed);
  return () => clearTimeout(timer);
});

setUp(document);
document.addEventListener("htmx:load", (event) => setUp(event.detail.elt));
