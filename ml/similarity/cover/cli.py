"""`python -m ml cover VERB`: results go to stdout, everything else to stderr."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ml.audio import AudioError
from ml.similarity.cover.errors import CoverError
from ml.similarity.cover.results import CoverMatch


def main(argv: Sequence[str]) -> int:
    """Run a verb; returns 0, or 1 when a file could not be used, or 2 when nothing could be done."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except (CoverError, FileNotFoundError) as error:
        _say(f"error: {error}")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ml cover", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    index = verbs.add_parser("index", help="make prints of recordings and write an index")
    index.add_argument("--out", type=Path, required=True, metavar="INDEX", help="folder to write the index to")
    index.add_argument("files", type=Path, nargs="+", metavar="FILE")
    index.set_defaults(run=_index)

    search = verbs.add_parser("match", help="find other performances of the same music in an index")
    search.add_argument("--index", type=Path, required=True, metavar="INDEX")
    search.add_argument("files", type=Path, nargs="+", metavar="FILE")
    search.add_argument("--json", action="store_true", help="one JSON line a query instead of text")
    search.add_argument("--explain", action="store_true", help="with --json: what carries each match")
    search.add_argument("--seconds", type=float, default=None, help="use only the first SECONDS of each query")
    search.add_argument("--threshold", type=float, default=None, help="largest chance probability that is reported")
    search.set_defaults(run=_match)

    pairs = verbs.add_parser("pairs", help="search each recording of an index among the others")
    pairs.add_argument("--index", type=Path, required=True, metavar="INDEX")
    pairs.add_argument("--seconds", type=float, default=0.0, help="take so much from each; 0 is all of it")
    pairs.add_argument("--strongest", type=int, default=30, metavar="N", help="pairs to name")
    pairs.set_defaults(run=_pairs)

    evaluate = verbs.add_parser("evaluate", help="measure on a folder that make-corpus wrote")
    evaluate.add_argument("folder", type=Path, metavar="DIR")
    evaluate.add_argument("--json", type=Path, default=None, metavar="FILE", help="write every figure here as well")
    evaluate.add_argument("--lengths", default="30,60,0", help="query lengths in seconds, by comma; 0 is all of it")
    evaluate.add_argument("--every", type=int, default=1, metavar="N", help="use only each N-th query")
    evaluate.add_argument("--kept", type=Path, default=None, metavar="FILE", help="keep searches here, and go on there")
    evaluate.add_argument("--points", type=Path, default=None, metavar="FILE", help="write the operating points here")
    evaluate.add_argument("--no-baselines", action="store_true", help="leave the openly known methods out")
    evaluate.set_defaults(run=_evaluate)

    calibrate = verbs.add_parser("calibrate", help="fit the chance probability and choose the threshold")
    calibrate.add_argument("folder", type=Path, metavar="DIR")
    calibrate.add_argument("--lengths", default="15,30,60,0", help="query lengths in seconds, by comma; 0 is all of it")
    calibrate.add_argument("--every", type=int, default=1, metavar="N", help="use only each N-th query")
    calibrate.add_argument(
        "--kept", type=Path, default=None, metavar="FILE", help="keep searches here, and go on there"
    )
    calibrate.add_argument("--out", type=Path, default=None, metavar="FILE", help="write the constants here")
    calibrate.set_defaults(run=_calibrate)

    scale = verbs.add_parser("scale", help="the same queries among more and more tracks, most of them made up")
    scale.add_argument("folder", type=Path, metavar="DIR", help="corpus whose queries and tracks are used")
    scale.add_argument("--material", type=Path, required=True, metavar="DIR", help="corpus that tracks are made from")
    scale.add_argument("--sizes", default="1000,10000", help="tracks in the registry, by comma")
    scale.add_argument("--lengths", default="30,0", help="query lengths in seconds, by comma; 0 is all of it")
    scale.add_argument("--every", type=int, default=1, metavar="N", help="use only each N-th query")
    scale.set_defaults(run=_scale)

    mean = verbs.add_parser("mean", help="the first stage's mean window, of a folder's registered tracks")
    mean.add_argument("folder", type=Path, metavar="DIR")
    mean.add_argument("--songs", default="ewld_", metavar="PREFIX", help="only tracks whose names begin so")
    mean.add_argument("--out", type=Path, required=True, metavar="FILE", help="write the vector here (.npy)")
    mean.set_defaults(run=_mean)

    corpus = verbs.add_parser("make-corpus", help="play songs in versions: a folder for evaluate and calibrate")
    corpus.add_argument("folder", type=Path, metavar="DIR")
    corpus.add_argument("--pop909", type=Path, default=None, metavar="DIR", help="POP909's song folders")
    corpus.add_argument("--openewld", type=Path, default=None, metavar="DIR", help="OpenEWLD's scores")
    corpus.add_argument("--split", choices=("tune", "calibrate", "report"), required=True)
    corpus.add_argument("--registered", type=int, default=60, help="songs in the registry")
    corpus.add_argument("--queried", type=int, default=20, help="how many of them are looked for, in every kind")
    corpus.add_argument("--unknown", type=int, default=30, help="songs that are looked for and not registered")
    corpus.add_argument("--kinds", default="", help="only these kinds of versions, by comma")
    corpus.add_argument("--seed", type=int, default=11)
    corpus.add_argument("--prints-only", action="store_true", help="keep the prints and not the audio")
    corpus.set_defaults(run=_make_corpus)
    return parser


def _index(arguments: argparse.Namespace) -> int:
    from ml.similarity.cover.audio_input import load
    from ml.similarity.cover.features import extract
    from ml.similarity.cover.store import save

    names, prints, failed = [], [], 0
    for number, path in enumerate(arguments.files, 1):
        _say(f"[{number}/{len(arguments.files)}] {path.name}")
        try:
            prints.append(extract(load(path)))
            names.append(path.stem)
        except (AudioError, CoverError, OSError, ValueError) as error:
            failed += 1
            _say(f"error: {path}: {error}")
    if not names:
        _say("error: none of the files could be indexed; no index was written")
        return 1
    size = save(arguments.out, names, prints)
    hours = sum(p.duration_s for p in prints) / 3600
    _say(f"{len(names)} tracks, {hours:.2f} h, {size:,} bytes in {arguments.out}")
    return 1 if failed else 0


def _match(arguments: argparse.Namespace) -> int:
    from ml.similarity.cover.audio_input import load
    from ml.similarity.cover.explain import explain
    from ml.similarity.cover.features import extract
    from ml.similarity.cover.store import load as load_index

    (names, index), failed = load_index(arguments.index), 0
    for number, path in enumerate(arguments.files, 1):
        _say(f"[{number}/{len(arguments.files)}] {path.name}")
        try:
            query = extract(load(path, arguments.seconds))
        except (AudioError, CoverError, OSError, ValueError) as error:
            failed += 1
            _say(f"error: {path}: {error}")
            continue
        found = index.search(query, threshold=arguments.threshold)
        if not arguments.json:
            _print_text(path, found, names)
            continue
        rows = [_row(m, names[m.number]) for m in found]
        if arguments.explain:
            for row, m in zip(rows, found, strict=True):
                told = explain(query, index.print_of(m.number), m, tracks=len(index), threshold=arguments.threshold)
                row["explanation"] = told.as_dict()
        print(json.dumps({"query": str(path), "matches": rows}, ensure_ascii=False), flush=True)
    return 1 if failed else 0


def _row(found: CoverMatch, name: str) -> dict[str, Any]:
    return {
        "track": name,
        "score": found.score,
        "chance_probability": found.chance_probability,
        "transposition_semitones": found.transposition_semitones,
        "tempo_ratio": found.tempo_ratio,
        "query_share": found.query_share,
        "reference_share": found.reference_share,
        "segments": [asdict(s) for s in found.segments],
        "path": found.path,
    }


def _print_text(path: Path, found: Sequence[CoverMatch], names: Sequence[str]) -> None:
    print(f"{path}:" + ("" if found else " no match"), flush=True)
    for m in found:
        print(
            f"  {names[m.number]}: {m.query_share:.0%} of the query, "
            f"transposed {m.transposition_semitones:+d} semitones, tempo ×{m.tempo_ratio:.2f}, "
            f"chance {m.chance_probability:.1e}"
        )
        for s in m.segments:
            print(
                f"    {s.query_start_s:.1f}–{s.query_end_s:.1f} s resembles "
                f"{s.reference_start_s:.1f}–{s.reference_end_s:.1f} s"
            )


def _pairs(arguments: argparse.Namespace) -> int:
    from ml.similarity.cover.pairs import measure

    for line in measure(arguments.index, arguments.seconds, arguments.strongest, _say):
        print(line, flush=True)
    return 0


def _evaluate(arguments: argparse.Namespace) -> int:
    from ml.similarity.cover.evaluate import evaluate

    lengths = _numbers(arguments.lengths)
    report = evaluate(
        arguments.folder,
        lengths=lengths,
        every=arguments.every,
        kept=arguments.kept,
        baselines=not arguments.no_baselines,
        say=_say,
    )
    print(report.as_text())
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(report.figures, indent=2) + "\n")
    if arguments.points is not None:
        arguments.points.write_text(json.dumps(report.figures["operating_points"], indent=2) + "\n")
    return 0


def _calibrate(arguments: argparse.Namespace) -> int:
    from ml.similarity.cover.calibrate import calibrate

    lengths = _numbers(arguments.lengths)
    fitted, text = calibrate(arguments.folder, lengths=lengths, every=arguments.every, kept=arguments.kept, say=_say)
    print(text)
    if arguments.out is not None:
        fitted.save(arguments.out)
    return 0


def _scale(arguments: argparse.Namespace) -> int:
    from ml.similarity.cover.scale import measure

    sizes, lengths = [int(n) for n in _numbers(arguments.sizes)], _numbers(arguments.lengths)
    for line in measure(arguments.folder, arguments.material, sizes, lengths, arguments.every, _say):
        print(line, flush=True)
    return 0


def _mean(arguments: argparse.Namespace) -> int:
    from ml.similarity.cover.benchmark import open_benchmark
    from ml.similarity.cover.patches import mean_window, save_mean

    benchmark = open_benchmark(arguments.folder, _say, queries=False)
    pairs = zip(benchmark.names, benchmark.prints, strict=True)
    chosen = [p for name, p in pairs if name.startswith(arguments.songs)]
    if not chosen:
        _say(f"error: no registered track begins with {arguments.songs}; name another --songs")
        return 1
    vector, count = mean_window(chosen)
    save_mean(vector, arguments.out)
    print(f"mean of {count} windows of {len(chosen)} tracks in {arguments.out}")
    return 0


def _make_corpus(arguments: argparse.Namespace) -> int:
    from ml.similarity.cover.corpus import Recipe, make, songs
    from ml.similarity.cover.variations import KINDS

    count = arguments.registered + arguments.unknown
    found = songs(arguments.pop909, arguments.openewld, arguments.split, count, arguments.seed, _say)
    if not found:
        _say("error: no songs there; name POP909's or OpenEWLD's folder with --pop909 or --openewld")
        return 1
    kinds = tuple(k for k in arguments.kinds.split(",") if k) or KINDS
    recipe = Recipe(arguments.split, arguments.registered, arguments.queried, arguments.unknown, kinds, arguments.seed)
    make(arguments.folder, found, recipe, _say, prints_only=arguments.prints_only)
    return 0


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",") if part]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
