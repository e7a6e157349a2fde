"""The frozen evidence of a case on paper, drawn from what was frozen alone."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from itertools import islice

from django.utils.translation import gettext as _

from apps.cases import storage, wording
from apps.cases.models import Exhibit
from apps.cases.selectors import CaseReport, spectra
from apps.cases.services.freezing import exhibit_name
from apps.cases.snapshot import Evidence, Finding, Party
from apps.cases.why import why_found
from apps.core.formats import clock, file_size, percent, pitch_change, span, tempo_change
from apps.core.melodies import is_untimed
from apps.core.paper.document import MUTED, Paper
from apps.core.paper.drawings import Spectrum, TimeLine, draw_chroma, draw_melodies, draw_spectra, draw_time_lines
from apps.rights.wording import chance_in_words, chance_value

PICTURE_MM = 30
SECTION_MM = 28
MOST_PICTURES = 24
PICTURES = ("image/png", "image/jpeg")


def section(paper: Paper, title: str) -> None:
    """A heading that never stands alone at the foot of a page."""
    paper.make_room(SECTION_MM)
    paper.heading(title)


def write_evidence(paper: Paper, report: CaseReport) -> None:
    """Both sides, every finding with its figures, drawings and stretches, the pictures, and the list of files."""
    evidence = report.evidence
    section(paper, _("Evidence, as it was when the case was opened"))
    for label, party in ((_("Ours"), evidence.ours), (_("Theirs"), evidence.theirs)):
        paper.facts([(label, _party(party))])
    drawn: set[uuid.UUID] = set()
    for finding in evidence.findings:
        _figures(paper, finding)
        _why(paper, finding)
        drawn |= _drawings(paper, report, finding)
        _stretches(paper, finding)
    _pictures(paper, [exhibit for exhibit in report.exhibits if exhibit.id not in drawn])
    _frozen_files(paper, report)


def _party(party: Party) -> str:
    named = f"“{party.title}”" + (f" · {party.artist}" if party.artist else "")
    length = f" · {clock(party.duration_s, decimals=1)}" if party.duration_s else ""
    registered = _("registered") if party.registered else _("not registered yet")
    contact = f" · {party.contact}" if party.contact else ""
    return f"{named}{length}\n{party.organisation}{contact} · {registered}"


def _figures(paper: Paper, finding: Finding) -> None:
    section(paper, wording.kind_in_words(finding))
    details = [chance_in_words(finding.chance_probability)] if finding.chance_probability is not None else []
    if finding.threshold is not None:
        details.append(_("counts below %(threshold)s") % {"threshold": chance_value(finding.threshold)})
    if finding.versions:
        details.append(wording.versions_in_words(finding))
    if finding.compared_with is not None:
        details.append(_("compared with %(count)s") % {"count": finding.compared_with})
    if finding.own_share is not None:
        shares = {"own": percent(finding.own_share), "other": percent(finding.other_share)}
        details.append(_("%(own)s of ours, %(other)s of theirs") % shares)
    details.append(utc(finding.found_at))
    paper.paragraph(" · ".join(details), size=9, colour=MUTED)


def _why(paper: Paper, finding: Finding) -> None:
    """How the evidence adds up, and what would have changed it."""
    why = why_found(finding)
    if why is None:
        return
    paper.facts([(line.label, line.value) for line in why.lines])
    if why.outlook:
        paper.paragraph(why.outlook, size=9)


def _drawings(paper: Paper, report: CaseReport, finding: Finding) -> set[uuid.UUID]:
    """Draws a finding; answers the exhibits that went into it."""
    ours, theirs = report.evidence.ours.title, report.evidence.theirs.title
    if finding.detail.get("pairs"):
        draw_melodies(paper, finding.detail, ours, theirs)
    elif finding.stretches:
        _time_lines(paper, report.evidence, finding)
    draw_chroma(paper, finding.detail, ours, theirs)
    draw_chroma(paper, finding.detail, ours, theirs, stream="melody", name=_("The tune of both"))
    drawn: set[uuid.UUID] = set()
    for own, other, landmarks in islice(spectra(report.exhibits, finding.facet), MOST_PICTURES // 2):
        images = _image(own), _image(other)
        if images[0] and images[1]:
            draw_spectra(paper, _spectrum(own, ours, images[0]), _spectrum(other, theirs, images[1]), landmarks)
            drawn |= {own.id, other.id}
    return drawn


def _time_lines(paper: Paper, evidence: Evidence, finding: Finding) -> None:
    ours, theirs = evidence.ours, evidence.theirs
    draw_time_lines(
        paper,
        TimeLine(ours.title, ours.duration_s or finding.last("own_end_s")),
        TimeLine(theirs.title, theirs.duration_s or finding.last("other_end_s")),
        [(part.own_start_s, part.own_end_s, part.other_start_s, part.other_end_s) for part in finding.stretches],
    )


def _spectrum(exhibit: Exhibit, title: str, image: BytesIO) -> Spectrum:
    return Spectrum(title, image, exhibit.start_s or 0.0, exhibit.end_s or 0.0)


def _image(exhibit: Exhibit) -> BytesIO | None:
    try:
        return BytesIO(storage.read(exhibit.storage_key))
    except FileNotFoundError:
        return None


def _stretches(paper: Paper, finding: Finding) -> None:
    head = ["#", _("Ours"), _("Theirs"), _("Tempo of ours"), _("Pitch of ours"), _("Sure")]
    rows = [
        [
            str(number),
            span(stretch.own_start_s, stretch.own_end_s, decimals=1),
            span(stretch.other_start_s, stretch.other_end_s, decimals=1),
            tempo_change(stretch.tempo_ratio),
            pitch_change(stretch.pitch_semitones),
            percent(stretch.confidence),
        ]
        for number, stretch in enumerate(finding.stretches, 1)
    ]
    if rows:
        paper.table_of(head, rows, (10, 36, 36, 34, 40, 14))
    if is_untimed(finding.detail):
        note = _("A score without a tempo is timed as if it were played at 120 quarters a minute.")
        paper.paragraph(note, size=8.5, colour=MUTED)


def _pictures(paper: Paper, exhibits: Sequence[Exhibit]) -> None:
    """Frozen pictures that are part of no drawing."""
    shown = [exhibit for exhibit in exhibits if exhibit.media_type in PICTURES][:MOST_PICTURES]
    if shown:
        section(paper, _("Pictures"))
    for exhibit in shown:
        image = _image(exhibit)
        if image is None:
            continue
        paper.make_room(PICTURE_MM + 10)
        seconds = span(exhibit.start_s or 0.0, exhibit.end_s or 0.0, decimals=1)
        paper.paragraph(f"{wording.exhibit_in_words(exhibit)} · {seconds}", size=8.5, colour=MUTED, after=0.5)
        paper.image(image, x=paper.l_margin, w=paper.epw, h=PICTURE_MM)
        paper.ln(2)


def _frozen_files(paper: Paper, report: CaseReport) -> None:
    if not report.exhibits:
        return
    section(paper, _("Frozen files"))
    rows = [
        [exhibit_name(exhibit), file_size(exhibit.size_bytes), grouped(exhibit.sha256)] for exhibit in report.exhibits
    ]
    paper.table_of([_("File"), _("Size"), "SHA-256"], rows, (52, 18, 100))


def grouped(digest: str) -> str:
    """A hash in groups of eight, so that eyes can compare it and lines can break."""
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))


def utc(moment: datetime) -> str:
    """On paper time has one zone: the reader may be anywhere."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
