"""A match as the other side sees it."""

import uuid

import pytest

from apps.registry.selectors import Disclosed
from apps.rights.selectors import normalise_code
from apps.rights.services import FoundMatch, FoundSegment
from apps.rights.services.registrations import CODE_SIGNS, new_code


def _found(**changes):
    segment = FoundSegment(10.0, 20.0, 30.0, 40.8, 1.08, 2.0, 0.999, 55.0)
    other = Disclosed(7, "T", "A", "O", "", True, False, 200.0, False, None)
    values = {
        "pair_id": uuid.uuid4(), "other": other, "kind": "altered", "alterations": ("faster", "higher"), "score": 55.0,
        "chance_probability": 1e-9, "own_share": 0.1, "other_share": 0.05, "segments": (segment,),
    }  # fmt: skip
    return FoundMatch(**{**values, **changes})


def test_everything_is_the_other_way_round():
    seen = _found().mirrored()
    assert seen["alterations"] == ["slower", "lower"]
    assert (seen["own_share"], seen["other_share"]) == (0.05, 0.1)
    assert (seen["tempo_ratio"], seen["pitch_semitones"]) == (pytest.approx(0.9259), -2.0)
    assert seen["segments"] == [
        {
            "position": 0, "own_start_s": 30.0, "own_end_s": 40.8, "other_start_s": 10.0, "other_end_s": 20.0,
            "tempo_ratio": pytest.approx(0.9259), "pitch_semitones": -2.0, "confidence": 0.999, "score": 55.0,
        }
    ]  # fmt: skip


def test_names_are_not_handed_over():
    assert "T" not in str(_found().mirrored().values())
    assert set(_found().mirrored()) == {
        "kind", "alterations", "score", "chance_probability", "tempo_ratio", "pitch_semitones", "own_share",
        "other_share", "segments", "version", "threshold", "detail",
    }  # fmt: skip


def test_codes_are_read_however_they_are_typed():
    code = new_code()
    assert len(code) == 19
    assert set(code.replace("-", "")) <= set(CODE_SIGNS)
    assert normalise_code(f" {code.lower().replace('-', ' ')} ") == code
    assert new_code() != code
