"""The search of a whole query: window by window, the plain hypothesis first, warped ones only for what is still
unexplained.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ml.fingerprint import grid
from ml.fingerprint.borders import extend
from ml.fingerprint.dense import Bits, opinion
from ml.fingerprint.extract import Peaks
from ml.fingerprint.places import best_offsets, places
from ml.fingerprint.plausibility import adjusted_score, alterations, shipped_calibration
from ml.fingerprint.search import Candidate, Searcher, Warps
from ml.fingerprint.store import PostingStore, peaks_of
from ml.fingerprint.verify import Alignment, PeakArrays, align

Progress = Callable[[float], None]

WINDOW_FRAMES = round(5.0 / grid.FRAME_SECONDS)
STEP_FRAMES = round(2.5 / grid.FRAME_SECONDS)
SHORT_FRAMES = round(20.0 / grid.FRAME_SECONDS)
"""Queries up to this length are weighed whole; longer ones around each window, and then as far as the match reaches."""
REACH_FRAMES = round(5.0 / grid.FRAME_SECONDS)
EXPLAINED_SCORE = 60.0
"""Evidence from which a window counts as explained; calibrated chance probabilities are far below 1e-6 there."""
TRANSPOSITIONS = (-12, -7, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 7, 12)
"""Semitones by which a track that agrees with a sparse query is moved, to hear whether it fits there as well."""
WORTH_TRANSPOSING, FULL_PEAKS_PER_SECOND = 20.0, 90.0
"""From which score on, and below how many peaks a second of the query: a full sound has more than single notes."""
HEARD_AGAIN = 24
"""So many alignments of a query that nothing explains are held against the whole spectrum."""
WORTH_KEEPING, WORTH_GROWING = 2.0, 10.0
WINDOWS_A_BATCH = 96
SAME_PLACE_FRAMES = 6.0
LIST_SHARE, LEAST_LONGEST_LIST = 0.4, 500
LONG_LEAST_LONGEST_LIST = 200
"""Hashes with more postings than so many a registered track (and than this) tell too little to be looked at."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One pass over the windows: which warps, from how many peaks, and how many candidates are weighed a window.

    On long queries only every `long_stride`-th window is searched, from at most `long_peaks_per_second` peaks, and
    hashes that more than `long_list_share` postings for each registered track have are passed over: there is more to
    hear, and the work has to stay bounded. short_windows: at most so many windows of a short query. one_by_one: each
    window of a short query is weighed before the next one is searched, since one alignment mostly explains all of it.
    """

    warps: Warps
    peaks_per_second: int
    fan_out: int
    kept: int
    kept_a_warp: int
    long_stride: int
    long_peaks_per_second: int
    long_list_share: float
    short_windows: int = 9
    one_by_one: bool = False


WIDEST = (0.78, 1.28)
"""Tempo and speed that are tried in every combination; least squares reaches a little further."""
WIDEST_PITCH = 16
"""Bands: 5⅓ semitones up or down."""
FARTHEST, FARTHEST_PITCH = (0.5, 1.5), (-27, 36)
"""What is tried of a single alteration: ratios; bands (−9 to +12 semitones)."""


def _tempi(step: float, limits: tuple[float, float] = WIDEST) -> list[float]:
    """Ratios about `step` apart, through exactly 1."""
    slow, fast = (round(np.log(limit) / step) for limit in limits)
    return [round(float(np.exp(step * k)), 4) for k in range(slow, fast + 1)]


def _speeds(step: float, limits: tuple[float, float] = WIDEST) -> list[tuple[float, int]]:
    return [(r, round(grid.BINS_PER_OCTAVE * np.log2(r))) for r in _tempi(step, limits)]


def _stages() -> tuple[Stage, ...]:
    """What is tried, the likelier and the cheaper first.

    Altered recordings are mostly clean, so the whole range is searched from few strong peaks; near the original, where
    a broadcast or a disc jockey plays it, from many, as noise needs it.
    """
    plain = (1.0, 0)
    pitches = range(-WIDEST_PITCH, WIDEST_PITCH + 1)
    single = {(r, 0) for r in _tempi(0.02)} | {(1.0, p) for p in pitches} | set(_speeds(0.01))
    combined = {(r, p) for r in _tempi(0.033) for p in pitches} - single
    near = {(r, p) for r, p in single if abs(r - 1) < 0.11 and abs(p) <= 7}
    standard, dense = grid.QUERY_PEAKS_PER_SECOND, grid.DENSE_PEAKS_PER_SECOND
    return (
        Stage(Warps.of([plain]), standard, grid.QUERY_FAN_OUT, 16, 16, 1, standard, 0.4),
        Stage(Warps.of([plain]), dense, grid.DENSE_FAN_OUT, 32, 32, 3, dense, 0.1),
        Stage(_ordered(single - {plain}), 30, 8, 10, 1, 2, 30, 0.1, short_windows=3, one_by_one=True),
        Stage(_ordered(combined), 24, 6, 12, 1, 6, 24, 0.1, short_windows=2, one_by_one=True),
        Stage(_ordered(near - {plain}), 50, 9, 16, 4, 4, standard, 0.1),
        Stage(_ordered(_far(single)), 30, 8, 10, 1, 6, 24, 0.1, short_windows=2, one_by_one=True),
    )


def _far(nearer: Collection[tuple[float, int]]) -> set[tuple[float, int]]:
    """Single alterations beyond what is tried combined: tempo and speed from a half to one and a half, wide pitches."""
    pitches = range(FARTHEST_PITCH[0], FARTHEST_PITCH[1] + 1)
    found = {(r, 0) for r in _tempi(0.02, FARTHEST)} | {(1.0, p) for p in pitches} | set(_speeds(0.01, FARTHEST))
    return found - set(nearer)


def _ordered(pairs: Collection[tuple[float, int]]) -> Warps:
    return Warps.of(sorted(pairs))


STAGES = _stages()


SETTLING = (60, 16, 8, 8, 1, 60, 0.4)
"""The last stage's densities and counts, in the order of `Stage`."""


class Engine:
    """Finds alignments of one query in a store."""

    def __init__(
        self,
        peaks: Peaks,
        store: PostingStore,
        exclude: Collection[int] = (),
        stages: Sequence[Stage] = STAGES,
    ) -> None:
        self._peaks = peaks
        self._query = PeakArrays.of(peaks)
        self._store = store
        self._stages = stages
        self._exclude = np.array(sorted(exclude), np.int32)
        self._references: dict[int, PeakArrays] = {}
        self._prints: dict[int, Bits] = {}
        self._long = peaks.frames > SHORT_FRAMES
        self._strong: list[Alignment] = []
        self._transposed: list[Alignment] = []
        self.found: list[Alignment] = []

    def run(self, progress: Progress | None = None) -> list[Alignment]:
        """All alignments that anything speaks for, unsorted; many of them are chance."""
        windows = self._windows()
        for number, stage in enumerate(self._stages):
            todo = [w for w in windows if not self._explained(w)]
            todo = todo[:: stage.long_stride if self._long else -(-len(todo) // stage.short_windows) or 1]
            searcher = self._searcher(stage)
            size = 1 if stage.one_by_one and not self._long else WINDOWS_A_BATCH
            for start in range(0, len(todo), size):
                part = [w for w in todo[start : start + size] if not self._explained(w)]
                if part:
                    self._pass(searcher, part, stage)
                if progress is not None:
                    progress((number + (start + size) / max(len(todo), size)) / len(self._stages))
        if not self._long and self._strong:
            self._settle(windows)
        if not self._strong:
            self._hear_again()
        return self.found

    def _hear_again(self) -> None:
        """Ask the second opinion about the best of a query that nothing explains."""
        levels = self._peaks.levels
        if levels is None:
            return
        constants, frames = shipped_calibration(), self._peaks.frames
        best = sorted(self.found, key=lambda a: -adjusted_score(a, frames, constants))[:HEARD_AGAIN]
        for one in dict.fromkeys(best):
            bits = self._prints.get(one.track)
            heard = None if bits is None else opinion(levels, bits, one.rate, one.offset, one.pitch)
            self.found = [replace(a, dense=heard) if a == one else a for a in self.found]

    def _settle(self, windows: Sequence[tuple[float, float]]) -> None:
        """Search once more at exactly the tempo and pitch that were found.

        A coarse hypothesis may meet another repetition of a passage before the one that was played.
        """
        best = max(self._strong, key=lambda a: a.score)
        if not alterations(best.rate, best.pitch):
            return
        exact = Stage(Warps.of([(best.rate, round(best.pitch))]), *SETTLING)
        self._pass(self._searcher(exact), windows, exact, again=True)

    def _searcher(self, stage: Stage) -> Searcher:
        density = min(stage.peaks_per_second, stage.long_peaks_per_second) if self._long else stage.peaks_per_second
        tracks = len(self._store.durations)
        longest = max(LEAST_LONGEST_LIST, int(LIST_SHARE * tracks))
        if self._long:
            longest = max(LONG_LEAST_LONGEST_LIST, int(stage.long_list_share * tracks))
        return Searcher(self._peaks.strongest(density), self._store, stage.fan_out, self._exclude, longest)

    def _windows(self) -> list[tuple[float, float]]:
        """Half-overlapping windows; at least one, the last one reaching the end."""
        last = max(0, self._peaks.frames - WINDOW_FRAMES)
        starts = [*range(0, last, STEP_FRAMES), last]
        return [(float(s), float(s + WINDOW_FRAMES)) for s in starts]

    def _explained(self, window: tuple[float, float]) -> bool:
        """Whether a strong alignment covers at least half of the window."""
        return any(
            min(a.end, window[1]) - max(a.start, window[0]) > 0.5 * (window[1] - window[0]) for a in self._strong
        )

    def _pass(
        self, searcher: Searcher, windows: Sequence[tuple[float, float]], stage: Stage, *, again: bool = False
    ) -> None:
        kept = [_apart(found)[: stage.kept] for found in searcher.candidates(windows, stage.warps, stage.kept_a_warp)]
        self._fetch({c.track for found in kept for c in found})
        for found in kept:
            for candidate in found:
                if again or not self._known(candidate):
                    self._weigh(candidate)

    def _fetch(self, tracks: Iterable[int]) -> None:
        missing = sorted(set(tracks) - set(self._references))
        fetched: Mapping[int, Peaks] = peaks_of(self._store, missing) if missing else {}
        self._references.update((track, PeakArrays.of(peaks)) for track, peaks in fetched.items())
        self._prints.update((track, peaks.print) for track, peaks in fetched.items() if peaks.print is not None)

    def _known(self, candidate: Candidate) -> bool:
        """Whether a strong alignment with the same track explains the window already (then a repeat adds nothing)."""
        middle = 0.5 * (candidate.start_frame + candidate.end_frame)
        return any(a.track == candidate.track and a.start <= middle <= a.end for a in self._strong)

    def _weigh(self, candidate: Candidate) -> None:
        reference = self._references[candidate.track]
        guess = (candidate.rate, candidate.offset, candidate.pitch)
        window = (candidate.start_frame, candidate.end_frame)
        if not self._long:
            alignment = align(self._query.between(*window), reference, candidate.track, guess)
            if alignment is not None and alignment.score >= WORTH_KEEPING:
                guess = (alignment.rate, alignment.offset, alignment.pitch)
                alignment = align(self._query, reference, candidate.track, guess)
        else:
            near = self._query.between(window[0] - REACH_FRAMES, window[1] + REACH_FRAMES)
            alignment = align(near, reference, candidate.track, guess, window)
            if alignment is not None and alignment.score >= WORTH_GROWING:
                alignment = self._grow(alignment, window[0] - REACH_FRAMES, window[1] + REACH_FRAMES)
        if alignment is None or alignment.score < WORTH_KEEPING:
            return
        self.found.append(alignment)
        if alignment.score >= EXPLAINED_SCORE:
            self._strong.append(alignment)
        if self._worth_transposing(alignment):
            self._transposed.append(alignment)
            self.found.extend(self._other_keys(alignment))

    def _worth_transposing(self, found: Alignment) -> bool:
        """Whether a good altered stretch has so few peaks as single notes one after the other have, and is new."""
        if found.score < WORTH_TRANSPOSING or not alterations(found.rate, found.pitch):
            return False
        if found.peaks >= FULL_PEAKS_PER_SECOND * (found.end - found.start + 1) * grid.FRAME_SECONDS:
            return False
        return not any(
            other.track == found.track
            and min(other.end, found.end) - max(other.start, found.start) >= 0.5 * (found.end - found.start)
            for other in self._transposed
        )

    def _other_keys(self, found: Alignment) -> list[Alignment]:
        """How well the same track agrees with the stretch at the same tempo in other keys, wherever it does best.

        What explains a window ends its search, so these are looked for: every step of a scale fits every other step.
        """
        reference = self._references[found.track]
        stretch = self._query.between(found.start, found.end + 1)
        rivals = []
        for steps in TRANSPOSITIONS:
            pitch = found.pitch + steps * grid.BINS_PER_SEMITONE
            offsets = best_offsets(stretch, reference, found.rate, pitch)[:1]
            rivals += [align(stretch, reference, found.track, (found.rate, offset, pitch)) for offset in offsets]
        return [rival for rival in rivals if rival is not None and rival.score >= WORTH_KEEPING]

    def places(self, found: Alignment) -> list[Alignment]:
        """Where on its track the stretch fits, the best first: `found` (or a better one in its stead), repetitions."""
        if found.score < WORTH_GROWING:
            return [found]
        reference = self._references[found.track]
        if not self._long:
            return places(self._query, reference, found)
        low, high = found.start - REACH_FRAMES, found.end + REACH_FRAMES
        fitting = places(self._query.between(low, high), reference, found)
        grown = [self._grow(a, low, high) for a in fitting]
        return sorted(grown, key=lambda a: -a.score)

    def extended(self, found: Alignment) -> Alignment:
        """The alignment from where to where it really goes on, under other sounds as well."""
        return extend(self._query, self._references[found.track], found, self._peaks.frames)

    def _grow(self, alignment: Alignment, low: float, high: float) -> Alignment:
        """Follow the alignment to both sides for as long as it reaches the border of what was looked at."""
        reference = self._references[alignment.track]
        reach = 3.0 * REACH_FRAMES
        edge = 0.5 * REACH_FRAMES
        while True:
            left = low > 0 and alignment.start - low < edge and alignment.reference(low) > 0
            right = high < self._peaks.frames and high - alignment.end < edge
            if not left and not right:
                return alignment
            low, high = low - reach * left, high + reach * right
            guess = (alignment.rate, alignment.offset, alignment.pitch)
            grown = align(self._query.between(low, high), reference, alignment.track, guess)
            if grown is None or grown.score <= alignment.score:
                return alignment
            alignment = grown
            reach *= 1.6


def _apart(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Without those that refinement would lead to the same alignment as one with more votes."""
    kept: dict[tuple[int, int], Candidate] = {}
    for c in candidates:
        middle = c.rate * 0.5 * (c.start_frame + c.end_frame) + c.offset
        cell = round(middle / SAME_PLACE_FRAMES)
        near = [kept.get((c.track, cell + k)) for k in (-1, 0, 1)]
        if not any(o is not None and abs(o.pitch - c.pitch) <= 1 and abs(o.rate - c.rate) < 0.03 for o in near):
            kept.setdefault((c.track, cell), c)
    return list(kept.values())
