// Two time lines, one above the other, with bands that join what is the same.
import { span } from "./alignment_map.js";
import { dataOf, register, svgElement } from "./components.js";
import { clock, tickStep } from "./time.js";

const WIDTH = 1000;
const HEIGHT = 132;
const LINE_PX = 14;
const TOP = 18;
const BOTTOM = HEIGHT - TOP - LINE_PX;

function drawTicks(svg, length, y, scale) {
  const step = tickStep(length, Math.max(3, scale / 90));
  for (let at = 0; at <= length; at += step) {
    const x = (at / length) * scale;
    const anchor = x < 15 ? "start" : x > scale - 15 ? "end" : "middle";
    svg.append(svgElement("text", { x, y, "text-anchor": anchor }, clock(at)));
  }
}

function draw(stage, { query, reference, segments }) {
  const scale = stage.clientWidth || WIDTH;
  const lengths = {
    a: query.duration_s || Math.max(1, ...segments.map((segment) => segment.query_end_s)),
    b: reference.duration_s || Math.max(1, ...segments.map((segment) => segment.reference_end_s)),
  };
  const x = (side, time) => (time / lengths[side]) * scale;
  const svg = svgElement("svg", { viewBox: `0 0 ${scale} ${HEIGHT}`, role: "group" });
  drawTicks(svg, lengths.a, TOP - 6, scale);
  drawTicks(svg, lengths.b, HEIGHT - 4, scale);
  svg.append(svgElement("rect", { class: "track", x: 0, y: TOP, width: scale, height: LINE_PX, rx: 2 }));
  svg.append(svgElement("rect", { class: "track", x: 0, y: BOTTOM, width: scale, height: LINE_PX, rx: 2 }));
  segments.forEach((segment, index) => {
    const [start, end] = span(segment, "a").map((time) => x("a", time));
    const [otherStart, otherEnd] = span(segment, "b").map((time) => x("b", time));
    const name = `A ${span(segment, "a").map((time) => clock(time, 1)).join("–")}, B ${span(segment, "b").map((time) => clock(time, 1)).join("–")}`;
    const group = svgElement("g", { class: `band-${index % 7}`, tabindex: 0, role: "button", "aria-label": name, "data-index": index });
    const points = `${start},${TOP + LINE_PX} ${end},${TOP + LINE_PX} ${otherEnd},${BOTTOM} ${otherStart},${BOTTOM}`;
    group.append(svgElement("title", {}, name));
    group.append(svgElement("polygon", { class: "band", points }));
    group.append(svgElement("rect", { class: "part", x: start, y: TOP, width: Math.max(end - start, 1.5), height: LINE_PX }));
    group.append(
      svgElement("rect", { class: "part", x: otherStart, y: BOTTOM, width: Math.max(otherEnd - otherStart, 1.5), height: LINE_PX }),
    );
    svg.append(group);
  });
  stage.replaceChildren(svg);
}

register("alignment", (element) => {
  const data = dataOf(element);
  const stage = element.querySelector("[data-stage]");
  const choose = (event) => {
    const group = event.target.closest("[data-index]");
    if (!group || (event.type === "keydown" && event.key !== "Enter")) return;
    document.dispatchEvent(new CustomEvent("descant:segment", { detail: { index: Number(group.dataset.index) } }));
  };
  stage.addEventListener("click", choose);
  stage.addEventListener("keydown", choose);
  const observer = new ResizeObserver(() => draw(stage, data));
  observer.observe(stage);
  draw(stage, data);
  return () => observer.disconnect();
});
