"""One function a format: pure, from a recording and its cues to text."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.text import slugify

from apps.core.errors import NotFound
from apps.core.tables import FORMULA_STARTS
from apps.monitoring.models import Cue, LongRecording
from apps.monitoring.selectors import gaps, sureness
from apps.monitoring.services.counting import zone_of
from apps.monitoring.times import cue_index, timecode

ISRC_LENGTH = 12
UNKNOWN = "Unknown"
STEM_LENGTH = 60
CSV_HEADER = (
    "No.", "From", "To", "Seconds", "On air", "Title", "Artist", "Label", "ISRC", "Track from", "Track to",
    "Tempo ratio", "Semitones", "How sure", "Chance", "State", "Registry number",
)  # fmt: skip
BROADCAST_HEADER = (
    "Station", "Programme", "Date", "No.", "Start time", "End time", "Duration", "Title", "Performer", "Label", "ISRC",
    "Source of identification",
)  # fmt: skip


@dataclass(frozen=True)
class Export:
    """A file to hand out."""

    filename: str
    media_type: str
    content: str | bytes


def export(name: str, recording: LongRecording, cues: Sequence[Cue]) -> Export:
    """The cue sheet in a format of ``FORMATS``.

    Raises:
        NotFound: there is no such format.
    """
    if name not in FORMATS:
        raise NotFound(f"There is no export called {name}.")
    make, suffix, media_type = FORMATS[name]
    stem = slugify(recording.title)[:STEM_LENGTH].strip("-") or "cue-sheet"
    return Export(f"{stem}{suffix}", media_type, make(recording, sorted(cues, key=lambda c: (c.start_s, c.end_s))))


def as_csv(recording: LongRecording, cues: Sequence[Cue]) -> str:
    """Everything that is known of every cue, one a line."""
    rows = [
        (
            number,
            timecode(cue.start_s),
            timecode(cue.end_s),
            f"{cue.seconds:.1f}",
            _on_air(recording, cue.start_s),
            cue.title,
            cue.artist,
            cue.label,
            _isrc(cue),
            _figure(cue.ref_start_s, 1),
            _figure(cue.ref_end_s, 1),
            _figure(cue.tempo_ratio, 4),
            _figure(cue.pitch_semitones, 2),
            sureness(cue.chance_probability),
            "" if cue.chance_probability is None else f"{cue.chance_probability:.2g}",
            cue.state,
            "" if cue.entry_number is None else cue.entry_number,
        )
        for number, cue in enumerate(cues, 1)
    ]
    return csv_text(CSV_HEADER, rows)


def as_broadcast(recording: LongRecording, cues: Sequence[Cue]) -> str:
    """The sheet that broadcasters file with collecting societies: clock times, durations, performers."""
    station = recording.source.name if recording.source else ""
    zone = zone_of(recording.source)
    rows = []
    for number, cue in enumerate(cues, 1):
        start = recording.on_air_at(cue.start_s).astimezone(zone)
        end = recording.on_air_at(cue.end_s).astimezone(zone)
        by = "manual" if cue.by_hand else "recognised, corrected" if cue.state == "corrected" else "recognised"
        rows.append(
            (
                station,
                recording.title,
                f"{start:%Y-%m-%d}",
                number,
                f"{start:%H:%M:%S}",
                f"{end:%H:%M:%S}",
                timecode(cue.seconds),
                cue.title,
                cue.artist,
                cue.label,
                _isrc(cue),
                by,
            )
        )
    return csv_text(BROADCAST_HEADER, rows)


def as_json(recording: LongRecording, cues: Sequence[Cue]) -> str:
    """Recording, cues and gaps for programs."""
    body = {
        "recording": {
            "id": str(recording.id),
            "title": recording.title,
            "source": recording.source.name if recording.source else None,
            "started_at": recording.started_at.isoformat() if recording.started_at else None,
            "duration_s": recording.duration_s,
            "compared_with": recording.compared_with,
            "extractor_version": recording.extractor_version,
            "matcher_version": recording.matcher_version,
        },
        "cues": [cue_json(cue) for cue in cues],
        "unknown": [
            {"from_s": gap.start_s, "to_s": gap.end_s, "silent": gap.silent} for gap in gaps(recording, list(cues))
        ],
    }
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n"


def cue_json(cue: Cue) -> dict[str, Any]:
    """One cue for programs."""
    return {
        "id": str(cue.id),
        "state": cue.state,
        "from_s": cue.start_s,
        "to_s": cue.end_s,
        "title": cue.title,
        "artist": cue.artist,
        "label": cue.label,
        "isrc": _isrc(cue) or None,
        "ours": cue.already_ours,
        "registry_number": cue.entry_number,
        "track_from_s": cue.ref_start_s,
        "track_to_s": cue.ref_end_s,
        "tempo_ratio": cue.tempo_ratio,
        "pitch_semitones": cue.pitch_semitones,
        "sureness": sureness(cue.chance_probability) or None,
        "chance_probability": cue.chance_probability,
    }


def as_cue(recording: LongRecording, cues: Sequence[Cue]) -> str:
    """A CUE file: one track a cue and a gap. Where cues overlap, each begins where it begins."""
    lines = ["REM GENERATOR Descant", f"TITLE {_quoted(recording.title)}"]
    lines.append(f"FILE {_quoted(recording.filename or recording.title)} {_file_kind(recording.container)}")
    starts: list[tuple[float, Cue | None]] = [(cue.start_s, cue) for cue in cues]
    starts += [(gap.start_s, None) for gap in gaps(recording, list(cues))]
    for number, (start_s, cue) in enumerate(sorted(starts, key=lambda s: (s[0], s[1] is None)), 1):
        lines.append(f"  TRACK {number:02d} AUDIO")
        lines.append(f"    TITLE {_quoted(cue.title if cue else UNKNOWN)}")
        if cue and cue.artist:
            lines.append(f"    PERFORMER {_quoted(cue.artist)}")
        if cue and len(_isrc(cue)) == ISRC_LENGTH:
            lines.append(f"    ISRC {_isrc(cue)}")
        lines.append(f"    INDEX 01 {cue_index(start_s)}")
    return "\n".join(lines) + "\n"


def _isrc(cue: Cue) -> str:
    return cue.track.isrc if cue.track else ""


def _on_air(recording: LongRecording, seconds: float) -> str:
    if recording.started_at is None:
        return ""
    return recording.on_air_at(seconds).astimezone(zone_of(recording.source)).strftime("%Y-%m-%d %H:%M:%S")


def _figure(value: float | None, decimals: int) -> str:
    return "" if value is None else f"{value:.{decimals}f}"


def _quoted(text: str) -> str:
    """CUE files know no escape: a quotation mark becomes an apostrophe, a line stays one."""
    plain = " ".join(text.replace('"', "'").split())
    return f'"{plain}"'


def _file_kind(container: str) -> str:
    return {"mp3": "MP3", "aiff": "AIFF"}.get(container, "WAVE")


def csv_text(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """With a byte order mark, as spreadsheets want it; no cell is taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([[_cell(value) for value in row] for row in rows])
    return "\ufeff" + out.getvalue()


def _cell(value: object) -> str:
    text = str(value)
    number = text.replace(".", "", 1).removeprefix("-").isdecimal()
    return f"'{text}" if text.startswith(FORMULA_STARTS) and not number else text


def _as_pdf(recording: LongRecording, cues: Sequence[Cue]) -> bytes:
    # The setter and its fonts take some 30 MB: only a process that makes a PDF pays for them.
    from apps.monitoring.exports.paper import as_pdf

    return as_pdf(recording, cues)


Make = Callable[[LongRecording, Sequence[Cue]], str | bytes]
CSV_TYPE = "text/csv; charset=utf-8"
FORMATS: dict[str, tuple[Make, str, str]] = {
    "pdf": (_as_pdf, ".pdf", "application/pdf"),
    "csv": (as_csv, ".csv", CSV_TYPE),
    "broadcast": (as_broadcast, "-cue-sheet.csv", CSV_TYPE),
    "json": (as_json, ".json", "application/json"),
    "cue": (as_cue, ".cue", "application/x-cue; charset=utf-8"),
}
