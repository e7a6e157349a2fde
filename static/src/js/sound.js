// One sound at a time on a page, and the keys that all players share.
// A player says `takeOver(this, stop)` when it begins and `release(this)` when it ends; what played before is stopped.

let owner = null;
let silence = null;
let latest = null;
const listeners = new Map();

/** `who` plays now; `stop` is called when something else begins. */
export function takeOver(who, stop) {
  const before = owner === who ? null : silence;
  owner = who;
  silence = stop;
  latest = listeners.has(who) ? who : latest;
  before?.();
}

/** `who` plays no more. */
export function release(who) {
  if (owner !== who) return;
  owner = null;
  silence = null;
}

/** Whether `who` is what plays now. */
export const isSounding = (who) => owner === who;

// Players that the browser brings along: their events do not bubble, but may be caught on the way down.
document.addEventListener("play", ({ target }) => takeOver(target, () => target.pause()), true);
for (const name of ["pause", "ended", "emptied"]) document.addEventListener(name, ({ target }) => release(target), true);

const TYPED_INTO = "input, textarea, select, dialog, audio, video, [contenteditable], [role=menu]";
const PRESSED = "button, a, summary, label";
const EVERYWHERE = new Set([" ", "ArrowLeft", "ArrowRight"]);

/**
 * Keys of one player: `keys` is `{" ": act, ArrowLeft: act, …}`. Inside `root()` all of them count; elsewhere space and
 * arrows reach what played last, or else the first player of the page. Returns a way to stop listening.
 */
export function listenToKeys(who, root, keys) {
  listeners.set(who, { root, keys });
  return () => {
    listeners.delete(who);
    if (latest === who) latest = null;
  };
}

/** Whose key it is: where the focus lies, else what played last, else the first on the page. */
function addressed(target) {
  const shown = [...listeners.entries()].filter(([, { root }]) => root()?.isConnected && !root().hidden);
  const within = shown.find(([, { root }]) => root().contains(target));
  if (within) return { player: within[1], inside: true };
  const [player] = shown
    .toSorted(([one, { root }], [other, next]) => {
      if (latest === one || latest === other) return latest === one ? -1 : 1;
      return root().compareDocumentPosition(next.root()) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1;
    })
    .map(([, entry]) => entry);
  return { player, inside: false };
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const { target, key } = event;
  if (!(target instanceof Element) || target.closest(TYPED_INTO)) return;
  const { player, inside } = addressed(target);
  const act = player?.keys[key];
  if (!act || (!inside && !EVERYWHERE.has(key))) return;
  if (key === " " && target.closest(PRESSED)) return;
  // Outside the players arrows belong to whatever has the focus: rows, tabs, boxes that scroll.
  if (!inside && key !== " " && target.closest(`${PRESSED}, [tabindex="0"]`)) return;
  event.preventDefault();
  act();
});
