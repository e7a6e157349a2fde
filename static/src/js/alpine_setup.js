// Alpine's CSP build: small view state of tables.
import Alpine from "../vendor/alpine.js";

// The rows that are ticked, and whether the bar of bulk actions shows.
Alpine.data("selection", () => ({
  number: 0,
  get barClass() {
    return this.number ? "" : "is-idle";
  },
  boxes() {
    return [...this.$root.querySelectorAll('tbody input[name="selected"]')];
  },
  count() {
    this.number = this.boxes().filter((box) => box.checked).length;
  },
  toggleAll(event) {
    this.boxes().forEach((box) => (box.checked = event.target.checked));
    this.count();
  },
  init() {
    this.count();
  },
}));

window.Alpine = Alpine;
Alpine.start();
