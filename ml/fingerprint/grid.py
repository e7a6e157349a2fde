"""The time and frequency grid that every stored fingerprint is measured on.

Changing a value up to MAX_PAIR_BINS makes stored postings useless; the query's densities may change freely.
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
STORED_FAN_OUT = 6

QUERY_PEAKS_PER_SECOND = 39
QUERY_FAN_OUT = 12
DENSE_PEAKS_PER_SECOND = 130
DENSE_FAN_OUT = 32

MIN_PAIR_FRAMES = 3
MAX_PAIR_FRAMES = 64
MAX_PAIR_BINS = 40

HASH_BITS = 22


def frame_to_seconds(frame: float) -> float:
    """Time in seconds of the centre of a (fractional) frame."""
    return frame * FRAME_SECONDS + FRAME_CENTRE_S


def band_to_hz(band: float) -> float:
    """Frequency in hertz of a (fractional) band."""
    return float(LOWEST_HZ * 2 ** (band / BINS_PER_OCTAVE))
