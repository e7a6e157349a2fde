"""Audio in and out: decoding, facts, loudness, peaks, tags, pictures and excerpts (Django-free)."""

from ml.audio.decoding import FINGERPRINT_RATE_HZ, decode, probe, stream
from ml.audio.errors import (
    MAX_DURATION_S,
    MIN_DURATION_S,
    AudioError,
    BadSamples,
    EmptyAudio,
    EncryptedAudio,
    NotAudio,
    SilentAudio,
    TooLong,
    TooShort,
    TruncatedAudio,
    UnsupportedAudio,
)
from ml.audio.facts import AudioFacts

__all__ = [
    "FINGERPRINT_RATE_HZ",
    "MAX_DURATION_S",
    "MIN_DURATION_S",
    "AudioError",
    "AudioFacts",
    "BadSamples",
    "EmptyAudio",
    "EncryptedAudio",
    "NotAudio",
    "SilentAudio",
    "TooLong",
    "TooShort",
    "TruncatedAudio",
    "UnsupportedAudio",
    "decode",
    "probe",
    "stream",
]
