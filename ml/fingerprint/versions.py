"""What a result was made with, for its record: a re-check after an upgrade compares these."""

import hashlib

from ml.fingerprint import grid, store
from ml.fingerprint.plausibility import CALIBRATION_FILE

MATCHER_VERSION = "3"
"""Raised when hypotheses, verification or calibration change, so that the same recordings may be answered otherwise."""
INDEX_VERSION = f"{store.FORMAT}.{grid.HASH_BITS}"
"""Changes when stored postings have to be made anew."""


def calibration_digest() -> str:
    """A short name of the constants in use: the first 12 hexadecimal digits of their file's SHA-256."""

    return hashlib.sha256(CALIBRATION_FILE.read_bytes()).hexdigest()[:12]
