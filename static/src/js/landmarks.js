// Matching landmarks drawn over two spectrograms, joined by lines.
import { dataOf, register, svgElement } from "./components.js";
import { timeAxis } from "./time.js";

const MOST_LINES = 160;

/** Where a landmark lies in the picture of its side, in pixels of the stage. */
function place(image, stage, picture, seconds, hertz, low, high) {
  const box = image.getBoundingClientRect();
  const home = stage.getBoundingClientRect();
  const across = (seconds - picture.start_s) / (picture.end_s - picture.start_s);
  const up = Math.log(hertz / low) / Math.log(high / low);
  return [box.left - home.left + across * box.width, box.top - home.top + (1 - up) * box.height];
}

function draw(stage, over, data) {
  const images = { a: stage.querySelector('[data-image="a"]'), b: stage.querySelector('[data-image="b"]') };
  over.replaceChildren();
  const every = Math.max(1, Math.ceil(data.links.length / MOST_LINES));
  data.links.forEach(([queryS, queryHz, referenceS, referenceHz], index) => {
    const from = place(images.a, stage, data.query, queryS, queryHz, data.low_hz, data.high_hz);
    const to = place(images.b, stage, data.reference, referenceS, referenceHz, data.low_hz, data.high_hz);
    for (const [x, y] of [from, to]) over.append(svgElement("circle", { cx: x, cy: y, r: 2.5 }));
    if (index % every === 0) {
      over.append(svgElement("line", { x1: from[0], y1: from[1], x2: to[0], y2: to[1] }));
    }
  });
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
