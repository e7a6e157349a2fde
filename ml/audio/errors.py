"""What can be wrong with a recording, each with a stable code and a message that says what to do.

The messages are English and complete; ``code`` and ``params`` let a caller show its own
translated text.
"""

from __future__ import annotations

MIN_DURATION_S = 1.0
"""Shorter recordings are rejected: nothing can be compared in less than a second."""

MAX_DURATION_S = 3 * 3600.0
"""Longer recordings are rejected, by their header and again while decoding."""


class AudioError(Exception):
    """A recording that can't be used. ``code`` is stable; ``message`` is for people.

    Parameters
    ----------
    code : str
        Stable identifier such as ``"not_audio"``.
    message : str
        A full English sentence that says what is wrong and what to do.
    params : float or str
        The figures of the message, for a translated text.
    """

    default_code = "audio"

    def __init__(self, code: str, message: str, **params: float | str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.params = params


class NotAudio(AudioError):
    """The content is no audio that we read, whatever the file is called."""

    def __init__(self, detail: str = "") -> None:
        told = f" ({detail})" if detail else ""
        super().__init__(
            "not_audio",
            f"This file is not audio that we can read{told}. Upload WAV, FLAC, AIFF, MP3, AAC/M4A, Ogg Vorbis or Opus.",
            detail=detail,
        )


class EmptyAudio(AudioError):
    """Zero bytes, or a container without a single sample."""

    def __init__(self) -> None:
        super().__init__(
            "empty",
            "This file is empty: it holds no sound. Export it again and upload the new file.",
        )


class TruncatedAudio(AudioError):
    """The file is cut off or damaged so early that less than a second can be read."""

    def __init__(self, container: str, readable_s: float = 0.0, declared_s: float | None = None) -> None:
        promised = f" of the {declared_s:.1f} s that its header promises" if declared_s else ""
        super().__init__(
            "truncated",
            f"This {container} file is cut off or damaged: only {readable_s:.1f} s{promised} "
            "could be read. Copy or export it again from the original and upload that.",
            container=container,
            readable_s=readable_s,
            declared_s=declared_s or 0.0,
        )


class TooShort(AudioError):
    """Less than ``MIN_DURATION_S`` of sound."""

    def __init__(self, duration_s: float) -> None:
        super().__init__(
            "too_short",
            f"This recording lasts {duration_s:.3f} s; at least {MIN_DURATION_S:.0f} s is needed. "
            "Upload the whole recording.",
            duration_s=duration_s,
            minimum_s=MIN_DURATION_S,
        )


class TooLong(AudioError):
    """More than ``maximum_s`` (for single recordings ``MAX_DURATION_S``)."""

    def __init__(self, duration_s: float, maximum_s: float = MAX_DURATION_S) -> None:
        super().__init__(
            "too_long",
            f"This recording lasts at least {duration_s / 60:.0f} minutes; at most "
            f"{maximum_s / 60:.0f} minutes are accepted. Cut it into parts and upload each.",
            duration_s=duration_s,
            maximum_s=maximum_s,
        )


class SilentAudio(AudioError):
    """Nothing rises above the silence threshold."""

    def __init__(self, peak_dbfs: float) -> None:
        super().__init__(
            "silent",
            "This recording is silent: nothing in it is louder than −80 dBFS. "
            "Check the export (muted channel, wrong file) and upload it again.",
            peak_dbfs=peak_dbfs,
        )


class BadSamples(AudioError):
    """NaN, infinite or absurdly large samples."""

    def __init__(self, at_s: float) -> None:
        super().__init__(
            "bad_samples",
            "This recording holds samples that are not numbers or are far beyond full scale "
            f"(near {at_s:.1f} s). Export it again as 24-bit or 32-bit float and upload that.",
            at_s=at_s,
        )


class EncryptedAudio(AudioError):
    """Protected by DRM."""

    def __init__(self) -> None:
        super().__init__(
            "encrypted",
            "This file is copy-protected (DRM), so it can't be read. Upload the unprotected original.",
        )


class UnsupportedAudio(AudioError):
    """Audio, but of a codec, rate or channel count that we don't take."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            "unsupported",
            f"This audio can't be used: {detail}. Export it as WAV or FLAC, 8–192 kHz, mono to 7.1, and upload that.",
            detail=detail,
        )
