// wavesurfer with Descant's colours. The waveform only shows and seeks; an audio element elsewhere plays.
import WaveSurfer from "../vendor/wavesurfer.js";

// The document's own nonce: wavesurfer writes a style element into its shadow root.
const nonce = document.querySelector('meta[name="csp-nonce"]')?.content;
const peaksByUrl = new Map();

/** Peaks of an address, asked for once: `{peaks: [[…], …], duration_s}` or null. */
export function loadPeaks(url) {
  if (!url) return Promise.resolve(null);
  if (!peaksByUrl.has(url)) {
    const asked = fetch(url, { headers: { Accept: "application/json" } })
      .then((answer) => (answer.ok ? answer.json() : null))
      .catch(() => null);
    peaksByUrl.set(url, asked);
    asked.then((found) => found || peaksByUrl.delete(url));
  }
  return peaksByUrl.get(url);
}

function colours() {
  const style = getComputedStyle(document.documentElement);
  // Canvas does not know color-mix() of custom properties: let the browser compute it on an element.
  const probe = document.createElement("i");
  document.body.append(probe);
  const computed = (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const found = {
    waveColor: computed("--wave"),
    progressColor: computed("--wave-played"),
    cursorColor: style.getPropertyValue("--color-base-content").trim(),
  };
  probe.remove();
  return found;
}

/**
 * Draws a waveform into `host`. `onSeek(fraction)` is called when one clicks into it.
 * Returns `{ show(seconds), destroy() }`.
 */
export async function drawWave(host, { peaksUrl, duration, height, onSeek, plain = false }) {
  host.replaceChildren();
  const found = await loadPeaks(peaksUrl);
  const seconds = duration || found?.duration_s || 1;
  if (!host.isConnected) return null;
  // A plain waveform shows no position of its own: something else is drawn over it.
  const shades = () => {
    const chosen = colours();
    return plain ? { ...chosen, progressColor: chosen.waveColor } : chosen;
  };
  const silent = document.createElement("audio");
  const wave = WaveSurfer.create({
    container: host,
    media: silent,
    peaks: found?.peaks ?? [[0, 0]],
    duration: seconds,
    height,
    barWidth: 2,
    barGap: 1,
    barRadius: 1,
    cursorWidth: plain ? 0 : 1,
    normalize: true,
    interact: false,
    dragToSeek: false,
    cspNonce: nonce,
    ...shades(),
  });
  // Drawing is asynchronous and ends with the cursor at 0.
  await new Promise((resolve) => wave.once("ready", resolve));
  const recolour = () => wave.setOptions(shades());
  const click = (event) => {
    const box = host.getBoundingClientRect();
    onSeek?.(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
  };
  document.addEventListener("descant:theme", recolour);
  if (onSeek) host.addEventListener("click", click);
  return {
    show: (at) => wave.setTime(Math.min(at, seconds)),
    destroy() {
      document.removeEventListener("descant:theme", recolour);
      host.removeEventListener("click", click);
      wave.destroy();
    },
  };
}
