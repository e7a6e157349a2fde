"""Collections of tunes for calibration and evaluation: folders of scores and ABC books, split by song."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from ml.similarity.melody.abc import read_book
from ml.similarity.melody.errors import ScoreError
from ml.similarity.melody.notes import Melody
from ml.similarity.melody.reading import EXTENSIONS, read_melody

Say = Callable[[str], None]
TUNING, CALIBRATION = 0, 1
REPORTING = (2, 3)
MIN_NOTES = 12


@dataclass(frozen=True, slots=True)
class Tune:
    """A melody of a collection. name: file, and tune of a book. group: the folder it was given in."""

    name: str
    group: str
    melody: Melody

    @property
    def split(self) -> int:
        """0 tuning, 1 calibration, 2 and 3 reporting: by checksum of the name."""
        return crc32(self.name.encode()) % 4


def read_folders(folders: Sequence[Path], say: Say) -> list[Tune]:
    """Every score and ABC tune of at least ``MIN_NOTES`` notes at any depth, in order of path.

    Raises
    ------
    FileNotFoundError
        A folder without any.
    """
    tunes: list[Tune] = []
    for folder in folders:
        found = [tune for path in sorted(folder.rglob("*")) for tune in _tunes(path, folder, say)]
        if not found:
            raise FileNotFoundError(f"{folder} holds no scores (.mid .midi .xml .musicxml .mxl .abc).")
        say(f"{folder.name}: {len(found):,} melodies, {sum(len(t.melody) for t in found):,} notes")
        tunes += found
    return tunes


def _tunes(path: Path, folder: Path, say: Say) -> list[Tune]:
    name = path.relative_to(folder).as_posix()
    if path.suffix == ".abc":
        melodies = [(f"{name}#{k}", m) for k, m in enumerate(read_book(path))]
    elif path.suffix.lower() in EXTENSIONS:
        try:
            melodies = [(name, read_melody(path))]
        except ScoreError as error:
            say(f"left out {name}: {error}")
            return []
    else:
        return []
    return [Tune(n, folder.name, m) for n, m in melodies if len(m) >= MIN_NOTES]
