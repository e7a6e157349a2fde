"""The time and frequency grid that every stored fingerprint is measured on.

Changing a value up to CELL_FRAMES makes stored postings useless; the query's densities may change freely.
"""

SAMPLE_RATE_HZ = 22_050
HOP = 512
WINDOW = 2_048
FRAME_SECONDS = HOP / SAMPLE_RATE_HZ
FRAME_CENTRE_S = WINDOW / 2 / SAMPLE_RATE_HZ

BINS_PER_OCTAVE = 36
BINS_PER_SEMITONE = BINS_PER_OCTAVE / 12
OCTAVES = 5
BINS = BINS_PER_OCTAVE * OCTAVES
LOWEST_HZ = 180.0

STORED_PEAKS_PER_SECOND = 30
STORED_FAN_OUT, WEAK_FAN_OUT = 3, 2
"""Pairs of a stored peak: with its strongest followers, fewer for the weaker peaks."""
STRONG_RANKS = 20

MIN_PAIR_FRAMES = 3
MAX_PAIR_FRAMES = 56
MAX_PAIR_BINS = 40

BAND_BITS, STEP_BITS, FRAME_BITS, CHECK_BITS = 8, 7, 6, 9
PAIR_BITS = BAND_BITS + STEP_BITS + FRAME_BITS
HASH_BITS = PAIR_BITS + CHECK_BITS
CELL_FRAMES = 8
"""Postings say only in which eight frames (0.19 s) a landmark lies; the stored peaks say exactly where."""

QUERY_PEAKS_PER_SECOND = 39
QUERY_FAN_OUT = 12
DENSE_PEAKS_PER_SECOND = 130
DENSE_FAN_OUT = 32


def frame_to_seconds(frame: float) -> float:
    """Time in seconds of the centre of a (fractional) frame."""
    return frame * FRAME_SECONDS + FRAME_CENTRE_S


def band_to_hz(band: float) -> float:
    """Frequency in hertz of a (fractional) band."""
    return float(LOWEST_HZ * 2 ** (band / BINS_PER_OCTAVE))
