"""`python -m ml fingerprint index|match|evaluate|calibrate|badinput|reach`.

Results on stdout, progress and errors on stderr.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from ml.audio import AudioError
from ml.fingerprint.extract import FingerprintError, extract
from ml.fingerprint.results import Match
from ml.fingerprint.store import Index


def main(argv: Sequence[str]) -> int:
    """Run a verb; returns 0, or 1 when a file could not be used, or 2 when nothing could be done."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except (FingerprintError, FileNotFoundError) as error:
        _say(f"error: {error}")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ml fingerprint", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    index = verbs.add_parser("index", help="fingerprint recordings and write an index")
    index.add_argument("--out", type=Path, required=True, metavar="INDEX", help="folder to write the index to")
    index.add_argument("files", type=Path, nargs="+", metavar="FILE")
    index.set_defaults(run=_index)

    search = verbs.add_parser("match", help="find recordings in an index")
    search.add_argument("--index", type=Path, required=True, metavar="INDEX")
    search.add_argument("files", type=Path, nargs="+", metavar="FILE")
    search.add_argument("--json", action="store_true", help="one JSON line a query instead of text")
    search.add_argument("--seconds", type=float, default=None, help="use only the first SECONDS of each query")
    search.add_argument("--threshold", type=float, default=None, help="largest chance probability that is reported")
    search.set_defaults(run=_match)

    evaluate = verbs.add_parser("evaluate", help="measure on a benchmark folder (registry.csv, queries.csv, cues.csv)")
    evaluate.add_argument("folder", type=Path, metavar="DIR")
    evaluate.add_argument("--json", type=Path, default=None, metavar="FILE", help="write every figure here as well")
    evaluate.add_argument("--lengths", default="3,5,10,15", help="query lengths in seconds, by comma")
    evaluate.add_argument("--conditions", default="", help="only these conditions, by comma")
    evaluate.set_defaults(run=_evaluate)

    calibrate = verbs.add_parser("calibrate", help="fit the chance probability on benchmark folders")
    calibrate.add_argument("folders", type=Path, nargs="+", metavar="DIR")
    calibrate.add_argument("--lengths", default="1,2,3,5,10,15", help="query lengths in seconds, by comma")
    calibrate.add_argument("--every", type=int, default=1, metavar="N", help="use only each N-th query, to save time")
    calibrate.add_argument("--out", type=Path, default=None, help="write the constants here, operating points beside")
    calibrate.set_defaults(run=_calibrate)

    badinput = verbs.add_parser("badinput", help="search an index for silence, noise, tones, speech, drum loops …")
    badinput.add_argument("--index", type=Path, required=True, metavar="INDEX")
    badinput.add_argument("--count", type=int, default=520, metavar="N", help="number of such queries (default: 520)")
    badinput.add_argument("--seed", type=int, default=1)
    badinput.add_argument(
        "--threshold", type=float, default=None, help="largest chance probability that is significant"
    )
    badinput.add_argument("--json", type=Path, default=None, metavar="FILE", help="write the nearest of each here")
    badinput.set_defaults(run=_badinput)

    reach = verbs.add_parser("reach", help="measure recall over tempo, pitch, speed and length of segments")
    reach.add_argument("folder", type=Path, metavar="DIR")
    reach.add_argument("--count", type=int, default=20, metavar="N", help="excerpts for each alteration")
    reach.add_argument("--length", type=float, default=10.0, help="length of an altered excerpt in seconds")
    reach.add_argument("--seed", type=int, default=1)
    reach.add_argument("--families", default="", help="only these kinds of alterations, by comma")
    reach.add_argument("--json", type=Path, default=None, metavar="FILE", help="write every figure here as well")
    reach.set_defaults(run=_reach)

    scale = verbs.add_parser("scale", help="measure searches in the midst of many synthetic tracks")
    scale.add_argument("--corpus", type=Path, required=True, metavar="DIR", help="benchmark folder")
    scale.add_argument("--tracks", type=int, nargs="+", default=[1_000, 10_000], metavar="N")
    scale.add_argument("--folder", type=Path, default=None, help="where the index is kept (default: nowhere)")
    scale.add_argument("--queries", type=int, default=24, metavar="N", help="queries of each kind")
    scale.set_defaults(run=_scale)
    return parser


def _index(arguments: argparse.Namespace) -> int:
    index, failed = Index(), 0
    for number, path in enumerate(arguments.files, 1):
        _say(f"[{number}/{len(arguments.files)}] {path.name}")
        try:
            index.add(path.stem, extract(_load(path)))
        except (AudioError, OSError, ValueError) as error:
            failed += 1
            _say(f"error: {path}: {error}")
    if not len(index):
        _say("error: none of the files could be indexed; no index was written")
        return 1
    size = index.save(arguments.out)
    _say(f"{len(index)} tracks, {sum(index.durations.values()) / 3600:.2f} h, {size:,} bytes in {arguments.out}")
    return 1 if failed else 0


def _match(arguments: argparse.Namespace) -> int:
    from ml.fingerprint.match import match

    index, failed = Index.load(arguments.index), 0
    for number, path in enumerate(arguments.files, 1):
        _say(f"[{number}/{len(arguments.files)}] {path.name}")
        try:
            samples = _load(path, arguments.seconds)
            progress = _percent if len(samples) > 60 * 22_050 else None
            found = match(samples, index, threshold=arguments.threshold, progress=progress)
        except (AudioError, OSError, ValueError) as error:
            failed += 1
            _say(f"error: {path}: {error}")
            if arguments.json:
                print(json.dumps({"query": str(path), "error": str(error)}, ensure_ascii=False), flush=True)
            continue
        if arguments.json:
            line = {"query": str(path), "matches": _rows(found, index.names)}
            print(json.dumps(line, ensure_ascii=False), flush=True)
        else:
            print(f"{path}:" + ("" if found else " no match"), flush=True)
            for m in found:
                for text in _sentences(m, index.names[m.track]):
                    print(f"  {text}", flush=True)
    return 1 if failed else 0


def _rows(found: Sequence[Match], names: Sequence[str]) -> list[dict[str, object]]:
    """One object a segment, best first."""
    pairs = sorted(((m, s) for m in found for s in m.segments), key=lambda pair: -pair[1].score)
    return [
        {
            "track": names[m.track],
            "kind": str(m.kind),
            "query_start_s": s.query_start_s,
            "query_end_s": s.query_end_s,
            "reference_start_s": s.reference_start_s,
            "reference_end_s": s.reference_end_s,
            "tempo_ratio": s.tempo_ratio,
            "pitch_semitones": s.pitch_semitones,
            "score": s.score,
            "chance_probability": s.chance_probability,
            "repeats": [
                {"reference_start_s": p.reference_start_s, "reference_end_s": p.reference_end_s} for p in s.repeats
            ],
        }
        for m, s in pairs
    ]


def _sentences(found: Match, name: str) -> Iterator[str]:
    for s in found.segments:
        yield (
            f"{name}: {found.kind}, {s.query_start_s:.1f}–{s.query_end_s:.1f} s lies at "
            f"{s.reference_start_s:.1f}–{s.reference_end_s:.1f} s, tempo ×{s.tempo_ratio:.3f}, "
            f"pitch {s.pitch_semitones:+.2f} semitones, chance {s.chance_probability:.1e}"
        )


def _evaluate(arguments: argparse.Namespace) -> int:
    from ml.fingerprint.evaluate import evaluate

    lengths = _numbers(arguments.lengths)
    conditions = [c for c in arguments.conditions.split(",") if c]
    report = evaluate(arguments.folder, lengths=lengths, conditions=conditions, say=_say)
    print(report.as_text())
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(report.figures, indent=2) + "\n")
    return 0


def _calibrate(arguments: argparse.Namespace) -> int:
    from ml.fingerprint.calibrate import calibrate

    lengths = _numbers(arguments.lengths)
    fitted, text, points = calibrate(arguments.folders, lengths=lengths, every=arguments.every, say=_say)
    print(text)
    if arguments.out is not None:
        fitted.save(arguments.out)
        arguments.out.with_name("operating_points.json").write_text(json.dumps(points, indent=2) + "\n")
    return 0


def _badinput(arguments: argparse.Namespace) -> int:
    """Returns 1 when any of the queries is significant."""
    from ml.fingerprint import badinput
    from ml.fingerprint.plausibility import shipped_calibration

    index = Index.load(arguments.index)
    limit = shipped_calibration().threshold if arguments.threshold is None else arguments.threshold
    found = badinput.examine(index, badinput.bad_queries(arguments.count, seed=arguments.seed))
    print(badinput.as_text(found, limit, index.names))
    if arguments.json is not None:
        arguments.json.write_text(json.dumps([asdict(n) for n in found], indent=2) + "\n")
    return int(any(n.chance_probability <= limit for n in found))


def _reach(arguments: argparse.Namespace) -> int:
    from ml.fingerprint import reach

    families = [f for f in arguments.families.split(",") if f]
    found = reach.measure(
        arguments.folder,
        count=arguments.count,
        length_s=arguments.length,
        seed=arguments.seed,
        families=families,
        say=_say,
    )
    print(reach.as_text(found))
    if arguments.json is not None:
        arguments.json.write_text(json.dumps([asdict(r) for r in found], indent=2) + "\n")
    return 0


def _scale(arguments: argparse.Namespace) -> int:
    import tempfile

    from ml.fingerprint.scale import measure

    with tempfile.TemporaryDirectory(prefix="descant-scale-") as scratch:
        folder = arguments.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        print(measure(arguments.corpus, arguments.tracks, folder, arguments.queries, _say))
    return 0


def _load(path: Path, seconds: float | None = None):  # type: ignore[no-untyped-def]
    from ml.fingerprint.audio_input import load

    return load(path, seconds)


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",") if part]


def _percent(fraction: float) -> None:
    _say(f"  {min(fraction, 1.0):.0%}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
