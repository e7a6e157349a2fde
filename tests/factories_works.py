"""Works and scores for tests: real, tiny MIDI and MusicXML files."""

import io
import uuid
import zipfile
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.catalog import services
from apps.catalog.models import ScoreFile, Work

TICKS = 480
# Twelve notes that are no known tune; quarters at 120 a minute.
TUNE = ((0, 1, 60), (1, 1, 64), (2, 1, 67), (3, 1, 65), (4, 2, 62), (6, 1, 69), (7, 1, 71), (8, 4, 72))


def midi_bytes(
    notes: Sequence[tuple[float, float, int]] = TUNE, *, title: str = "", shift: int = 0, marker: str | None = None
) -> bytes:
    """A MIDI file of one track; ``notes`` are (onset, duration, pitch) in quarters.

    ``marker`` is a text in the file that changes its bytes and nothing else; None makes each file another one.
    """
    text = (uuid.uuid4().hex if marker is None else marker).encode()
    events: list[tuple[int, int, bytes]] = [(0, 0, b"\xff\x51\x03\x07\xa1\x20"), (0, 0, _meta(1, text))]
    if title:
        events.append((0, 0, _meta(3, title.encode())))
    for onset, duration, pitch in notes:
        events.append((round(onset * TICKS), 2, bytes((0x90, pitch + shift, 80))))
        events.append((round((onset + duration) * TICKS), 1, bytes((0x80, pitch + shift, 0))))
    body, now = b"", 0
    for at, _order, event in sorted(events, key=lambda item: item[:2]):
        body += _varint(at - now) + event
        now = at
    body += b"\x00\xff\x2f\x00"
    return b"MThd\x00\x00\x00\x06\x00\x00\x00\x01" + TICKS.to_bytes(2) + b"MTrk" + len(body).to_bytes(4) + body


def musicxml_bytes(
    notes: Sequence[tuple[str, int, int]] = (("C", 4, 4), ("E", 4, 4), ("G", 4, 4), ("C", 5, 4)),
    *,
    title: str = "Harbour Waltz",
    creators: Sequence[tuple[str, str]] = (("composer", "Clara Weiss"),),
) -> bytes:
    """A MusicXML file; ``notes`` are (step, octave, length in sixteenths), four quarters a bar."""
    people = "".join(f'<creator type="{role}">{escape(name)}</creator>' for role, name in creators)
    bars, held, inside = [], 0, ""
    for step, octave, length in notes:
        pitch = f"<pitch><step>{step}</step><octave>{octave}</octave></pitch>"
        inside += f"<note>{pitch}<duration>{length}</duration></note>"
        held += length
        if held >= 16:
            bars.append(inside)
            held, inside = 0, ""
    metre = "<divisions>4</divisions><time><beats>4</beats><beat-type>4</beat-type></time>"
    attributes = {1: f"<attributes>{metre}</attributes>"}
    measures = "".join(
        f'<measure number="{number}">{attributes.get(number, "")}{content}</measure>'
        for number, content in enumerate([*bars, *([inside] if inside else [])], start=1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><score-partwise version="4.0">'
        f"<work><work-title>{escape(title)}</work-title></work><identification>{people}</identification>"
        '<part-list><score-part id="P1"><part-name>Voice</part-name></score-part></part-list>'
        f'<part id="P1">{measures}</part></score-partwise>'
    ).encode()


def mxl_bytes(content: bytes) -> bytes:
    """A MusicXML file in its archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "META-INF/container.xml",
            '<container><rootfiles><rootfile full-path="score.xml"/></rootfiles></container>',
        )
        archive.writestr("score.xml", content)
    return buffer.getvalue()


def score_upload(content: bytes | None = None, name: str = "harbour_waltz.mid") -> SimpleUploadedFile:
    """A file as a form sends it."""
    return SimpleUploadedFile(name, midi_bytes() if content is None else content, content_type="text/html")


def make_work(title: str = "Harbour Waltz", *, composer: str = "", **changes: Any) -> Work:
    """A work without a score, in the bound organisation."""
    credited = [services.CreditInput(composer, "composer")] if composer else None
    return services.create_work(changes={"title": title, **changes}, credited=credited)


def make_score(content: bytes | None = None, *, filename: str = "harbour_waltz.mid", **arguments: Any) -> ScoreFile:
    """A stored score with its draft, in the bound organisation; not read yet."""
    file = ContentFile(midi_bytes() if content is None else content)
    return services.receive_score(file=file, filename=filename, **arguments).score


def make_read_score(content: bytes | None = None, **arguments: Any) -> ScoreFile:
    """As ``make_score``, and read by the job."""
    from apps.jobs import runner

    score = make_score(content, read=False, **arguments)
    job = services.submit_read(score)
    runner.run(job.id, job.organisation_id)
    score.refresh_from_db()
    return score


def _meta(kind: int, text: bytes) -> bytes:
    return bytes((0xFF, kind)) + _varint(len(text)) + text


def _varint(value: int) -> bytes:
    out = bytes((value & 127,))
    while value := value >> 7:
        out = bytes((value & 127 | 128,)) + out
    return out
