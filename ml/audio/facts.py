"""Technical facts of a recording, as its content tells them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AudioFacts:
    """What a recording is, technically.

    Attributes
    ----------
    container : str
        ``wav``, ``flac``, ``aiff``, ``mp3``, ``aac`` (ADTS), ``m4a``, ``ogg``, … as sniffed.
    codec : str
        Name of the coding: ``pcm_s16le``, ``flac``, ``mp3``, ``aac``, ``vorbis``, ``opus``, …
    sample_rate_hz, channels : int
        As decoded (HE-AAC: the full rate).
    channel_layout : str
        ``mono``, ``stereo``, ``5.1``, ``7.1``, …
    bit_depth : int or None
        Of lossless codings; None for lossy ones.
    duration_s : float
        What can be read.
    bit_rate : int
        Average bits per second of the audio stream, or of the whole file where only that is known.
    truncated : bool
        The header promises more than is there; the readable part is used.
    declared_duration_s : float or None
        What the header promises, where it does.
    """

    container: str
    codec: str
    sample_rate_hz: int
    channels: int
    channel_layout: str
    bit_depth: int | None
    duration_s: float
    bit_rate: int
    truncated: bool = False
    declared_duration_s: float | None = None
