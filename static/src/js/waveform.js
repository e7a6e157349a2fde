// The large waveform of a page: a view of what the one player plays.
import { dataOf, register } from "./components.js";
import { isCurrent, play, seek, setPlaying, subscribe, toggle } from "./player.js";
import { clock, timeAxis } from "./time.js";
import { drawWave } from "./wave.js";

const HEIGHT_PX = 76;

register("waveform", (element) => {
  const recording = dataOf(element);
  const stage = element.querySelector("[data-stage]");
  const button = element.querySelector("[data-toggle]");
  const length = recording.duration_s ?? 0;
  const area = document.createElement("div");
  stage.replaceChildren(area);
  const stopAxis = timeAxis(stage, 0, length);
  let wave = null;
  let gone = false;

  element.querySelector("[data-total]").textContent = `/ ${clock(length)}`;
  button.addEventListener("click", () => toggle(recording));

  const show = (now) => {
    const mine = isCurrent(recording.audio_url);
    setPlaying(button, mine && now.playing);
    element.querySelector("[data-time]").textContent = clock(mine ? now.time : 0);
    wave?.show(mine ? now.time : 0);
  };
  const stop = subscribe(show);

  drawWave(area, {
    peaksUrl: recording.peaks_url,
    duration: length,
    height: HEIGHT_PX,
    onSeek: (fraction) => (isCurrent(recording.audio_url) ? seek(fraction * length) : play(recording, fraction * length)),
  }).then((drawn) => {
    if (gone) drawn?.destroy();
    else wave = drawn;
  });

  return () => {
    gone = true;
    stop();
    stopAxis();
    wave?.destroy();
  };
});
