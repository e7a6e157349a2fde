import numpy as np
import pytest

from ml.similarity.cover.errors import CoverError
from ml.similarity.cover.features import CoverPrint, extract
from ml.similarity.cover.frames import frames_of, transposed
from ml.similarity.cover.plausibility import Calibration, chance_probability, score_needed
from tests.unit.ml.similarity.cover_synth import RATE, Song, play


def tones(*hertz: float, seconds: float = 6.0, partials: int = 4) -> np.ndarray:
    t = np.arange(int(seconds * RATE)) / RATE
    return sum(0.1 * 0.6**k * np.sin(2 * np.pi * f * (k + 1) * t) for f in hertz for k in range(partials)).astype(
        np.float32
    )


def test_a_chord_and_its_top_note():
    found = extract(tones(130.81, 164.81, 196.0, 440.0))
    inner = slice(5, -5)
    assert set(np.flatnonzero(found.harmony[inner].mean(axis=0) > 5)) == {0, 4, 7, 9}
    assert set(found.melody[inner].argmax(axis=1)) == {9}


@pytest.mark.parametrize("cents", [-40, -20, 15, 35])
def test_tuning_is_measured_and_corrected(cents):
    factor = 2 ** (cents / 1200)
    found = extract(tones(261.63 * factor, 329.63 * factor, 392.0 * factor))
    assert found.tuning_cents == pytest.approx(cents, abs=3)
    assert set(np.flatnonzero(found.harmony[5:-5].mean(axis=0) > 5)) == {0, 4, 7}


def test_partials_are_not_taken_for_notes():
    found = extract(tones(220.0, partials=6))
    assert found.harmony[5:-5].mean(axis=0)[4] < 6, "the third partial of A is an E"
    assert found.harmony[5:-5].mean(axis=0)[9] == 15


def test_bytes_come_back_the_same_and_are_few():
    made = extract(play(Song(1)))
    data = made.to_bytes()
    back = CoverPrint.from_bytes(data)
    assert np.array_equal(back.harmony, made.harmony)
    assert np.array_equal(back.melody, made.melody)
    assert (back.tuning_cents, back.duration_s) == (made.tuning_cents, made.duration_s)
    assert 180 / made.duration_s * len(data) < 30_000


@pytest.mark.parametrize("damage", [lambda d: d[:-1], lambda d: b"XX" + d[2:], lambda d: d[:3], lambda d: d + b"\0"])
def test_other_bytes_are_refused(damage):
    data = extract(tones(440.0)).to_bytes()
    with pytest.raises(CoverError, match="extract the recording again"):
        CoverPrint.from_bytes(damage(data))


def test_silence_has_an_empty_print():
    found = extract(np.zeros(6 * RATE, np.float32))
    assert not found.harmony.any()
    assert not found.melody.any()


@pytest.mark.parametrize("samples", [np.zeros((2, 9 * RATE), np.float32), np.full(9 * RATE, np.nan, np.float32)])
def test_only_finite_mono_samples(samples):
    with pytest.raises(ValueError, match=r"mono|not numbers"):
        extract(samples)


def test_a_stretch_of_a_print():
    whole = extract(play(Song(2)))
    part = whole.between(4.0, 12.0)
    assert part.duration_s == pytest.approx(8.0)
    assert np.array_equal(part.harmony, whole.harmony[20:60])


def test_frames_at_a_tempo_and_in_another_key():
    made = extract(play(Song(2)))
    plain, slow = frames_of(made), frames_of(made, 1.25)
    assert plain.shape[1] == 24
    assert len(slow) == pytest.approx(1.25 * len(plain), abs=1)
    assert np.array_equal(np.roll(plain[:, 12:], 5, axis=1), transposed(plain, 5)[:, 12:])
    assert np.array_equal(transposed(transposed(plain, 5), 7), plain)


CONSTANTS = Calibration(
    seconds=(15.0, 60.0),
    location=(1.0, 1.4),
    tracks=(0.1, 0.1),
    scale=(0.2, 0.4),
    typical=0.0,
    typical_growth=0.2,
    unknown=0.0,
    threshold=0.01,
)


def test_chance_grows_with_the_registry_and_with_the_query():
    excess = np.log(60.0) - 1.2 - 0.2 * np.log(30)
    scale = 0.3
    single = 1 - np.exp(-np.exp(-excess / scale))
    assert chance_probability(60.0, 30.0, 1, CONSTANTS) == pytest.approx(single, rel=1e-6)
    of_many = 1 - np.exp(-np.exp(-(excess - 0.1 * np.log(1000)) / scale))
    assert chance_probability(60.0, 30.0, 1000, CONSTANTS) == pytest.approx(of_many, rel=1e-6)
    assert of_many > single
    assert chance_probability(60.0, 120.0, 1000, CONSTANTS) > chance_probability(60.0, 30.0, 1000, CONSTANTS)
    assert chance_probability(0.0, 30.0, 1, CONSTANTS) == pytest.approx(1.0)


def test_the_score_that_a_probability_needs():
    needed = score_needed(0.003, 45.0, 700, CONSTANTS)
    assert chance_probability(needed, 45.0, 700, CONSTANTS) == pytest.approx(0.003, rel=1e-6)


def test_prints_that_are_stored_stay_readable_whatever_the_scoring():
    """Bytes of the first format, by hand: a change of the search must not ask for recordings to be extracted again."""
    stored = b"DC\x01\xfb" + (1).to_bytes(4, "little") + bytes(range(6)) + bytes(range(0, 96, 16))
    found = CoverPrint.from_bytes(stored)
    assert found.harmony.tolist() == [[0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0]]
    assert found.melody.tolist() == [[0, 0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5]]
    assert found.tuning_cents == -5
    assert found.to_bytes() == stored
