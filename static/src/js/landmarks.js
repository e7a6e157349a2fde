// Matching landmarks drawn over two spectrograms, joined by lines.
import { dataOf, register, svgElement } from "./components.js";
import { timeAxis } from "./time.js";

const MOST_LINES = 160;
const CROWD = 200;

/** The box of a picture inside the stage. Measured before anything is drawn: measuring between makes layouts. */
function boxOf(image, stage) {
  const box = image.getBoundingClientRect();
  const home = stage.getBoundingClientRect();
  return { left: box.left - home.left, top: box.top - home.top, width: box.width, height: box.height };
}

/** Where a landmark lies, in pixels of the stage. */
function place(box, picture, seconds, hertz, low, high) {
  const across = (seconds - picture.start_s) / (picture.end_s - picture.start_s);
  const up = Math.log(hertz / low) / Math.log(high / low);
  return [box.left + across * box.width, box.top + (1 - up) * box.height];
}

function draw(stage, over, data) {
  const boxes = ["a", "b"].map((side) => boxOf(stage.querySelector(`[data-image="${side}"]`), stage));
  const every = Math.max(1, Math.ceil(data.links.length / MOST_LINES));
  const radius = data.links.length > CROWD ? 1.5 : 2.5;
  const lines = document.createDocumentFragment();
  const circles = document.createDocumentFragment();
  data.links.forEach(([queryS, queryHz, referenceS, referenceHz], index) => {
    const from = place(boxes[0], data.query, queryS, queryHz, data.low_hz, data.high_hz);
    const to = place(boxes[1], data.reference, referenceS, referenceHz, data.low_hz, data.high_hz);
    for (const [x, y] of [from, to]) circles.append(svgElement("circle", { cx: x, cy: y, r: radius }));
    if (index % every === 0) lines.append(svgElement("line", { x1: from[0], y1: from[1], x2: to[0], y2: to[1] }));
  });
  over.replaceChildren(lines, circles);
}

register("landmarks", (element) => {
  const data = dataOf(element);
  const stage = element.querySelector("[data-stage]");
  const over = svgElement("svg", { class: "landmarks-over", "aria-hidden": "true" });
  stage.querySelector(".landmarks-over")?.remove();
  const stops = [...stage.querySelectorAll(".landmarks-lane")].map((lane, index) => {
    const picture = index ? data.reference : data.query;
    lane.querySelector(".time-axis")?.remove();
    return timeAxis(lane, picture.start_s, picture.end_s);
  });
  stage.append(over);
  const redraw = () => draw(stage, over, data);
  stage.querySelectorAll("img").forEach((image) => image.addEventListener("load", redraw));
  const observer = new ResizeObserver(redraw);
  observer.observe(stage);
  const press = (button, on) => button.setAttribute("aria-pressed", String(on));
  element.querySelector("[data-layout]").addEventListener("click", (event) => {
    press(event.currentTarget, stage.classList.toggle("is-beside"));
    redraw();
  });
  element.querySelector("[data-lines]").addEventListener("click", (event) => {
    press(event.currentTarget, !over.classList.toggle("no-lines"));
  });
  return () => {
    observer.disconnect();
    stops.forEach((stop) => stop());
  };
});
