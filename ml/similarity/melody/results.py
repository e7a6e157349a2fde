"""What a search answers with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MelodyMatch:
    """A melody of the index that resembles the query. Similarity only; nothing about rights follows from it.

    number: as given to ``add``. score: evidence of all alignments together, in bits. chance_probability: that the best
    of a search like this without any related melody scores as high. score_needed: at which the default threshold would
    have been met. transposition_semitones: what to add to the query.
    aligned_notes: (query note, reference note), numbers from 0. gains: the score, shared out over these pairs as the
    best alignment earned it, skips and differences on the way to a pair taken off. *_start, *_end: where the stretch
    begins and ends, in seconds if the melody has a tempo, in quarters otherwise (`*_in_seconds` tells). *_span: first
    and last note number.
    """

    number: int
    score: float
    chance_probability: float
    score_needed: float
    transposition_semitones: int
    aligned_notes: tuple[tuple[int, int], ...]
    gains: tuple[float, ...]
    query_start_s: float
    query_end_s: float
    reference_start_s: float
    reference_end_s: float
    query_in_seconds: bool
    reference_in_seconds: bool
    query_span: tuple[int, int]
    reference_span: tuple[int, int]
