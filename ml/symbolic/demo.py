"""Make the demo's recordings: 24 tracks of two labels, two altered excerpts and a long mix."""

from __future__ import annotations

import os
import zlib
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

import numpy as np

from ml.audio.channels import Samples
from ml.audio.decoding import decode
from ml.audio.effects import change_tempo, phone_quality, transpose
from ml.audio.excerpt import faded
from ml.audio.reading import Progress
from ml.audio.tags import Tags, write_tags
from ml.audio.writing import write_audio
from ml.symbolic import demo_works
from ml.symbolic.arranging import arrange
from ml.symbolic.demo_works import WORKS, DemoWork, LabelKey
from ml.symbolic.render import RENDER_RATE_HZ, render_voices
from ml.symbolic.scores import corpus_path, read_score

Kind = Literal["track", "phone_excerpt", "altered_excerpt", "cover", "mix"]

YEAR = 2026
_MP3_BIT_RATE = 192_000
_FADE_OUT_SECONDS = 3.0

PHONE_SOURCE, PHONE_START_S, PHONE_SECONDS = "bonny-charlie", 30.0, 40.0
ALTERED_SOURCE, ALTERED_START_S, ALTERED_SECONDS = "aloha-oe", 24.0, 45.0
ALTERED_TEMPO, ALTERED_SEMITONES = 1.04, 1.0
COVER_SOURCE, COVER_BPM, COVER_SECONDS, COVER_SEMITONES = "jeanie", 104.0, 62.0, -6
COVER_PROGRAMS, COVER_BACKING = ((71,), (56,)), 0
MIX_SOURCES = (
    "irish-washerwoman",
    "polonaise-in-e-flat",
    "tam-glen",
    "gloria",
    "pastheen-fuen",
    "lift-every-voice",
    "macgregor-aruaro",
    "jeanie",
)
MIX_SECTION_S, MIX_START_S, MIX_FADE_S = 50.0, 5.0, 4.0


@dataclass(frozen=True, slots=True)
class DemoSegment:
    """Where a stretch of an extra recording comes from: source = start + tempo × (own time)."""

    source_key: str
    source_start_s: float
    source_end_s: float
    start_s: float
    end_s: float
    tempo_ratio: float = 1.0
    pitch_semitones: float = 0.0


@dataclass(frozen=True, slots=True)
class DemoRecording:
    """A made file with all that a label would type in.

    Attributes
    ----------
    key : str
        Stable name.
    kind : str
        ``track``; or an extra: ``phone_excerpt``, ``altered_excerpt``, ``cover``, ``mix``.
    label : str
        The label that uploads it: ``parlour`` or ``ceilidh``.
    path : Path
    title, artist, composer, release : str
        `composer` and `release` are empty for extras.
    track_number : int or None
        Within the release.
    isrc : str
        In the form QZDEM2600001 (a demo registrant); empty for extras.
    licence : str
        Terms of the music and of its score.
    segments : tuple of DemoSegment
        The truth about extras, for tests and for the demo's own text.
    """

    key: str
    kind: Kind
    label: LabelKey
    path: Path
    title: str
    artist: str
    composer: str = ""
    release: str = ""
    track_number: int | None = None
    isrc: str = ""
    licence: str = ""
    segments: tuple[DemoSegment, ...] = ()


def make_demo_music(
    out_dir: str | Path, progress: Progress | None = None, *, processes: int | None = None
) -> list[DemoRecording]:
    """Write the demo's 28 recordings into `out_dir`; the same files every time.

    Parameters
    ----------
    out_dir : str or Path
        Made when missing.
    progress : callable or None
        Called with the fraction done.
    processes : int or None
        Worker processes; the machine's cores by default.

    Returns
    -------
    list of DemoRecording
        The 24 tracks (12 a label), then the four extras.
    """
    folder = Path(out_dir)
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(processes or os.cpu_count(), get_context("spawn")) as pool:
        _make_all(pool, folder, progress)
    return [*(_track(work, folder) for work in WORKS), *_extras(folder)]


def _make_all(pool: ProcessPoolExecutor, folder: Path, progress: Progress | None) -> None:
    """Make every track, and each extra as soon as its sources are there."""
    waiting = {
        make_mix: set(MIX_SOURCES),
        make_phone_excerpt: {PHONE_SOURCE},
        make_altered_excerpt: {ALTERED_SOURCE},
        make_cover: set(),
    }
    total, made = len(WORKS) + len(waiting), 0
    # What the mix needs comes first, so that nothing is left to wait for at the end.
    order = sorted(WORKS, key=lambda work: (work.key not in MIX_SOURCES, -work.plan.seconds))
    running = {pool.submit(make_track, work, folder): work.key for work in order}
    while running:
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            key = running.pop(future)
            future.result()
            made += 1
            for make in [make for make, sources in waiting.items() if not sources - {key}]:
                del waiting[make]
                running[pool.submit(make, folder)] = make.__name__
            for sources in waiting.values():
                sources.discard(key)
        if progress:
            progress(made / total)


def make_track(work: DemoWork, folder: Path) -> None:
    """Render one work to `folder`, with its tags."""
    score = read_score(corpus_path(work.source), number=work.number, repeats=work.repeats)
    voices = arrange(score, work.plan, seed=zlib.crc32(work.key.encode()))
    samples = _faded_out(render_voices(voices))
    recording = _track(work, folder)
    write_audio(recording.path, samples, RENDER_RATE_HZ, bit_rate=_bit_rate(work))
    write_tags(
        recording.path,
        Tags(
            title=recording.title,
            artist=recording.artist,
            album=recording.release,
            composer=recording.composer,
            isrc=recording.isrc,
            date=str(YEAR),
            track_number=recording.track_number,
        ),
    )


def make_phone_excerpt(folder: Path) -> None:
    """40 s of a ceilidh track as a phone hears it."""
    samples = decode(
        _path(PHONE_SOURCE, folder),
        sample_rate=RENDER_RATE_HZ,
        start_s=PHONE_START_S,
        seconds=PHONE_SECONDS,
    )
    write_audio(folder / "phone-excerpt.wav", phone_quality(samples, RENDER_RATE_HZ), 8_000)


def make_altered_excerpt(folder: Path) -> None:
    """45 s of a parlour track, a semitone higher and 4 % faster."""
    samples = decode(
        _path(ALTERED_SOURCE, folder),
        sample_rate=RENDER_RATE_HZ,
        start_s=ALTERED_START_S,
        seconds=ALTERED_SECONDS,
    )
    higher = transpose(samples, RENDER_RATE_HZ, ALTERED_SEMITONES)
    altered = change_tempo(higher, RENDER_RATE_HZ, ALTERED_TEMPO)
    write_audio(folder / "altered-excerpt.flac", 0.9 * altered, RENDER_RATE_HZ)


def make_cover(folder: Path) -> None:
    """A parlour song played by others: six semitones lower, faster, on other instruments."""
    work = next(work for work in demo_works.WORKS if work.key == COVER_SOURCE)
    plan = replace(
        work.plan,
        tempo_bpm=COVER_BPM,
        seconds=COVER_SECONDS,
        programs=COVER_PROGRAMS,
        backing="block",
        backing_program=COVER_BACKING,
        transpose=work.plan.transpose + COVER_SEMITONES,
    )
    score = read_score(corpus_path(work.source), number=work.number, repeats=work.repeats)
    samples = _faded_out(render_voices(arrange(score, plan, seed=zlib.crc32(b"cover"))))
    write_audio(folder / "cover.flac", samples, RENDER_RATE_HZ)


def make_mix(folder: Path) -> None:
    """Sections of tracks of both labels, one fading into the next."""
    step, fade = MIX_SECTION_S - MIX_FADE_S, MIX_FADE_S
    length = round((step * len(MIX_SOURCES) + fade) * RENDER_RATE_HZ)
    mix = np.zeros((2, length), np.float32)
    for index, key in enumerate(MIX_SOURCES):
        section = decode(
            _path(key, folder),
            sample_rate=RENDER_RATE_HZ,
            mono=False,
            start_s=MIX_START_S,
            seconds=MIX_SECTION_S,
        )
        at = round(index * step * RENDER_RATE_HZ)
        mix[:, at : at + section.shape[1]] += _equal_power(section, fade)
    write_audio(folder / "long-mix.flac", 0.9 * mix / np.abs(mix).max(), RENDER_RATE_HZ)


def _track(work: DemoWork, folder: Path) -> DemoRecording:
    siblings = [other.key for other in WORKS if other.release == work.release]
    number = [other.key for other in WORKS].index(work.key) + 1
    return DemoRecording(
        key=work.key,
        kind="track",
        label=work.label,
        path=_path(work.key, folder),
        title=work.title,
        artist=work.artist,
        composer=work.composer,
        release=work.release,
        track_number=siblings.index(work.key) + 1,
        isrc=f"QZDEM{YEAR % 100:02d}{number:05d}",
        licence=work.licence,
    )


def _extras(folder: Path) -> list[DemoRecording]:
    return [
        DemoRecording(
            key="phone-excerpt",
            kind="phone_excerpt",
            label="parlour",
            path=folder / "phone-excerpt.wav",
            title="Phone memo from the pub",
            artist="Linden Square Salon (demo)",
            segments=(
                DemoSegment(
                    PHONE_SOURCE,
                    PHONE_START_S,
                    PHONE_START_S + PHONE_SECONDS,
                    0.0,
                    PHONE_SECONDS,
                ),
            ),
        ),
        DemoRecording(
            key="altered-excerpt",
            kind="altered_excerpt",
            label="ceilidh",
            path=folder / "altered-excerpt.flac",
            title="Island Evening (edit)",
            artist="Quayside Ceilidh Band (demo)",
            segments=(
                DemoSegment(
                    ALTERED_SOURCE,
                    ALTERED_START_S,
                    ALTERED_START_S + ALTERED_SECONDS,
                    0.0,
                    ALTERED_SECONDS / ALTERED_TEMPO,
                    ALTERED_TEMPO,
                    ALTERED_SEMITONES,
                ),
            ),
        ),
        DemoRecording(
            key="cover",
            kind="cover",
            label="ceilidh",
            path=folder / "cover.flac",
            title="Jeanie at the Quay",
            artist="Quayside Ceilidh Band (demo)",
        ),
        DemoRecording(
            key="long-mix",
            kind="mix",
            label="parlour",
            path=folder / "long-mix.flac",
            title="Sunday Afternoon Mix",
            artist="Linden Square Salon (demo)",
            segments=tuple(_mix_segments()),
        ),
    ]


def _mix_segments() -> list[DemoSegment]:
    step = MIX_SECTION_S - MIX_FADE_S
    return [
        DemoSegment(
            key,
            MIX_START_S,
            MIX_START_S + MIX_SECTION_S,
            index * step,
            index * step + MIX_SECTION_S,
        )
        for index, key in enumerate(MIX_SOURCES)
    ]


def _path(key: str, folder: Path) -> Path:
    suffix = next(work.suffix for work in WORKS if work.key == key)
    return folder / f"{key}{suffix}"


def _bit_rate(work: DemoWork) -> int | None:
    return _MP3_BIT_RATE if work.suffix == ".mp3" else None


def _faded_out(samples: Samples) -> Samples:
    """A slow fade at the end, where the arrangement stops at its planned length."""
    length = min(round(_FADE_OUT_SECONDS * RENDER_RATE_HZ), samples.shape[1])
    samples[:, -length:] *= np.linspace(1, 0, length, dtype=np.float32) ** 2
    return faded(samples, RENDER_RATE_HZ, 0.005)


def _equal_power(section: Samples, fade_s: float) -> Samples:
    length = round(fade_s * RENDER_RATE_HZ)
    ramp = np.sin(np.linspace(0, np.pi / 2, length, dtype=np.float32))
    section[:, :length] *= ramp
    section[:, -length:] *= ramp[::-1]
    return section
