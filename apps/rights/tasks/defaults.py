"""Thresholds as the comparisons are shipped."""

from apps.rights.models import Facet
from ml.fingerprint.plausibility import shipped_calibration as of_recordings
from ml.similarity.cover.plausibility import shipped_calibration as of_covers
from ml.similarity.melody.calibration import shipped_calibration as of_melodies


def shipped_thresholds() -> dict[str, float]:
    """Largest chance probability that counts as a match, by facet."""
    return {
        Facet.RECORDING: of_recordings().threshold,
        Facet.COVER: of_covers().threshold,
        Facet.MELODY: of_melodies().threshold,
    }
