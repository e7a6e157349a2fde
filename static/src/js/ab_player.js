// Two lanes locked to an alignment: hear one side, switch to the other at the same place in the music.
import { across, other, segmentAt, span } from "./alignment_map.js";
import { dataOf, register, svgElement, text } from "./components.js";
import { excerptOutline, outlinePath } from "./excerpt_wave.js";
import { setPlaying } from "./player.js";
import { listenToKeys, release, takeOver } from "./sound.js";
import { clock, timeAxis } from "./time.js";
import { toast } from "./toasts.js";
import { drawWave } from "./wave.js";

const HEIGHT_PX = 52;
const STEP_S = 5;

/** One lane: its audio (a whole recording, a cut of each segment, or none) and its picture. */
class Lane {
  constructor(side, info, segments, root, onSeek) {
    this.side = side;
    this.info = info;
    this.segments = segments;
    this.onSeek = onSeek;
    this.root = root.querySelector(`[data-lane="${side}"]`);
    this.button = root.querySelector(`[data-switch="${side}"]`);
    this.audio = new Audio();
    this.audio.preload = "metadata";
    this.offset = 0;
    this.time = span(segments[0] ?? {}, side)[0] ?? 0;
    this.cuts = new Map((info.excerpts ?? []).map((cut) => [cut.segment, cut]));
    this.length = info.duration_s || Math.max(1, ...segments.map((segment) => span(segment, side)[1]));
    this.button.disabled = !this.canPlay;
    this.draw();
  }

  get canPlay() {
    return Boolean(this.info.audio_url) || this.cuts.size > 0;
  }

  async draw() {
    const stage = this.root.querySelector("[data-stage]");
    const area = document.createElement("div");
    this.bands = svgElement("svg", { class: "ab-bands", viewBox: `0 0 ${this.length} 1`, preserveAspectRatio: "none" });
    this.segments.forEach((segment, index) => {
      const [start, end] = span(segment, this.side);
      this.bands.append(
        svgElement("rect", { class: `band-${index % 7}`, x: start, y: 0, width: Math.max(end - start, 0), height: 1 }),
      );
    });
    this.cursor = svgElement("line", { class: "cursor", y1: 0, y2: 1 });
    this.bands.append(this.cursor);
    stage.replaceChildren(area, this.bands);
    this.stopAxis = timeAxis(stage, 0, this.length);
    if (this.info.peaks_url) {
      this.wave = await drawWave(area, {
        peaksUrl: this.info.peaks_url,
        duration: this.length,
        height: HEIGHT_PX,
        plain: true,
        onSeek: (fraction) => this.onSeek(this.side, fraction * this.length),
      });
    } else {
      area.className = "ab-empty";
      area.addEventListener("click", (event) => {
        const box = area.getBoundingClientRect();
        this.onSeek(this.side, ((event.clientX - box.left) / box.width) * this.length);
      });
      this.drawCuts();
    }
    this.show(this.time, -1);
  }

  /** Where only cuts are shared, their outlines: what may be heard may be seen. */
  async drawCuts() {
    for (const cut of this.info.excerpts ?? []) {
      const outline = await excerptOutline(cut.url);
      if (!outline || !this.bands.isConnected) continue;
      this.bands.prepend(svgElement("path", { class: "ab-cut", d: outlinePath(outline, cut.start_s) }));
    }
  }

  /** Puts the audio at `time`, loading the cut of segment `index` where only cuts are shared. False: not to be heard. */
  place(time, index) {
    const cut = this.cuts.get(index);
    const url = this.info.audio_url || cut?.url;
    if (!url) return false;
    this.offset = this.info.audio_url ? 0 : cut.start_s;
    if (this.audio.getAttribute("src") !== url) this.audio.src = url;
    this.audio.currentTime = Math.max(0, time - this.offset);
    return true;
  }

  get playingTime() {
    return this.audio.currentTime + this.offset;
  }

  show(time, index) {
    this.time = time;
    this.cursor.setAttribute("x1", time);
    this.cursor.setAttribute("x2", time);
    this.wave?.show(time);
    [...this.bands.querySelectorAll("rect")].forEach((band, at) => band.classList.toggle("is-current", at === index));
  }

  destroy() {
    this.audio.pause();
    this.audio.removeAttribute("src");
    this.stopAxis?.();
    this.wave?.destroy();
  }
}

class AbPlayer {
  constructor(root, { query, reference, segments }) {
    this.root = root;
    this.segments = segments;
    const seek = (side, time) => this.seek(side, time);
    this.lanes = {
      a: new Lane("a", query, segments, root, seek),
      b: new Lane("b", reference, segments, root, seek),
    };
    this.side = this.lanes.a.canPlay || !this.lanes.b.canPlay ? "a" : "b";
    this.index = segments.length ? 0 : -1;
    this.playing = false;
    for (const side of ["a", "b"]) this.listen(side);
    const [start] = segments.length ? span(segments[0], this.side) : [0];
    this.seek(this.side, start);
    this.showSide();
  }

  get lane() {
    return this.lanes[this.side];
  }

  listen(side) {
    const { audio } = this.lanes[side];
    audio.addEventListener("timeupdate", () => side === this.side && this.playing && this.follow());
    audio.addEventListener("ended", () => side === this.side && this.stop());
    audio.addEventListener("error", () => audio.getAttribute("src") && this.fail());
  }

  fail() {
    this.stop();
    toast(text("audioError"), "error");
  }

  /** Both lanes to the same music; `index` picks the segment where several hold the place. */
  seek(side, time, index = segmentAt(this.segments, side, time)) {
    this.index = index;
    const twin = across(this.segments, side, index, time);
    this.lanes[side].show(time, index);
    if (twin !== null) this.lanes[other(side)].show(twin, index);
    const audible = this.lane.place(this.lane.time, index);
    if (this.playing && !audible) this.stop();
    this.showTimes();
  }

  follow() {
    const time = this.lane.playingTime;
    const end = this.index >= 0 ? span(this.segments[this.index], this.side)[1] : Infinity;
    if (time >= end && this.root.querySelector("[data-loop]").checked) {
      this.jump(this.index);
      return;
    }
    const found = segmentAt(this.segments, this.side, time);
    // Segments may overlap: stay in the one that is heard while it lasts.
    if (this.index < 0 || time > end || time < span(this.segments[this.index], this.side)[0]) this.index = found;
    this.lane.show(time, this.index);
    const twin = across(this.segments, this.side, this.index, time);
    if (twin !== null) this.lanes[other(this.side)].show(twin, this.index);
    this.showTimes();
  }

  async start() {
    if (!this.lane.place(this.lane.time, this.index)) return;
    this.playing = true;
    takeOver(this, () => this.stop());
    this.showSide();
    try {
      await this.lane.audio.play();
    } catch (error) {
      if (error.name !== "AbortError") this.fail();
    }
  }

  stop() {
    this.playing = false;
    release(this);
    this.lanes.a.audio.pause();
    this.lanes.b.audio.pause();
    this.showSide();
  }

  /** So many seconds on or back on the side that is heard. */
  skip(seconds) {
    const time = this.playing ? this.lane.playingTime : this.lane.time;
    this.seek(this.side, Math.min(Math.max(time + seconds, 0), this.lane.length));
  }

  toggle() {
    if (this.playing) this.stop();
    else this.start();
  }

  /** To the other side, at the same place; it plays on if it played. */
  switchTo(side) {
    if (side === this.side || !this.lanes[side].canPlay) return;
    const goOn = this.playing;
    this.stop();
    this.side = side;
    this.showSide();
    if (goOn) this.start();
  }

  jump(index) {
    this.seek(this.side, span(this.segments[index], this.side)[0], index);
    this.start();
  }

  showSide() {
    for (const side of ["a", "b"]) {
      this.lanes[side].button.setAttribute("aria-pressed", String(side === this.side));
    }
    setPlaying(this.root.querySelector("[data-toggle]"), this.playing);
    this.root.querySelector("[data-toggle] span").textContent = text(this.playing ? "pause" : "play");
    this.root.querySelector("[data-toggle]").disabled = !this.lane.canPlay;
    this.root.querySelector("[data-flip]").disabled = !this.lanes[other(this.side)].canPlay;
  }

  showTimes() {
    this.root.querySelector("[data-time-a]").textContent = clock(this.lanes.a.time, 1);
    this.root.querySelector("[data-time-b]").textContent = clock(this.lanes.b.time, 1);
    this.root.querySelectorAll("[data-segment]").forEach((button) => {
      if (Number(button.dataset.segment) === this.index) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    });
  }

  destroy() {
    this.lanes.a.destroy();
    this.lanes.b.destroy();
  }
}

register("ab-player", (root) => {
  const ab = new AbPlayer(root, dataOf(root));
  const click = (event) => {
    const target = (name) => event.target.closest(`[data-${name}]`);
    if (target("segment")) ab.jump(Number(target("segment").dataset.segment));
    else if (target("toggle")) ab.toggle();
    else if (target("flip")) ab.switchTo(other(ab.side));
    else if (target("switch")) ab.switchTo(target("switch").dataset.switch);
  };
  // A page has one; where it has more, the first answers to the key and the overview.
  const isFirst = () => document.querySelector(".ab") === root;
  const key = (event) => {
    if (!isFirst()) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) return;
    if (event.key.toLowerCase() === "x") ab.switchTo(other(ab.side));
  };
  // The overview beside it asks for a segment with this event.
  const show = (event) => isFirst() && event.detail.index in ab.segments && ab.jump(event.detail.index);
  root.addEventListener("click", click);
  document.addEventListener("keydown", key);
  document.addEventListener("descant:segment", show);
  const stopListening = listenToKeys(ab, () => root, {
    " ": () => ab.toggle(),
    ArrowLeft: () => ab.skip(-STEP_S),
    ArrowRight: () => ab.skip(STEP_S),
  });
  return () => {
    document.removeEventListener("keydown", key);
    document.removeEventListener("descant:segment", show);
    stopListening();
    release(ab);
    ab.destroy();
  };
});
