// A slider over the rows of a table of choices. The radio buttons stay the truth; without this module they are enough.
import { register } from "./components.js";

register("threshold", (root) => {
  const choices = [...root.querySelectorAll("[data-choice]")];
  const range = root.querySelector("[data-range]");
  const says = root.querySelector("[data-says]");
  const here = root.querySelector("[data-here]");
  const spots = [...root.querySelectorAll("[data-spot]")];
  const show = () => {
    const index = choices.findIndex((choice) => choice.checked);
    if (index < 0) return;
    range.value = index;
    range.setAttribute("aria-valuetext", choices[index].dataset.choice);
    says.textContent = choices[index].dataset.choice;
    // A row between two measured ones has no spot: the line stays where the server drew it.
    const place = spots.length === choices.length && spots[index].getAttribute("cx");
    if (place) for (const name of ["x1", "x2"]) here.setAttribute(name, place);
  };
  range.addEventListener("input", () => {
    choices[Number(range.value)].checked = true;
    show();
  });
  root.addEventListener("change", show);
  root.querySelector("[data-slider]").hidden = false;
  show();
});
