"""Read recordings of any supported container and codec, block by block (libav in PyAV's wheel)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream

from ml.audio import channels as ch
from ml.audio.channels import Samples
from ml.audio.errors import (
    MAX_DURATION_S,
    AudioError,
    BadSamples,
    EmptyAudio,
    EncryptedAudio,
    NotAudio,
    TooLong,
    TruncatedAudio,
    UnsupportedAudio,
)
from ml.audio.facts import AudioFacts
from ml.audio.headers import bit_depth, codec_name, has_xing, ogg_ends, riff_seconds
from ml.audio.sniff import Container, sniff

Progress = Callable[[float], None]

BLOCK_SECONDS = 5.0
TRUNCATION_TOLERANCE_S = 0.15
"""A header may be off by codec delay and padding; more than this is missing audio."""

_SEEK_PREROLL_S = 1.0
"""Decoders with memory (MP3's bit reservoir, AAC overlap, Opus) settle well within a second."""
_FULL_SCALE_LIMIT = 1000.0
"""+60 dBFS: float files may exceed full scale, but not like this."""
_INT_SCALE = {"s16": 2.0**-15, "s32": 2.0**-31, "s64": 2.0**-63}
_EXACT_HEADERS = {"wav", "w64", "aiff", "flac", "m4a", "caf", "au", "wavpack"}
_SEEKABLE = {"wav", "w64", "aiff", "flac", "caf", "au", "mp3", "aac", "ogg", "m4a", "wavpack"}
"""Where a seek was measured to land on the right sample; others are read from their start."""
_PROTECTED_TAGS = {"drms", "enca", "p608"}
_POINTERS_IN_FRAME = 8
"""PyAV 18 reads past a frame's end when it has this many planes (a crash): those are packed first."""
_MIN_RATE_HZ, _MAX_RATE_HZ = 4_000, 768_000


class AudioReader:
    """An opened recording: its header facts and its samples in blocks. A context manager.

    `longest_s`: recordings that last longer are refused.

    Raises (on opening)
    -------------------
    EmptyAudio, NotAudio, TruncatedAudio, EncryptedAudio, UnsupportedAudio, TooLong

    Examples
    --------
    >>> with AudioReader("song.flac") as reader:            # doctest: +SKIP
    ...     for block in reader.blocks():                   # (channels, n) float32
    ...         meter.add(block)
    """

    def __init__(self, path: str | Path, *, longest_s: float | None = None) -> None:
        self.path = Path(path)
        self._longest_s = MAX_DURATION_S if longest_s is None else longest_s
        self.kind: Container = sniff(self.path)
        self._input = _open(self.path, self.kind)
        try:
            self._stream = self._audio_stream()
            first = self._first_frame()
            self.sample_rate_hz: int = first.sample_rate
            names = [channel.name for channel in first.layout.channels]
            self.channel_layout, self.speakers = ch.speakers(first.layout.name, names)
            self._check_supported(len(names))
            self._origin = first.pts
            self._format, self._raw_layout = first.format.name, first.layout
            self.declared_s = self._declared_s()
            if self.declared_s is not None and self.declared_s > self._longest_s:
                raise TooLong(self.declared_s, self._longest_s)
        except (av.error.FFmpegError, UnicodeError, ValueError) as error:  # a damaged header
            self.close()
            raise TruncatedAudio(self.kind.name) from error
        except BaseException:
            self.close()
            raise
        self._first: AudioFrame | None = first
        self.reached_end_s: float | None = None
        """Where the audio ended, once `blocks` has read to the end."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; harmless when repeated."""
        self._input.close()

    @property
    def channels(self) -> int:
        """Number of channels of every block."""
        return len(self.speakers)

    @property
    def expected_s(self) -> float | None:
        """About how long it will be, for progress: the header's word, or size by bit rate."""
        if self.declared_s:
            return self.declared_s
        rate = self._input.bit_rate or self._stream.codec_context.bit_rate
        return 8 * self.path.stat().st_size / rate if rate else None

    def facts(self, *, readable_s: float | None = None) -> AudioFacts:
        """The facts; `readable_s` is what a scan or a decoding really found."""
        declared = self.declared_s
        duration = readable_s if readable_s is not None else (declared or 0.0)
        missing = declared is not None and duration < declared - TRUNCATION_TOLERANCE_S
        codec = self._stream.codec_context
        rate = self._stream.codec_context.bit_rate or self._input.bit_rate or 0
        if duration > 0 and (self.kind.name in {"flac", "ogg", "mp3", "aac"} or not rate):
            rate = int(8 * self.path.stat().st_size / duration)
        return AudioFacts(
            container=self.kind.name,
            codec=codec_name(codec.name),
            sample_rate_hz=self.sample_rate_hz,
            channels=self.channels,
            channel_layout=self.channel_layout,
            bit_depth=bit_depth(codec, self._format),
            duration_s=duration,
            bit_rate=int(rate),
            truncated=missing or (self.kind.name == "ogg" and not ogg_ends(self.path)),
            declared_duration_s=declared,
        )

    def scan_s(self) -> float:
        """Seconds of audio that the file really holds, by walking its packets (no decoding).

        Uses the reader up: read blocks from a fresh one.
        """
        end = summed = duration = 0
        with suppress(av.error.FFmpegError):  # what was read up to there counts
            for packet in self._input.demux(self._stream):
                if packet.size == 0:
                    continue
                duration = packet.duration or duration
                summed += duration
                if packet.pts is not None:
                    end = max(end, packet.pts + duration)
        base = float(self._stream.time_base or 0)
        if end:
            return max(0.0, (end - (self._origin or 0)) * base)
        return summed * base + self._first_packet_s

    def blocks(
        self, start_s: float = 0.0, seconds: float | None = None, *, block_s: float = BLOCK_SECONDS
    ) -> Iterator[Samples]:
        """Yield (channels, n) float32 blocks at the file's own rate; call once a reader.

        Parameters
        ----------
        start_s, seconds : float
            The part to read, exact to the sample.
        block_s : float
            Length of a block; the last is shorter.

        Raises
        ------
        BadSamples
            NaN, infinite or absurd samples.
        TooLong
            More than the limit, whatever the header says.
        """
        rate = self.sample_rate_hz
        first = round(start_s * rate)
        last = None if seconds is None else first + round(seconds * rate)
        size = max(1, round(block_s * rate))
        pending: list[Samples] = []
        held = 0
        for chunk in self._cut(first, last):
            pending.append(chunk)
            held += chunk.shape[1]
            if held >= size:
                yield self._checked(np.concatenate(pending, axis=1), start_s)
                start_s += held / rate
                pending, held = [], 0
        if held:
            yield self._checked(np.concatenate(pending, axis=1), start_s)

    def _cut(self, first: int, last: int | None) -> Iterator[Samples]:
        """Chunks of samples ``first <= index < last`` of the recording."""
        limit = int(self._longest_s * self.sample_rate_hz)
        whole = self._whole()
        position = 0
        for at, chunk in self._chunks(first):
            position = at + chunk.shape[1]
            if position > limit:
                raise TooLong(position / self.sample_rate_hz, self._longest_s)
            begin = max(0, first - at)
            end = min(position, whole, position if last is None else last) - at
            if end > begin:
                yield chunk[:, begin:end]
            if last is not None and position >= last:
                return
        if position:  # nothing at all: the seek went past the end, which tells no length
            self.reached_end_s = min(position, whole) / self.sample_rate_hz

    def _whole(self) -> int:
        """Number of samples where the header knows best: the edit list of MP4 cuts off padding."""
        if self.kind.name == "m4a" and self.declared_s:
            return round(self.declared_s * self.sample_rate_hz)
        return sys.maxsize

    def _chunks(self, first: int) -> Iterator[tuple[int, Samples]]:
        """(index of the first sample, samples) of each decoded frame, from before `first`."""
        position = self._seek(first)
        for frame in self._frames():
            if position is None:
                position = self._index_of(frame)
            samples = self._samples_of(frame)
            yield position, samples
            position += samples.shape[1]

    def _seek(self, first: int) -> int | None:
        """Jump near `first`; returns the index of the next sample, None where a frame will tell."""
        base = self._stream.time_base
        ahead = first / self.sample_rate_hz - _SEEK_PREROLL_S
        if ahead <= _SEEK_PREROLL_S or not self._seeks_exactly() or base is None:
            return 0
        try:
            self._input.seek((self._origin or 0) + int(ahead / base), stream=self._stream)
        except av.error.FFmpegError:
            return 0  # not seekable: nothing was moved, so read from the start
        self._first = None
        return None

    def _seeks_exactly(self) -> bool:
        if self.kind.name not in _SEEKABLE or len(self._input.streams) > 1 or self._origin is None:
            return False
        base = self._stream.time_base
        fine = base is not None and base * self.sample_rate_hz <= 1
        return fine and (self.kind.name != "m4a" or self._stream.frames > 0)  # not fragmented

    def _index_of(self, frame: AudioFrame) -> int:
        base = self._stream.time_base
        if base is None or frame.pts is None or self._origin is None:
            return 0
        return round((frame.pts - self._origin) * base * self.sample_rate_hz)

    def _frames(self) -> Iterator[AudioFrame]:
        """Decoded frames; damaged packets are skipped."""
        if self._first is not None:
            first, self._first = self._first, None
            yield first
            yield from self._more_of_first_packet
        packets = self._input.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except (StopIteration, av.error.FFmpegError):
                return
            yield from _decoded(packet)

    def _first_frame(self) -> AudioFrame:
        self._more_of_first_packet: list[AudioFrame] = []
        with suppress(av.error.EOFError):
            for packet in self._input.demux(self._stream):
                frames = _decoded(packet)
                if frames:
                    self._more_of_first_packet = frames[1:]
                    self._first_packet_s = sum(frame.samples / frame.sample_rate for frame in frames)
                    return frames[0]
        if self._input.size <= 4096 and self.kind.name in _EXACT_HEADERS and not self._stream.duration:
            raise EmptyAudio
        raise TruncatedAudio(self.kind.name)

    def _audio_stream(self) -> AudioStream:
        stream = self._input.streams.best("audio")
        if not isinstance(stream, AudioStream):
            raise NotAudio(f"a {self.kind.name} file without sound")
        codec: Any = stream.codec_context
        if codec is None:
            raise UnsupportedAudio("its codec is unknown")
        if str(codec.codec_tag).strip("\0 ") in _PROTECTED_TAGS:
            raise EncryptedAudio
        return stream

    def _check_supported(self, count: int) -> None:
        if count > ch.MAX_CHANNELS:
            raise UnsupportedAudio(f"it has {count} channels")
        if not _MIN_RATE_HZ <= self.sample_rate_hz <= _MAX_RATE_HZ:
            raise UnsupportedAudio(f"its sample rate is {self.sample_rate_hz} Hz")

    def _declared_s(self) -> float | None:
        """What the header promises; None for formats without a header that tells."""
        if self.kind.name == "aac" or (self.kind.name == "mp3" and not has_xing(self.path)):
            return None
        stream, base = self._stream, self._stream.time_base
        if self.kind.name == "wav":
            told = riff_seconds(self.path)
            if told is not None:
                return told if told > 0 else None
        if stream.duration and base is not None:
            return float(stream.duration * base)
        if self._input.duration and self.kind.name != "ogg":
            return float(self._input.duration / 1_000_000)
        return None

    def _samples_of(self, frame: AudioFrame) -> Samples:
        """(channels, n) float32 of one frame, in the layout and rate of the first."""
        width = len(frame.layout.channels)
        same = frame.sample_rate == self.sample_rate_hz and width == self.channels
        if same and not (frame.format.is_planar and width >= _POINTERS_IN_FRAME):
            return _to_float(frame, self.channels)
        # Chained streams may change format midway: bring the rest to the first one's.
        resampler = AudioResampler(format="flt", layout=self._raw_layout, rate=self.sample_rate_hz)
        parts = [*resampler.resample(frame), *resampler.resample(None)]
        chunks = [_to_float(part, self.channels) for part in parts if part.samples]
        return np.concatenate(chunks, axis=1) if chunks else np.zeros((self.channels, 0), np.float32)

    def _checked(self, block: Samples, at_s: float) -> Samples:
        block = np.ascontiguousarray(block)  # interleaved files come transposed: slow to filter
        low, high = float(block.min()), float(block.max())  # NaN wins in both
        if not (abs(low) < _FULL_SCALE_LIMIT and abs(high) < _FULL_SCALE_LIMIT):
            bad = ~(np.abs(block) < _FULL_SCALE_LIMIT).all(axis=0)
            raise BadSamples(at_s + int(np.argmax(bad)) / self.sample_rate_hz)
        return block


def _open(path: Path, kind: Container) -> Any:
    try:
        return av.open(
            str(path.resolve()),
            format=kind.demuxer,
            metadata_errors="ignore",
            options={"protocol_whitelist": "file"},
        )
    except (av.error.FFmpegError, ValueError) as error:
        raise _opening_error(path, kind) from error


def _opening_error(path: Path, kind: Container) -> AudioError:
    if kind.name in {"mp3", "aac"}:
        return NotAudio("no audio frames found")
    return TruncatedAudio(kind.name)


def _decoded(packet: Any) -> list[AudioFrame]:
    try:
        return [frame for frame in packet.decode() if frame.samples]
    except (av.error.FFmpegError, ValueError):
        return []


def _to_float(frame: AudioFrame, channels: int) -> Samples:
    data: Any = frame.to_ndarray()
    if not frame.format.is_planar:
        data = data.reshape(-1, channels).T
    kind = frame.format.name.removesuffix("p")
    if kind == "flt":
        return data
    if kind == "u8":
        return (data.astype(np.float32) - np.float32(128)) * np.float32(1 / 128)
    if kind == "dbl":
        with np.errstate(over="ignore"):
            return data.astype(np.float32)
    return data.astype(np.float32) * np.float32(_INT_SCALE[kind])
