// Ties modules to elements with data-component="name", however they came into the page.
const makers = new Map();
const cleanups = new WeakMap();

/** `make(element)` runs once for each such element; what it returns is called when the element goes. */
export function register(name, make) {
  makers.set(name, make);
}

function connect(element) {
  const make = makers.get(element.dataset.component);
  if (!make || cleanups.has(element)) return;
  cleanups.set(element, make(element) || (() => {}));
}

function disconnect(element) {
  const cleanup = cleanups.get(element);
  if (!cleanup) return;
  cleanups.delete(element);
  cleanup();
}

function each(root, action) {
  if (!(root instanceof Element)) return;
  if (root.matches("[data-component]")) action(root);
  root.querySelectorAll("[data-component]").forEach(action);
}

/** Looks at the page now, and at everything that htmx brings or takes. */
export function start() {
  each(document.documentElement, connect);
  document.addEventListener("htmx:load", (event) => each(event.detail.elt, connect));
  document.addEventListener("htmx:beforeCleanupElement", (event) => {
    if (event.detail.elt.matches?.("[data-component]")) disconnect(event.detail.elt);
  });
}

/** The JSON that a component brought along in its first script element. */
export function dataOf(element) {
  const script = element.querySelector('script[type="application/json"]');
  return script ? JSON.parse(script.textContent) : null;
}

/** A translated text of components/texts.html: text("serverError"). `%s` is filled with `value`. */
export function text(name, value) {
  const words = document.getElementById("texts")?.dataset[name] ?? "";
  return value === undefined ? words : words.replace("%s", value);
}

/** An icon of the sprite, the same element that the template tag writes. */
export function icon(name, extra = "") {
  const base = document.querySelector("svg.icon use")?.getAttribute("href")?.split("#")[0] ?? "/static/icons.svg";
  const svg = svgElement("svg", { class: `icon ${extra}`.trim(), "aria-hidden": "true" });
  svg.append(svgElement("use", { href: `${base}#${name}` }));
  return svg;
}

/** An SVG element with attributes; a text becomes its content. */
export function svgElement(name, attributes = {}, content = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (content) element.textContent = content;
  return element;
}
