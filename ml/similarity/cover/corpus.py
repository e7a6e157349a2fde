"""`make-corpus`: plays songs in versions, as a folder that `evaluate` and `calibrate` read.

The folder holds `audio/*.flac`, `registry.csv` (track, file, song) and `queries.csv` (query, file, song, kind,
registered). Songs in the registry appear there once, as played by `reference_plan`; queries are other versions of some
of them and versions of songs that are not registered. With `prints_only` it holds `prints/*.cover` instead of audio,
which is all that the search sees and takes a three-hundredth of the room. Nothing of it may be redistributed: the songs
have owners.
"""

import csv
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from ml.similarity.cover.audio_input import load
from ml.similarity.cover.features import Float32, extract
from ml.similarity.cover.material import Song, lead_sheets, pop909_folders, read_lead_sheet, read_pop909
from ml.similarity.cover.spectrum import SAMPLE_RATE_HZ
from ml.similarity.cover.variations import Plan, perform, reference_plan, variation
from ml.symbolic.render import RENDER_RATE_HZ, render_voices

Say = Callable[[str], None]
LONGEST_S = 330.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a corpus holds. registered: songs in the registry; queried: how many of them have versions in the queries;
    unknown: unregistered songs (one ``cover`` version each).
    """

    split: str
    registered: int
    queried: int
    unknown: int
    kinds: tuple[str, ...]
    seed: int


def songs(pop909: Path | None, openewld: Path | None, split: str, count: int, seed: int, say: Say) -> list[Song]:
    """So many songs of a split, of both sources in proportion to their sizes, in an order that the seed sets."""
    readers: list[tuple[Path, Callable[[Path], Song]]] = []
    if pop909 is not None:
        readers += [(p, read_pop909) for p in pop909_folders(pop909, split)]
    if openewld is not None:
        readers += [(p, read_lead_sheet) for p in lead_sheets(openewld, split)]
    found: dict[str, Song] = {}
    for k in np.random.default_rng(seed).permutation(len(readers)).tolist():
        path, reader = readers[k]
        try:
            song = reader(path)
        except (ValueError, KeyError, StopIteration, OSError) as error:
            say(f"left out {path.name}: {error}")
            continue
        if 40 < song.length * song.seconds_a_beat < LONGEST_S:
            found.setdefault(song.name, song)
        if len(found) == count:
            break
    return list(found.values())


def render(song: Song, plan: Plan, seed: int) -> Float32:
    """(n,) mono samples at 22,050 Hz of a version."""
    stereo = render_voices(perform(song, plan, seed))
    return np.asarray(soxr.resample(stereo.mean(axis=0), RENDER_RATE_HZ, SAMPLE_RATE_HZ), np.float32)


def seed_of(*parts: object) -> int:
    """A seed that depends on nothing but these values."""
    return int(hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:8], 16)


def make(out: Path, material: Sequence[Song], recipe: Recipe, say: Say, *, prints_only: bool = False) -> None:
    """Write the corpus; files that are there already are kept, so an interrupted run goes on. prints_only: delete each
    recording as soon as its print is made.
    """
    (out / "audio").mkdir(parents=True, exist_ok=True)
    (out / "prints").mkdir(exist_ok=True)
    registered = material[: recipe.registered]
    unknown = material[recipe.registered : recipe.registered + recipe.unknown]
    registry: list[tuple[str, str, str]] = []
    queries: list[tuple[str, str, str, str, int]] = []
    jobs: list[tuple[Song, str, bool]] = [(s, "reference", True) for s in registered]
    jobs += [(s, kind, True) for s in registered[: recipe.queried] for kind in recipe.kinds]
    jobs += [(s, "cover", False) for s in unknown]
    for number, (song, kind, known) in enumerate(jobs, 1):
        name = f"{song.name}__{kind}"
        file = out / "audio" / f"{name}.flac"
        kept = out / "prints" / f"{name}.cover"
        if not (kept if prints_only else file).exists():
            say(f"[{number}/{len(jobs)}] {name}")
            _write(file, song, kind, recipe.seed)
            if prints_only:
                _replace_by_print(file, kept)
        if kind == "reference":
            registry.append((song.name, f"audio/{file.name}", song.name))
        else:
            queries.append((name, f"audio/{file.name}", song.name, kind, int(known)))
    _table(out / "registry.csv", ("track", "file", "song"), registry)
    _table(out / "queries.csv", ("query", "file", "song", "kind", "registered"), queries)


def _write(file: Path, song: Song, kind: str, seed: int) -> None:
    base = reference_plan(np.random.default_rng(seed_of(seed, song.name, "reference")))
    own = seed_of(seed, song.name, kind)
    plan = base if kind == "reference" else variation(kind, base, np.random.default_rng(own))
    partial = file.with_suffix(".part")
    soundfile.write(partial, render(song, plan, own), SAMPLE_RATE_HZ, format="FLAC")
    partial.rename(file)


def _replace_by_print(file: Path, kept: Path) -> None:
    partial = kept.with_suffix(".part")
    partial.write_bytes(extract(load(file)).to_bytes())
    partial.rename(kept)
    file.unlink()


def _table(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([header, *rows])
