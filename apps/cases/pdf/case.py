"""The whole case as one document: evidence, thread, proposals, deadlines, files, history."""

from datetime import datetime

from django.utils.translation import gettext as _

from apps.cases import wording
from apps.cases.models import Entry, EntryKind
from apps.cases.pdf.evidence import grouped, section, utc, write_evidence
from apps.cases.selectors import CaseReport
from apps.cases.snapshot import Party
from apps.core.formats import file_size
from apps.core.paper.document import ACCENT, MUTED, Paper

PROPOSAL_MM = 26
"""A proposal's heading never stands alone at the foot of a page."""


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
    write_evidence(paper, report)
    _proposals(paper, report)
    _thread(paper, report, with_notes)
    _deadlines(paper, report)
    _files(paper, report, with_notes)
    _history(paper, report, with_notes)
    section(paper, _("What this is"))
    paper.paragraph(
        _(
            "Descant keeps what two organisations found, said and agreed about similar music. It compares and records; "
            "it speaks of similarity, never of infringement, and gives no legal advice."
        ),
        size=9,
    )
    return paper.finish()


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
        (_("Opened"), utc(case.created_at)),
        (_("State"), f"{case.get_state_display()} ({utc(case.state_at)})"),
        (_("Digest of the findings (the same on both sides)"), grouped(case.evidence_sha256)),
        (_("Digest of all frozen evidence"), grouped(case.digest) if case.digest else "–"),
    ]


def _proposals(paper: Paper, report: CaseReport) -> None:
    if not report.proposals:
        return
    section(paper, _("Proposals"))
    for proposal in reversed(report.proposals):
        paper.make_room(PROPOSAL_MM)
        who = report.own_name if proposal.by_us else report.case.other_organisation
        signed = f" ({proposal.signed})" if proposal.signed else ""
        line = f"{utc(proposal.made_at)} · {who}{signed} · {proposal.get_kind_display()}"
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
    return f"{state} ({utc(at)})" if at else state


def _thread(paper: Paper, report: CaseReport, with_notes: bool) -> None:
    entries = [entry for entry in report.entries if entry.text and (with_notes or not entry.is_internal)]
    if not entries:
        return
    section(paper, _("Messages"))
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
    return f"{utc(entry.at)} · {wording.entry_in_words(entry, report.case.other_organisation)}{who}"


def _deadlines(paper: Paper, report: CaseReport) -> None:
    if not report.deadlines:
        return
    section(paper, _("Deadlines"))
    rows = [
        [
            utc(deadline.due_at),
            wording.for_whom(deadline, report.case),
            deadline.text,
            str(deadline.get_state_display()),
        ]
        for deadline in report.deadlines
    ]
    paper.table_of([_("Until"), _("For whom"), _("What"), _("State")], rows, (38, 40, 62, 30))


def _files(paper: Paper, report: CaseReport, with_notes: bool) -> None:
    files = [row for row in report.files if with_notes or row.shared_at]
    if not files:
        return
    section(paper, _("Files"))
    rows = []
    for row in files:
        whose = _("ours") if row.by_us else _("theirs")
        if not row.shared_at:
            whose = _("ours, not shared")
        rows.append([row.filename, whose, file_size(row.size_bytes), grouped(row.sha256)])
    paper.table_of([_("File"), _("From"), _("Size"), "SHA-256"], rows, (48, 22, 16, 84))


def _history(paper: Paper, report: CaseReport, with_notes: bool) -> None:
    section(paper, _("History"))
    rows = [
        [str(entry.sequence or "–"), utc(entry.at), wording.entry_in_words(entry, report.case.other_organisation)]
        for entry in report.entries
        if with_notes or not entry.is_internal
    ]
    paper.table_of(["#", _("When"), _("What")], rows, (12, 44, 114))
