"""Sentences about matches."""

import pytest

from apps.rights import wording
from apps.rights.selectors import OtherSide


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (0.0, "Chance of a coincidence: below 1 in a million million"),
        (1e-13, "Chance of a coincidence: below 1 in a million million"),
        (1 / 5_672_311_000, "Chance of a coincidence: 1 in 5,700,000,000"),
        (1 / 40_231, "Chance of a coincidence: 1 in 40,000"),
        (1 / 101, "Chance of a coincidence: 1 in 100"),
        (0.034, "Chance of a coincidence: 3.4 %"),
    ],
)
def test_chance(probability, said):
    assert wording.chance_in_words(probability) == said


@pytest.mark.parametrize(
    ("tempo", "pitch", "said"),
    [
        (1.0, 0.0, ""),
        (1.0004, 0.04, ""),
        (1.04, 0.0, "4.0 % faster"),
        (0.95, 0.0, "5.0 % slower"),
        (1.0, 1.0, "1 semitone higher"),
        (1.06, -2.0, "6.0 % faster and 2 semitones lower"),
        (0.9, 0.5, "10.0 % slower and 0.5 semitones higher"),
    ],
)
def test_changes(tempo, pitch, said):
    assert wording.changes_in_words(tempo, pitch) == said


def _other(**fields):
    values = {
        "title": "X",
        "artist": "Y",
        "organisation": "Z",
        "contact": "",
        "registered": True,
        "shares_excerpts": False,
        "duration_s": 60.0,
        "already_ours": False,
        "track": None,
    }
    return OtherSide(**{**values, **fields})


def test_the_other_recording():
    assert wording.other_in_words(_other()) == "“X” by Y, registered by Z"
    assert wording.other_in_words(_other(artist="")) == "“X”, registered by Z"
    assert wording.other_in_words(_other(registered=False)) == "“X” by Y, checked by Z and not registered yet"
    assert wording.other_in_words(_other(already_ours=True)) == "“X” by Y in your own catalogue"


def test_percent_signs_in_titles_are_only_signs():
    assert wording.other_in_words(_other(title="100 %(artist)s")) == "“100 %(artist)s” by Y, registered by Z"
