"""What the components on the page of a case are given."""

import uuid
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.cases import wording
from apps.cases.models import Deadline, Entry, EntryKind, Exhibit, Proposal
from apps.cases.selectors import CaseReport
from apps.cases.services.freezing import exhibit_name
from apps.cases.snapshot import Finding, Stretch
from apps.cases.views.drawn import Drawn, drawn, exhibit_url
from apps.cases.why import why_found
from apps.core.display import TimelineItem, Verdict
from apps.rights.explain import Why
from apps.rights.selectors import LIKELY_BELOW, POSSIBLE_BELOW
from apps.rights.wording import chance_in_words, chance_value

ICONS = {
    EntryKind.OPENED: "scale",
    EntryKind.MESSAGE: "mail",
    EntryKind.NOTE: "lock",
    EntryKind.FILE: "file-text",
    EntryKind.PROPOSAL: "tag",
    EntryKind.ACCEPTED: "circle-check",
    EntryKind.PROPOSAL_DECLINED: "circle-x",
    EntryKind.PROPOSAL_WITHDRAWN: "undo-2",
    EntryKind.DEADLINE: "timer",
    EntryKind.DEADLINE_MET: "check",
    EntryKind.DEADLINE_CANCELLED: "x",
    EntryKind.DEADLINE_MISSED: "triangle-alert",
    EntryKind.DECLINED: "circle-x",
    EntryKind.WITHDRAWN: "undo-2",
    EntryKind.CLOSED: "archive",
    EntryKind.REOPENED: "rotate-ccw",
    EntryKind.ASSIGNED: "user",
}


def verdict(report: CaseReport) -> Verdict:
    """The frozen finding in the component of all automated results."""
    main = report.evidence.main
    chance = main.chance_probability
    sure = "unsure"
    if chance is not None:
        sure = "likely" if chance < LIKELY_BELOW else "possible" if chance < POSSIBLE_BELOW else "unsure"
    return Verdict(
        answer=wording.finding_in_words(report.evidence),
        sureness=sure,  # type: ignore[arg-type]
        figure=chance_in_words(chance) if chance is not None else "",
        model=_("Frozen when the case was opened"),
        version=wording.versions_in_words(main),
        computed_at=report.evidence.frozen_at,
        wrong=_("say so in a message, or decline the case"),
        wrong_href="#thread",
        tone="attention",
    )


@dataclass(frozen=True)
class FindingRow:
    """One comparison with its figures in words."""

    title: str
    figures: list[tuple[str, str]]
    stretches: tuple[Stretch, ...]
    drawn: Drawn
    why: Why | None


def findings(slug: str, report: CaseReport) -> list[FindingRow]:
    """All findings of the pair, the one of the case first."""
    return [
        FindingRow(
            wording.kind_in_words(found), _figures(found), found.stretches, drawn(slug, report, found), why_found(found)
        )
        for found in report.evidence.findings
    ]


def _figures(found: Finding) -> list[tuple[str, str]]:
    rows = []
    if found.chance_probability is not None:
        rows.append((_("How sure"), chance_in_words(found.chance_probability)))
    if found.threshold is not None:
        rows.append((_("Counts as a match below"), chance_value(found.threshold)))
    if found.versions:
        rows.append((_("Recogniser"), wording.versions_in_words(found)))
    if found.compared_with is not None:
        rows.append((_("Compared with"), str(found.compared_with)))
    rows.append((_("Found by"), _("our check") if found.found_by_us else _("their check")))
    return rows


@dataclass(frozen=True)
class ExhibitRow:
    """One frozen file."""

    exhibit: Exhibit
    name: str
    label: str
    url: str

    @property
    def is_picture(self) -> bool:
        return self.exhibit.media_type.startswith("image/")

    @property
    def is_sound(self) -> bool:
        return self.exhibit.media_type.startswith("audio/")


def exhibits(slug: str, report: CaseReport) -> list[ExhibitRow]:
    return [
        ExhibitRow(exhibit, exhibit_name(exhibit), wording.exhibit_in_words(exhibit), exhibit_url(slug, exhibit))
        for exhibit in report.exhibits
    ]


@dataclass(frozen=True)
class Said:
    """One entry of the thread."""

    entry: Entry
    title: str
    who: str
    icon: str
    is_new: bool
    file_url: str = ""
    terms: str = ""


def thread(slug: str, report: CaseReport, user_id: uuid.UUID) -> list[Said]:
    """What was said, oldest first; ``is_new``: by somebody else since this member last looked."""
    return [_said(slug, report, entry, user_id) for entry in report.thread]


def _said(slug: str, report: CaseReport, entry: Entry, user_id: uuid.UUID) -> Said:
    by_others = entry.author_id != user_id
    file_url = ""
    if entry.file and entry.file.is_stored:
        address = {"slug": slug, "case_id": entry.case_id, "case_file_id": entry.file.id}
        file_url = reverse("cases:file", kwargs=address)
    return Said(
        entry=entry,
        title=wording.entry_in_words(entry, report.case.other_organisation),
        who=entry.signed or (str(entry.author) if entry.by_us and entry.author else ""),
        icon=ICONS[EntryKind(entry.kind)],
        is_new=by_others and (report.seen_at is None or entry.at > report.seen_at),
        file_url=file_url,
        terms=wording.proposal_in_words(entry.proposal) if entry.proposal else "",
    )


@dataclass(frozen=True)
class Offered:
    """A proposal with its terms in words."""

    proposal: Proposal
    terms: list[tuple[str, str]]
    who: str
    tone: str


TONES = {"open": "open", "accepted": "clear", "lapsed": "closed"}


def proposals(report: CaseReport) -> list[Offered]:
    """Newest first."""
    return [
        Offered(
            proposal,
            wording.terms_in_words(proposal),
            report.own_name if proposal.by_us else report.case.other_organisation,
            TONES.get(proposal.state, "withdrawn"),
        )
        for proposal in report.proposals
    ]


@dataclass(frozen=True)
class DueRow:
    """A deadline in words."""

    deadline: Deadline
    whom: str
    may_settle: bool


def deadlines(report: CaseReport) -> list[DueRow]:
    return [
        DueRow(
            row,
            wording.for_whom(row, report.case),
            row.set_by_us and row.proposal_id is None and row.state in ("open", "missed"),
        )
        for row in report.deadlines
    ]


def history(report: CaseReport) -> list[TimelineItem]:
    """What happened, newest first."""
    return [
        TimelineItem(
            when=entry.at,
            title=wording.entry_in_words(entry, report.case.other_organisation),
            text=_detail(entry),
            who=entry.signed or (str(entry.author) if entry.by_us and entry.author else ""),
            icon=ICONS[EntryKind(entry.kind)],
        )
        for entry in reversed(report.entries)
    ]


def _detail(entry: Entry) -> str:
    if entry.proposal:
        return wording.proposal_in_words(entry.proposal)
    if entry.file:
        return entry.file.filename
    if entry.deadline:
        return entry.deadline.text
    return ""
