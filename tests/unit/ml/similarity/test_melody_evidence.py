"""The sum over all chains of two melodies, against its definition written out as a recursion over pairs of notes."""

import math
from functools import cache

import numpy as np
import pytest

from ml.similarity.melody.evidence import MEETING, SumCosts, evidence
from ml.similarity.melody.line import line_of
from ml.similarity.melody.notes import Melody, Note
from tests.unit.ml.similarity.melodies import tune

COSTS = SumCosts(
    own_skip=0.5, their_skip=2.5, change=3.0, semitone=4.0, drift=12.0, rhythm=1.2, off_beat=1.0, width=0.4, idle=1.0
)


def line(pitches, onsets):
    return line_of(Melody(tuple(Note(o, 0.5, p) for p, o in zip(pitches, onsets, strict=True))))


def skip_cost(own, theirs):
    changed = min(own, theirs) - 1
    return 3.0 * changed + 0.5 * (own - 1 - changed) + 2.5 * (theirs - 1 - changed)


def recursion(query, other, pace):
    @cache
    def ending(i, j):
        bits = min(float(query.fresh[i]), float(other.bits[j]))
        telling = min(bits, 1.0)
        ways = [1.0]
        for a in range(max(0, i - 4), i):
            for b in range(max(0, j - 4), j):
                off = abs((query.pitch[i] - query.pitch[a]) - (other.pitch[j] - other.pitch[b]))
                if 4 * off > 12:
                    continue
                spans = (query.onset[i] - query.onset[a]), (other.onset[j] - other.onset[b])
                late = (math.log2(spans[0]) - math.log2(spans[1]) - pace) / 0.4
                timing = 2**-1.0 + (2**1.2 - 2**-1.0) / (1 + late * late)
                worth = 2.0 ** -(skip_cost(i - a, j - b) + 4 * off)
                ways.append(ending(a, b) * worth * (1 + (timing - 1) * telling))
        return min(sum(ways), max(ways) * 2 ** (MEETING * telling)) * 2 ** (bits - (1 - telling))

    everything = sum(ending(i, j) for i in range(len(query)) for j in range(len(other)))
    return math.log2(everything / len(other))


@pytest.mark.parametrize("pace", [0.0, 0.7])
def test_it_is_the_sum_over_every_chain(pace):
    query = line([60, 64, 65, 62, 67, 67, 67, 59, 60, 64], [0, 1, 1.5, 3, 3.5, 5, 5.5, 6, 8, 8.5])
    other = line([55, 59, 58, 61, 57, 62, 62, 54, 55, 59, 55], [0, 2, 2.5, 3, 6, 7, 9.5, 10, 11, 12, 14])
    assert evidence(query, other, COSTS, pace) == pytest.approx(recursion(query, other, pace), rel=1e-5)


def test_long_songs_stay_finite_and_grow_with_their_length():
    whole = line_of(tune(1, 1200))
    half = line_of(Melody(tune(1, 1200).notes[:600]))
    free = SumCosts(0.5, 2.5, 3.0, 4.0, 12.0, rhythm=0.0, off_beat=0.0, width=0.4, idle=0.0)
    long, short = evidence(whole, whole, free, 0.0), evidence(half, half, free, 0.0)
    # The chain of every note with itself is one of those counted; where chains meet, each note adds a bit at most.
    own = float(np.minimum(whole.fresh, whole.bits).sum(dtype=float))
    assert own - math.log2(1200) < long < own + 1200 + math.log2(1200)
    assert long > 1024  # more than a float32 or float64 can hold as a power of two
    assert long > 1.5 * short


def test_what_repeats_one_note_adds_up_to_nothing():
    same = line([60] * 90, range(90))
    walk = line_of(tune(4, 90))
    assert evidence(same, same, COSTS, 0.0) < 0.1 * evidence(walk, walk, COSTS, 0.0)


def test_transposition_does_not_matter_and_nothing_has_no_evidence():
    melody = tune(5, 40)
    moved = Melody(tuple(Note(n.onset, n.duration, n.pitch + 7) for n in melody.notes))
    same = evidence(line_of(melody), line_of(melody), COSTS, 0.0)
    assert evidence(line_of(moved), line_of(melody), COSTS, 0.0) == pytest.approx(same)
    assert evidence(line_of(Melody(())), line_of(melody), COSTS, 0.0) == 0.0
    assert evidence(line([60], [0]), line_of(melody), COSTS, 0.0) < 1
