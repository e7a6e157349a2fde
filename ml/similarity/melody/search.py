"""An index of melodies, and the search in it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

import numpy as np

from ml.similarity.melody.align import Alignment, chain, in_time, pace_of
from ml.similarity.melody.calibration import OPERATING_POINTS, Calibration, shipped_calibration
from ml.similarity.melody.evidence import evidence
from ml.similarity.melody.line import Floats, Line, line_of
from ml.similarity.melody.notes import Melody
from ml.similarity.melody.results import MelodyMatch
from ml.similarity.melody.scan import Pack, pack, scan
from ml.similarity.melody.significance import chance_probability, score_needed, situation

__all__ = ["OPERATING_POINTS", "VERSION", "MelodyIndex", "MelodyMatch", "shipped_calibration"]

VERSION = "melody-2"
"""Changes whenever results may: stored with every result."""
CANDIDATES = 64
"""Melodies that get the second look."""
FINALISTS = 20
"""Of these, the ones whose notes are set against each other."""
MOST_CELLS = 600_000
"""For long queries the second look ends after so many pairs of notes, but not before ``FEWEST_CANDIDATES``."""
FEWEST_CANDIDATES = 16
MOST_MATCHES = FINALISTS
MIN_NOTES = 6
"""Shorter queries match nothing: six notes are in every second song."""
_REPACK_SHARE = 0.25


class MelodyIndex:
    """Melodies by number. Adding is cheap; the first search after it lays them out anew (0.1 s for 10,000)."""

    def __init__(self, calibration: Calibration | None = None) -> None:
        self.calibration = calibration or shipped_calibration()
        self._melodies: dict[int, Melody] = {}
        self._lines: list[Line] = []
        self._numbers: list[int] = []
        self._packs: list[Pack] = []
        self.notes = 0
        self._packed = 0

    def __len__(self) -> int:
        return len(self._melodies)

    def __contains__(self, number: object) -> bool:
        return number in self._melodies

    def melody(self, number: int) -> Melody:
        """The melody as it was added."""
        return self._melodies[number]

    def add(self, number: int, melody: Melody | bytes) -> None:
        """Add a melody, or its bytes; a number can be used once.

        Raises
        ------
        ValueError
            A number that is taken, or bytes that are no melody.
        """
        if number in self._melodies:
            raise ValueError(f"Melody {number} is in the index already.")
        whole = Melody.from_bytes(melody) if isinstance(melody, bytes) else melody
        self._melodies[number] = whole
        self._lines.append(line_of(whole))
        self.notes += len(whole)
        self._numbers.append(number)

    def search(
        self,
        query: Melody,
        *,
        threshold: float | None = None,
        exclude: Collection[int] = (),
        limit: int = MOST_MATCHES,
        progress: Callable[[float], None] | None = None,
    ) -> list[MelodyMatch]:
        """Melodies that resemble the query, strongest first.

        Parameters
        ----------
        query : Melody
        threshold : float or None
            Largest chance probability that is reported; None for the calibrated one, 1 for no limit.
        exclude : collection of int
            Numbers to leave out.
        limit : int
            At most so many matches.
        progress : callable or None
            Called with 0 to 1.
        """
        allowed = self.calibration.threshold if threshold is None else threshold
        line = line_of(query)
        if len(line) < MIN_NOTES or not self.notes:
            return []
        scores = self.scan(line, exclude)
        if progress:
            progress(0.5)
        found = self.second_look(line, scores)
        where = situation(line, scores, self.notes)
        null = self.calibration.null
        needed = round(score_needed(self.calibration.threshold, where, null), 2)
        matches = []
        for k, alignment in found[:limit]:
            chance = chance_probability(alignment.score, where, null)
            if chance <= allowed and len(alignment.pairs):
                number = self._numbers[k]
                matches.append(_match(query, self._melodies[number], number, alignment, chance, needed))
        if progress:
            progress(1.0)
        return matches

    def scan(self, line: Line, exclude: Collection[int] = ()) -> Floats:
        """First-stage scores of all melodies in order of addition; −1 for excluded ones."""
        self._lay_out()
        scores = np.concatenate([scan(line, p, self.calibration.scan) for p in self._packs])
        if exclude:
            scores[np.isin(self._numbers, list(exclude))] = -1
        return scores

    def second_look(self, line: Line, scores: Floats) -> list[tuple[int, Alignment]]:
        """Alignments with the best of the first stage, strongest first, by place in order of addition."""
        order = np.argsort(-scores, kind="stable")[:CANDIDATES]
        aligned: list[tuple[int, Alignment]] = []
        cells, costs = 0, self.calibration.align
        for k in order:
            cells += len(line) * len(self._lines[k])
            if scores[k] <= 0 or (cells > MOST_CELLS and len(aligned) >= FEWEST_CANDIDATES):
                break
            found = chain(line, self._lines[k], costs)
            if len(found.pairs) > 2:
                aligned.append((int(k), self._weighed(line, self._lines[k], found)))
        aligned.sort(key=self._by_strength)
        return [(k, self._in_time(line, self._lines[k], a)) for k, a in aligned[:FINALISTS]]

    def _weighed(self, line: Line, other: Line, found: Alignment) -> Alignment:
        """The chain with the score of all chains."""
        pace = pace_of(found.pairs, line, other)
        return replace(found, score=evidence(line, other, self.calibration.sums, pace))

    def _in_time(self, line: Line, other: Line, weighed: Alignment) -> Alignment:
        """The chain with rhythm counted in; its gains share out the score of all chains."""
        shown = in_time(line, other, self.calibration.align, weighed)
        gains = shown.gains * np.float32(weighed.score / max(shown.score, 1e-3))
        return replace(shown, score=weighed.score, gains=gains)

    def _by_strength(self, pair: tuple[int, Alignment]) -> tuple[float, int]:
        return -pair[1].score, self._numbers[pair[0]]

    def _lay_out(self) -> None:
        """Pack what was added since; everything anew once that is much."""
        fresh = len(self._lines) - self._packed
        if not fresh:
            return
        if self._packs and fresh < _REPACK_SHARE * self._packed and len(self._packs) < 4:
            self._packs.append(pack(self._lines[self._packed :]))
        else:
            self._packs = [pack(self._lines)]
        self._packed = len(self._lines)

    def save(self, folder: Path, names: dict[int, str]) -> int:
        """Write the index and the melodies' names as files; returns the bytes written."""
        folder.mkdir(parents=True, exist_ok=True)
        numbers = np.array(self._numbers, np.int64)
        blobs = [self._melodies[n].to_bytes() for n in self._numbers]
        ends = np.cumsum([len(b) for b in blobs], dtype=np.int64)
        path = folder / "melodies.npz"
        titles = np.array([names.get(n, str(n)) for n in self._numbers])
        np.savez(path, numbers=numbers, ends=ends, data=np.frombuffer(b"".join(blobs), np.uint8), names=titles)
        return path.stat().st_size

    @classmethod
    def load(cls, folder: Path) -> tuple[MelodyIndex, dict[int, str]]:
        """An index that ``save`` wrote, and the names.

        Raises
        ------
        FileNotFoundError, ValueError
        """
        path = folder / "melodies.npz"
        if not path.is_file():
            raise FileNotFoundError(f"There is no melody index in {folder}; make one with: python -m ml melody index")
        index, names = cls(), {}
        with np.load(path, allow_pickle=False) as stored:
            data, start = stored["data"].tobytes(), 0
            for number, end, name in zip(stored["numbers"], stored["ends"], stored["names"], strict=True):
                index.add(int(number), data[start : int(end)])
                names[int(number)] = str(name)
                start = int(end)
        return index, names


def _match(
    query: Melody, reference: Melody, number: int, found: Alignment, chance: float, needed: float
) -> MelodyMatch:
    pairs = [(int(a), int(b)) for a, b in found.pairs]
    steps = [reference.notes[b].pitch - query.notes[a].pitch for a, b in pairs]
    (q_first, r_first), (q_last, r_last) = pairs[0], pairs[-1]
    return MelodyMatch(
        number=number,
        score=round(found.score, 2),
        chance_probability=chance,
        score_needed=needed,
        transposition_semitones=max(sorted(set(steps), key=abs), key=steps.count),
        aligned_notes=tuple(pairs),
        gains=tuple(round(float(g), 2) for g in found.gains),
        query_start_s=_start(query, q_first),
        query_end_s=_end(query, q_last),
        reference_start_s=_start(reference, r_first),
        reference_end_s=_end(reference, r_last),
        query_in_seconds=query.in_seconds,
        reference_in_seconds=reference.in_seconds,
        query_span=(q_first, q_last),
        reference_span=(r_first, r_last),
    )


def _start(melody: Melody, note: int) -> float:
    return round(melody.seconds(melody.notes[note].onset), 3)


def _end(melody: Melody, note: int) -> float:
    return round(melody.seconds(melody.notes[note].onset + melody.notes[note].duration), 3)
