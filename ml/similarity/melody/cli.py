"""`python -m ml melody index|match|evaluate|calibrate`: results on stdout, progress and errors on stderr."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ml.audio import AudioError
from ml.similarity.melody.errors import ScoreError
from ml.similarity.melody.notes import Melody
from ml.similarity.melody.reading import read_melody
from ml.similarity.melody.results import MelodyMatch
from ml.similarity.melody.search import MelodyIndex

RECORDINGS = (".wav", ".flac", ".aiff", ".aif", ".mp3", ".m4a", ".aac", ".ogg", ".opus")


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
    index.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="scores (.mid .midi .xml .musicxml .mxl), or recordings"
    )
    index.set_defaults(run=_index)

    search = verbs.add_parser("match", help="find similar melodies in an index")
    search.add_argument("--index", type=Path, required=True, metavar="INDEX")
    search.add_argument("files", type=Path, nargs="+", metavar="FILE", help="scores, or recordings to transcribe")
    search.add_argument("--json", action="store_true", help="one JSON line a query instead of text")
    search.add_argument("--threshold", type=float, default=None, help="largest chance probability reported; 1 for all")
    search.add_argument("--limit", type=int, default=20, help="at most so many matches a query")
    search.set_defaults(run=_match)

    evaluate = verbs.add_parser("evaluate", help="measure on folders of scores and ABC books")
    _add_collections(evaluate)
    evaluate.add_argument("--registry", type=int, default=None, help="take only so many of the melodies")
    evaluate.add_argument("--variants", action="store_true", help="only the real variants: pairs of one title")
    evaluate.add_argument("--json", type=Path, default=None, metavar="FILE", help="write every figure here as well")
    evaluate.add_argument("--points", type=Path, default=None, metavar="FILE", help="write operating points here")
    evaluate.set_defaults(run=_evaluate)

    calibrate = verbs.add_parser("calibrate", help="fit the chance probability on folders of scores and ABC books")
    _add_collections(calibrate)
    calibrate.add_argument("--out", type=Path, default=None, help="write the constants here (default: only print them)")
    calibrate.set_defaults(run=_calibrate)
    return parser


def _add_collections(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folders", type=Path, nargs="+", metavar="DIR")
    parser.add_argument("--queries", type=int, default=200, help="of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kin", default="", help="folder names, by comma, that may share tunes with one another")
    parser.add_argument("--single", default="", help="folder names, by comma, whose songs share no tune at all")


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


def _evaluate(arguments: argparse.Namespace) -> int:
    from ml.similarity.melody.evaluate import evaluate

    report = evaluate(
        arguments.folders, **_options(arguments), registry=arguments.registry, variants_only=arguments.variants
    )
    print(report.as_text())
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(report.figures) + "\n")
    if arguments.points is not None:
        source = f"evaluate, seed {arguments.seed}, reporting songs, {report.melodies:,} melodies"
        arguments.points.write_text(json.dumps(report.operating_points(source), indent=2) + "\n")
    return 0


def _calibrate(arguments: argparse.Namespace) -> int:
    from ml.similarity.melody.calibrate import calibrate

    constants, text = calibrate(arguments.folders, **_options(arguments))
    print(text)
    if arguments.out is not None:
        constants.save(arguments.out)
    return 0


def _options(arguments: argparse.Namespace) -> dict[str, Any]:
    kin, single = ([n for n in text.split(",") if n] for text in (arguments.kin, arguments.single))
    return {"queries": arguments.queries, "seed": arguments.seed, "say": _say, "kin": kin, "single": single}


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
    """The melody of a score, or of a recording's lead voice, or None after saying what is wrong."""
    try:
        if path.suffix.lower() in RECORDINGS:
            return _transcribed(path)
        return read_melody(path)
    except (ScoreError, AudioError, OSError) as error:
        _say(f"error: {path}: {error}")
        return None


def _transcribed(path: Path) -> Melody:
    from ml.audio import decode
    from ml.similarity.melody.transcribe import SAMPLE_RATE_HZ, transcribe

    return transcribe(decode(path, sample_rate=SAMPLE_RATE_HZ, mono=True))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
