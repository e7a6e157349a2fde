"""`python -m ml melody index|match|evaluate|calibrate`: results on stdout, progress and errors on stderr."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from ml.similarity.melody.errors import ScoreError
from ml.similarity.melody.notes import Melody
from ml.similarity.melody.reading import read_melody
from ml.similarity.melody.results import MelodyMatch
from ml.similarity.melody.search import MelodyIndex


def main(argv: Sequence[str]) -> int:
    """Run a verb; returns 0, or 1 when a file could not be used, or 2 when nothing could be done."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except (FileNotFoundError, ValueError) as error:
        _say(f"error: {error}")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ml melody", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    index = verbs.add_parser("index", help="read the melodies of scores and write an index")
    index.add_argument("--out", type=Path, required=True, metavar="INDEX", help="folder to write the index to")
    index.add_argument("files", type=Path, nargs="+", metavar="FILE", help=".mid .midi .xml .musicxml .mxl")
    index.set_defaults(run=_index)

    search = verbs.add_parser("match", help="find similar melodies in an index")
    search.add_argument("--index", type=Path, required=True, metavar="INDEX")
    search.add_argument("files", type=Path, nargs="+", metavar="FILE", help="scores, or recordings to transcribe")
    search.add_argument("--json", action="store_true", help="one JSON line a query instead of text")
    search.add_argument("--threshold", type=float, default=None, help="largest chance probability reported; 1 for all")
    search.add_argument("--limit", type=int, default=50, help="at most so many matches a query")
    search.set_defaults(run=_match)
    return parser


def _index(arguments: argparse.Namespace) -> int:
    index, names, failed = MelodyIndex(), {}, 0
    for number, path in enumerate(arguments.files):
        melody = _read(path)
        if melody is None:
            failed += 1
            continue
        index.add(number, melody)
        names[number] = path.stem
    if not len(index):
        _say("error: none of the files could be read; no index was written")
        return 1
    size = index.save(arguments.out, names)
    _say(
        f"{len(index)} melodies, {sum(len(index.melody(n)) for n in names):,} notes, {size:,} bytes in {arguments.out}"
    )
    return 1 if failed else 0


def _match(arguments: argparse.Namespace) -> int:
    index, names = MelodyIndex.load(arguments.index)
    failed = 0
    for path in arguments.files:
        melody = _read(path)
        if melody is None:
            failed += 1
            continue
        found = index.search(melody, threshold=arguments.threshold, limit=arguments.limit)
        if arguments.json:
            line = {"query": str(path), "matches": [_row(m, names) for m in found]}
            print(json.dumps(line, ensure_ascii=False), flush=True)
        else:
            print(f"{path}:" + ("" if found else " no match"), flush=True)
            for m in found:
                print(f"  {_sentence(m, names)}", flush=True)
    return 1 if failed else 0


def _row(found: MelodyMatch, names: dict[int, str]) -> dict[str, object]:
    return {
        "melody": names[found.number],
        "score": found.score,
        "chance_probability": found.chance_probability,
        "transposition_semitones": found.transposition_semitones,
        "aligned_notes": [list(pair) for pair in found.aligned_notes],
        "gains": list(found.gains),
        "query_start": found.query_start_s,
        "query_end": found.query_end_s,
        "reference_start": found.reference_start_s,
        "reference_end": found.reference_end_s,
    }


def _sentence(found: MelodyMatch, names: dict[int, str]) -> str:
    (q_first, q_last), (r_first, r_last) = found.query_span, found.reference_span
    return (
        f"{names[found.number]}: notes {q_first + 1}–{q_last + 1} are like notes {r_first + 1}–{r_last + 1}, "
        f"{len(found.aligned_notes)} agree, transposed {found.transposition_semitones:+d}, {found.score:.1f} bits, "
        f"chance {found.chance_probability:.1e}"
    )


def _read(path: Path) -> Melody | None:
    """The melody of a score, or None after saying what is wrong."""
    try:
        return read_melody(path)
    except (ScoreError, OSError) as error:
        _say(f"error: {path}: {error}")
        return None


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
