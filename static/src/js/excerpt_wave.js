// The outline of a shared cut of a recording, computed from its sound: no outline of the whole is published.
const RATE_HZ = 11_025;
const outlines = new Map();

async function decoded(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`No excerpt: ${answer.status}`);
  return new OfflineAudioContext(1, 1, RATE_HZ).decodeAudioData(await answer.arrayBuffer());
}

function outlineOf(buffer, points) {
  const samples = buffer.getChannelData(0);
  const step = Math.max(1, Math.floor(samples.length / points));
  const peaks = [];
  for (let at = 0; at + step <= samples.length; at += step) {
    let most = 0;
    for (let index = at; index < at + step; index += 1) most = Math.max(most, Math.abs(samples[index]));
    peaks.push(most);
  }
  const loudest = Math.max(...peaks, 1e-6);
  return { peaks: peaks.map((peak) => peak / loudest), duration_s: buffer.duration };
}

/** `{peaks: [0–1, …], duration_s}` of an audio file, or null where it can't be had (another origin, a broken file). */
export function excerptOutline(url, points = 240) {
  if (!outlines.has(url)) {
    const asked = decoded(url)
      .then((buffer) => outlineOf(buffer, points))
      .catch(() => null);
    outlines.set(url, asked);
    asked.then((found) => found || outlines.delete(url));
  }
  return outlines.get(url);
}

/** A closed SVG path, mirrored about 0.5, for a time axis in seconds and a height of 1. */
export function outlinePath({ peaks, duration_s }, start) {
  const x = (index) => start + (index / Math.max(1, peaks.length - 1)) * duration_s;
  const upper = peaks.map((peak, index) => `${x(index).toFixed(3)},${(0.5 - 0.46 * peak).toFixed(3)}`);
  const lower = peaks.map((peak, index) => `${x(index).toFixed(3)},${(0.5 + 0.46 * peak).toFixed(3)}`).reverse();
  return `M${[...upper, ...lower].join("L")}Z`;
}
