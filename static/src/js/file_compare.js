// Says whether a file on this device is the registered recording: its SHA-256 is computed here, nothing is sent.
// crypto.subtle takes a whole file at once and exists only on secure pages; this reads pieces, so size does not matter.
import { register } from "./components.js";

const PIECE = 4 * 1024 * 1024;
const K = constants();

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4). */
function constants() {
  const found = [];
  for (let n = 2; found.length < 64; n += 1) {
    let prime = true;
    for (let d = 2; d * d <= n; d += 1) if (n % d === 0) prime = false;
    if (prime) found.push(((Math.cbrt(n) % 1) * 2 ** 32) >>> 0);
  }
  return new Uint32Array(found);
}

/** SHA-256 (FIPS 180-4) that takes bytes in pieces. */
export class Sha256 {
  constructor() {
    this.state = new Uint32Array([
      0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    ]);
    this.words = new Uint32Array(64);
    this.rest = new Uint8Array(64);
    this.restLength = 0;
    this.length = 0;
  }

  update(bytes) {
    this.length += bytes.length;
    let at = 0;
    if (this.restLength) {
      at = Math.min(64 - this.restLength, bytes.length);
      this.rest.set(bytes.subarray(0, at), this.restLength);
      this.restLength += at;
      if (this.restLength < 64) return this;
      this.block(this.rest, 0);
      this.restLength = 0;
    }
    for (; at + 64 <= bytes.length; at += 64) this.block(bytes, at);
    this.rest.set(bytes.subarray(at));
    this.restLength = bytes.length - at;
    return this;
  }

  hex() {
    const tail = new Uint8Array(this.restLength < 56 ? 64 : 128);
    tail.set(this.rest.subarray(0, this.restLength));
    tail[this.restLength] = 0x80;
    const view = new DataView(tail.buffer);
    view.setUint32(tail.length - 8, Math.floor(this.length / 2 ** 29));
    view.setUint32(tail.length - 4, (this.length << 3) >>> 0);
    for (let at = 0; at < tail.length; at += 64) this.block(tail, at);
    return [...this.state].map((word) => word.toString(16).padStart(8, "0")).join("");
  }

  block(bytes, at) {
    const w = this.words;
    for (let i = 0; i < 16; i += 1, at += 4) {
      w[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    }
    for (let i = 16; i < 64; i += 1) {
      const x = w[i - 15];
      const y = w[i - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    let [a, b, c, d, e, f, g, h] = this.state;
    for (let i = 0; i < 64; i += 1) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => (this.state[i] += word));
  }
}

async function digest(file, isCurrent) {
  const sha = new Sha256();
  for (let at = 0; at < file.size && isCurrent(); at += PIECE) {
    sha.update(new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer()));
  }
  return sha.hex();
}

register("file-compare", (element) => {
  const { sha256, textBusy, textSame, textOther, textFailed } = element.dataset;
  const find = (name) => element.querySelector(`[data-${name}]`);
  const [live, drop, input, answer, shown] = ["live", "drop", "input", "answer", "digest"].map(find);
  let turn = 0;
  const say = (words, tone) => {
    answer.textContent = words;
    answer.className = `file-compare-answer tone-${tone}`;
  };
  const compare = async (file) => {
    if (!file) return;
    const mine = (turn += 1);
    say(textBusy, "info");
    shown.textContent = "";
    try {
      const found = await digest(file, () => mine === turn);
      if (mine !== turn) return;
      shown.textContent = found;
      if (found === sha256) say(textSame, "success");
      else say(textOther, "warning");
    } catch {
      if (mine === turn) say(textFailed, "error");
    }
  };
  const over = (event) => {
    event.preventDefault();
    drop.classList.toggle("is-over", event.type === "dragover");
  };
  live.hidden = false;
  find("plain").hidden = true;
  input.addEventListener("change", () => compare(input.files[0]));
  drop.addEventListener("dragover", over);
  drop.addEventListener("dragleave", over);
  drop.addEventListener("drop", (event) => {
    over(event);
    compare(event.dataTransfer.files[0]);
  });
  return () => (turn += 1);
});
