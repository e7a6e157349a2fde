"""The whole case as one document: evidence, thread, proposals, deadlines, files, history."""

from datetime import UTC, datetime
from io import BytesIO

from django.utils.translation import gettext as _

from apps.cases import storage, wording
from apps.cases.models import Entry, EntryKind
from apps.cases.selectors import CaseReport
from apps.cases.services.freezing import exhibit_name
from apps.cases.snapshot import Finding, Party
from apps.core.formats import clock, file_size, percent, pitch_change, tempo_change
from apps.rights.pdf.document import ACCENT, MUTED, Paper
from apps.rights.wording import chance_in_words

PICTURE_MM = 30
SECTION_MM = 28
MOST_PICTURES = 24
PICTURES = ("image/png", "image/jpeg")


def case_pdf(report: CaseReport, *, page_url: str, with_notes: bool = False) -> bytes:
    """The PDF of a case; ``with_notes`` adds what only our side may read, marked as such."""
    case = report.case
    paper = Paper(
        title=_("Case %(reference)s") % {"reference": case.reference},
        texts=_texts(report, with_notes),
        made_at=case.latest_at,
        foot=page_url,
    )
    paper.ln(3)
    paper.paragraph(_("Case %(reference)s") % {"reference": case.reference}, size=11, colour=MUTED, after=1)
    paper.paragraph(wording.finding_in_words(report.evidence), size=14, bold=True, after=2)
    if with_notes:
        paper.paragraph(
            _("This copy holds internal notes. Do not hand it to the other side."), bold=True, colour=ACCENT
        )
    paper.facts(_facts(report))
    _evidence(paper, report)
    _proposals(paper, report)
    _thread(paper, report, with_notes)
    _deadlines(paper, report)
    _files(paper, report, with_notes)
    _history(paper, report, with_notes)
    _section(paper, _("What this is"))
    paper.paragraph(
        _(
            "Descant keeps what two organisations found, said and agreed about similar music. It compares and records; "
            "it speaks of similarity, never of infringement, and gives no legal advice."
        ),
        size=9,
    )
    return paper.finish()


def _section(paper: Paper, title: str) -> None:
    """A heading that never stands alone at the foot of a page."""
    if paper.will_page_break(SECTION_MM):
        paper.add_page()
    paper.heading(title)


def _texts(report: CaseReport, with_notes: bool) -> list[str]:
    """All that the document may say, for the choice of fonts."""
    evidence = report.evidence
    names = [report.own_name, *_named(evidence.ours), *_named(evidence.theirs), report.case.other_organisation]
    said = [f"{entry.text}{entry.signed}{entry.author or ''}{entry.data}" for entry in report.entries]
    terms = [wording.proposal_in_words(proposal) + proposal.text for proposal in report.proposals]
    words = [wording.entry_in_words(entry, report.case.other_organisation) for entry in report.entries]
    files = [row.filename for row in report.files]
    facts = [f"{name}{value}" for name, value in _facts(report)]
    deadlines = [deadline.text for deadline in report.deadlines]
    labels = [
        _("Internal note: only our side sees it"),
        _("Stretches that are alike"),
        wording.finding_in_words(evidence),
    ]
    return [*names, *said, *terms, *words, *files, *facts, *deadlines, *labels]


def _named(party: Party) -> tuple[str, str, str, str]:
    return party.organisation, party.title, party.artist, party.contact


def _facts(report: CaseReport) -> list[tuple[str, str]]:
    case = report.case
    return [
        (_("Between"), f"{report.own_name} · {case.other_organisation}"),
        (_("Opened by"), report.own_name if case.is_opener else case.other_organisation),
        (_("Opened"), _utc(case.created_at)),
        (_("State"), f"{case.get_state_display()} ({_utc(case.state_at)})"),
        (_("Digest of the findings (the same on both sides)"), _grouped(case.evidence_sha256)),
        (_("Digest of all frozen evidence"), _grouped(case.digest) if case.digest else "–"),
    ]


def _evidence(paper: Paper, report: CaseReport) -> None:
    evidence = report.evidence
    _section(paper, _("Evidence, as it was when the case was opened"))
    for label, party in ((_("Ours"), evidence.ours), (_("Theirs"), evidence.theirs)):
        paper.facts([(label, _party(party))])
    for finding in evidence.findings:
        _one_finding(paper, finding)
    _pictures(paper, report)


def _party(party: Party) -> str:
    named = f"“{party.title}”" + (f" · {party.artist}" if party.artist else "")
    length = f" · {clock(party.duration_s, decimals=1)}" if party.duration_s else ""
    registered = _("registered") if party.registered else _("not registered yet")
    contact = f" · {party.contact}" if party.contact else ""
    return f"{named}{length}\n{party.organisation}{contact} · {registered}"


def _one_finding(paper: Paper, finding: Finding) -> None:
    paper.ln(1)
    paper.paragraph(wording.kind_in_words(finding), bold=True, after=0.5)
    details = [chance_in_words(finding.chance_probability)] if finding.chance_probability is not None else []
    if finding.threshold is not None:
        details.append(_("counts below %(threshold)s") % {"threshold": f"{finding.threshold:g}"})
    if finding.versions:
        details.append(wording.versions_in_words(finding))
    if finding.compared_with is not None:
        details.append(_("compared with %(count)s") % {"count": finding.compared_with})
    if finding.own_share is not None:
        shares = {"own": percent(finding.own_share), "other": percent(finding.other_share)}
        details.append(_("%(own)s of ours, %(other)s of theirs") % shares)
    details.append(_utc(finding.found_at))
    paper.paragraph(" · ".join(details), size=9, colour=MUTED)
    head = ["#", _("Ours"), _("Theirs"), _("Tempo of ours"), _("Pitch of ours"), _("Sure")]
    rows = [
        [
            str(number),
            wording.span(stretch.own_start_s, stretch.own_end_s, decimals=1),
            wording.span(stretch.other_start_s, stretch.other_end_s, decimals=1),
            tempo_change(stretch.tempo_ratio),
            pitch_change(stretch.pitch_semitones),
            percent(stretch.confidence),
        ]
        for number, stretch in enumerate(finding.stretches, 1)
    ]
    if rows:
        paper.table_of(head, rows, (10, 36, 36, 34, 40, 14))


def _pictures(paper: Paper, report: CaseReport) -> None:
    shown = [exhibit for exhibit in report.exhibits if exhibit.media_type in PICTURES][:MOST_PICTURES]
    if shown:
        _section(paper, _("Pictures"))
    for exhibit in shown:
        try:
            image = BytesIO(storage.read(exhibit.storage_key))
        except FileNotFoundError:
            continue
        if paper.will_page_break(PICTURE_MM + 10):
            paper.add_page()
        seconds = wording.span(exhibit.start_s or 0.0, exhibit.end_s or 0.0, decimals=1)
        paper.paragraph(f"{wording.exhibit_in_words(exhibit)} · {seconds}", size=8.5, colour=MUTED, after=0.5)
        paper.image(image, x=paper.l_margin, w=paper.epw, h=PICTURE_MM)
        paper.ln(2)
    if report.exhibits:
        _section(paper, _("Frozen files"))
        rows = [
            [exhibit_name(exhibit), file_size(exhibit.size_bytes), _grouped(exhibit.sha256)]
            for exhibit in report.exhibits
        ]
        paper.table_of([_("File"), _("Size"), "SHA-256"], rows, (52, 18, 100))


def _proposals(paper: Paper, report: CaseReport) -> None:
    if not report.proposals:
        return
    _section(paper, _("Proposals"))
    for proposal in reversed(report.proposals):
        who = report.own_name if proposal.by_us else report.case.other_organisation
        signed = f" ({proposal.signed})" if proposal.signed else ""
        line = f"{_utc(proposal.made_at)} · {who}{signed} · {proposal.get_kind_display()}"
        paper.paragraph(line, size=9, bold=True, after=0.5)
        paper.facts(
            [
                *wording.terms_in_words(proposal),
                (_("State"), _answered(proposal.get_state_display(), proposal.answered_at)),
            ]
        )
        if proposal.text:
            paper.paragraph(proposal.text, size=9)


def _answered(state: str, at: datetime | None) -> str:
    return f"{state} ({_utc(at)})" if at else state


def _thread(paper: Paper, report: CaseReport, with_notes: bool) -> None:
    entries = [entry for entry in report.entries if entry.text and (with_notes or not entry.is_internal)]
    if not entries:
        return
    _section(paper, _("Messages"))
    for entry in entries:
        internal = entry.kind == EntryKind.NOTE
        paper.paragraph(_line(report, entry), size=9, bold=True, after=0, colour=ACCENT if internal else MUTED)
        if internal:
            paper.paragraph(_("Internal note: only our side sees it"), size=8.5, colour=ACCENT, after=0)
        paper.paragraph(entry.text, size=9.5)


def _line(report: CaseReport, entry: Entry) -> str:
    who = f" · {entry.signed}" if entry.signed else ""
    if entry.by_us and not entry.signed and entry.author:
        who = f" · {entry.author}" if entry.is_internal else ""
    return f"{_utc(entry.at)} · {wording.entry_in_words(entry, report.case.other_organisation)}{who}"


def _deadlines(paper: Paper, report: CaseReport) -> None:
    if not report.deadlines:
        return
    _section(paper, _("Deadlines"))
    rows = [
        [
            _utc(deadline.due_at),
            wording.for_whom(deadline, report.case),
            deadline.text,
            str(deadline.get_state_display()),
        ]
        for deadline in report.deadlines
    ]
    paper.table_of([_("Until"), _("For"), _("What"), _("State")], rows, (38, 40, 62, 30))


def _files(paper: Paper, report: CaseReport, with_notes: bool) -> None:
    files = [row for row in report.files if with_notes or row.shared_at]
    if not files:
        return
    _section(paper, _("Files"))
    rows = []
    for row in files:
        whose = _("ours") if row.by_us else _("theirs")
        if not row.shared_at:
            whose = _("ours, not shared")
        rows.append([row.filename, whose, file_size(row.size_bytes), _grouped(row.sha256)])
    paper.table_of([_("File"), _("From"), _("Size"), "SHA-256"], rows, (48, 22, 16, 84))


def _history(paper: Paper, report: CaseReport, with_notes: bool) -> None:
    _section(paper, _("History"))
    rows = [
        [str(entry.sequence or "–"), _utc(entry.at), wording.entry_in_words(entry, report.case.other_organisation)]
        for entry in report.entries
        if with_notes or not entry.is_internal
    ]
    paper.table_of(["#", _("When"), _("What")], rows, (12, 44, 114))


def _grouped(digest: str) -> str:
    """A hash in groups of eight, so that eyes can compare it and lines can break."""
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))


def _utc(moment: datetime) -> str:
    """On paper time has one zone: the reader may be anywhere."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
