// How times are written, the same as the template filter `clock`.
import { svgElement } from "./components.js";

export function clock(seconds, decimals = 0) {
  if (!Number.isFinite(seconds)) return "–";
  const scale = 10 ** decimals;
  const total = Math.round(Math.max(0, seconds) * scale) / scale;
  const whole = Math.floor(total);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  const fraction = decimals ? (total - whole).toFixed(decimals).slice(1) : "";
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}${fraction}` : `${minutes}:${rest}${fraction}`;
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

/** The seconds between marks so that at most `most` marks fit into `duration`. */
export function tickStep(duration, most) {
  return STEPS_S.find((step) => duration / step <= most) ?? 7200;
}

/** A time axis under a waveform, spectrogram or time line; redraws with its width. Returns a clean-up. */
export function timeAxis(host, start, end) {
  const svg = svgElement("svg", { class: "time-axis", "aria-hidden": "true" });
  host.append(svg);
  const draw = () => {
    const width = svg.clientWidth || host.clientWidth;
    const duration = end - start;
    if (!width || !(duration > 0)) return;
    svg.replaceChildren();
    const step = tickStep(duration, Math.max(2, width / 70));
    for (let at = Math.ceil(start / step) * step; at <= end; at += step) {
      const x = ((at - start) / duration) * width;
      const anchor = x < 14 ? "start" : x > width - 14 ? "end" : "middle";
      svg.append(svgElement("line", { x1: x, x2: x, y1: 0, y2: 4 }));
      svg.append(svgElement("text", { x, y: 15, "text-anchor": anchor }, clock(at)));
    }
  };
  const observer = new ResizeObserver(draw);
  observer.observe(host);
  draw();
  return () => observer.disconnect();
}
