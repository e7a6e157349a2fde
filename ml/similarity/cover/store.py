"""An index in a folder, for the command line: `index.json` (names, versions) and `prints.bin` (the prints in a row)."""

import json
from collections.abc import Sequence
from pathlib import Path

from ml.similarity.cover.errors import CoverError
from ml.similarity.cover.features import CoverPrint
from ml.similarity.cover.search import VERSION, CoverIndex

_FORMAT = "descant cover index 1"


def save(folder: Path, names: Sequence[str], prints: Sequence[CoverPrint]) -> int:
    """Write an index; returns its size in bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    blobs = [p.to_bytes() for p in prints]
    tracks = [{"name": name, "bytes": len(blob)} for name, blob in zip(names, blobs, strict=True)]
    head = json.dumps({"format": _FORMAT, "version": VERSION, "tracks": tracks}, ensure_ascii=False, indent=1)
    (folder / "prints.bin").write_bytes(b"".join(blobs))
    (folder / "index.json").write_text(head + "\n", encoding="utf-8")
    return len(head.encode()) + sum(map(len, blobs))


def load(folder: Path) -> tuple[list[str], CoverIndex]:
    """(names by number, index) of a folder. Raises CoverError when it holds none."""
    try:
        head = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        data = (folder / "prints.bin").read_bytes()
        if head["format"] != _FORMAT:
            raise ValueError(head["format"])
        sizes = [int(t["bytes"]) for t in head["tracks"]]
        if sum(sizes) != len(data):
            raise ValueError("sizes")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CoverError(
            "no_index", f"{folder} holds no cover index of this version; make one with `index --out`."
        ) from error
    index, at = CoverIndex(), 0
    for number, size in enumerate(sizes):
        index.add(number, CoverPrint.from_bytes(data[at : at + size]))
        at += size
    return [str(t["name"]) for t in head["tracks"]], index
