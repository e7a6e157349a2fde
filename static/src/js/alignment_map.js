// Which place of one side is the same music as a place of the other.

/** A segment's start and end on side "a" (query) or "b" (reference). */
export function span(segment, side) {
  return side === "a"
    ? [segment.query_start_s, segment.query_end_s]
    : [segment.reference_start_s, segment.reference_end_s];
}

export const other = (side) => (side === "a" ? "b" : "a");

/** The index of the segment that holds `time` on `side`, or −1. */
export function segmentAt(segments, side, time) {
  return segments.findIndex((segment) => {
    const [start, end] = span(segment, side);
    return time >= start && time <= end;
  });
}

/** `time` on `side`, told on the other side through segment `index`; linear between its ends, null without one. */
export function across(segments, side, index, time) {
  const segment = segments[index];
  if (!segment) return null;
  const [start, end] = span(segment, side);
  const [otherStart, otherEnd] = span(segment, other(side));
  const share = end > start ? (time - start) / (end - start) : 0;
  return otherStart + share * (otherEnd - otherStart);
}
