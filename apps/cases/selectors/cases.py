"""Lists of cases, and single rows of them."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.cases.models import (
    Case,
    CaseExport,
    CaseFile,
    CaseRead,
    CaseState,
    Deadline,
    DeadlineState,
    Entry,
    Exhibit,
    Proposal,
    ProposalState,
    Side,
)
from apps.cases.rules import ENDED, LIVE, UNDECIDED
from apps.core.errors import NotFound

NEAR = timedelta(days=7)


@dataclass(frozen=True)
class CaseFilters:
    """What a list of cases is narrowed to; empty values narrow nothing.

    ``tab`` is ``needs``, ``live``, ``agreed``, ``ended`` or empty; ``deadline`` is ``overdue``, ``near`` or ``any``.
    """

    text: str = ""
    tab: str = ""
    state: str = ""
    side: str = ""
    deadline: str = ""
    unread: bool = False
    mine: bool = False


def cases(filters: CaseFilters | None = None, *, user_id: uuid.UUID | None = None) -> QuerySet[Any]:
    """Cases, the latest activity first. Each row carries ``is_unread`` (for the user), ``next_due`` (the nearest open
    deadline) and ``waiting`` (whether a proposal waits for us)."""
    wanted = filters or CaseFilters()
    due = Deadline.objects.filter(case_id=OuterRef("pk"), state=DeadlineState.OPEN).order_by("due_at")
    rows: QuerySet[Any] = Case.objects.select_related("assigned_to").annotate(
        is_unread=_unread(user_id), next_due=Subquery(due.values("due_at")[:1]), waiting=_waiting()
    )
    if wanted.text:
        text = wanted.text
        rows = rows.filter(
            Q(own_title__icontains=text)
            | Q(other_title__icontains=text)
            | Q(other_organisation__icontains=text)
            | Q(reference__iexact=text.strip())
        )
    rows = _on_tab(rows, wanted.tab)
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.side:
        rows = rows.filter(side=wanted.side)
    if wanted.unread:
        rows = rows.filter(is_unread=True)
    if wanted.mine:
        rows = rows.filter(assigned_to_id=user_id)
    now = timezone.now()
    if wanted.deadline == "overdue":
        rows = rows.filter(Exists(_of_case(Deadline).filter(state=DeadlineState.MISSED)), state__in=LIVE)
    elif wanted.deadline == "near":
        rows = rows.filter(next_due__lte=now + NEAR)
    elif wanted.deadline == "any":
        rows = rows.filter(next_due__isnull=False)
    return rows.order_by("-latest_at")


def tab_counts() -> dict[str, int]:
    """How many cases stand on each tab."""
    return {tab: _on_tab(Case.objects.all(), tab).count() for tab in ("needs", "live", "agreed", "ended", "")}


def needs_us(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Cases in which the next step is ours: a proposal to answer, a near deadline, or a case nobody answered yet."""
    near = _of_case(Deadline).filter(state=DeadlineState.OPEN, for_us=True, due_at__lte=timezone.now() + NEAR)
    unanswered = Q(state=CaseState.OPEN, side=Side.ANSWERER)
    return rows.filter(unanswered | _waiting() | Q(Exists(near)), state__in=LIVE)


@dataclass(frozen=True)
class HomeCounts:
    """What waits in cases, for the home page."""

    proposals: int
    unanswered: int
    deadlines: int
    unread: int


def home_counts(user_id: uuid.UUID | None) -> HomeCounts:
    """How much waits for us; ``unread`` counts for this member alone, and leaves out what nobody answered yet."""
    live = Case.objects.filter(state__in=LIVE)
    fresh = Q(state=CaseState.OPEN, side=Side.ANSWERER)
    near = Deadline.objects.filter(
        state=DeadlineState.OPEN, for_us=True, due_at__lte=timezone.now() + NEAR, proposal=None
    )
    return HomeCounts(
        proposals=Proposal.objects.filter(by_us=False, state=ProposalState.OPEN).count(),
        unanswered=live.filter(fresh).count(),
        deadlines=near.count(),
        unread=Case.objects.exclude(fresh).annotate(is_unread=_unread(user_id)).filter(is_unread=True).count(),
    )


def get_case(case_id: uuid.UUID) -> Case:
    """One case.

    Raises:
        NotFound: there is none with this id here.
    """
    case: Case | None = (
        Case.objects.select_related("assigned_to", "opened_by", "organisation").filter(id=case_id).first()
    )
    if case is None:
        raise NotFound(_("There is no such case."))
    return case


def case_of(origin_id: uuid.UUID) -> Case | None:
    """The case that was opened from a match or cue of ours, by either side."""
    found: Case | None = Case.objects.filter(origin_id=origin_id).first()
    return found


def get_proposal(case_id: uuid.UUID, proposal_id: uuid.UUID) -> Proposal:
    """One proposal of a case."""
    return _part(Proposal.objects.select_related("author"), case_id, proposal_id, _("There is no such proposal."))


def get_file(case_id: uuid.UUID, file_id: uuid.UUID) -> CaseFile:
    """One file of a case."""
    return _part(CaseFile.objects.select_related("author"), case_id, file_id, _("There is no such file."))


def get_deadline(case_id: uuid.UUID, deadline_id: uuid.UUID) -> Deadline:
    """One deadline of a case."""
    return _part(Deadline.objects.select_related("proposal"), case_id, deadline_id, _("There is no such deadline."))


def get_exhibit(case_id: uuid.UUID, exhibit_id: uuid.UUID) -> Exhibit:
    """One frozen picture or excerpt of a case."""
    return _part(Exhibit.objects.all(), case_id, exhibit_id, _("There is no such evidence."))


def get_export(case_id: uuid.UUID, export_id: uuid.UUID) -> CaseExport:
    """One export of a case."""
    return _part(CaseExport.objects.select_related("job"), case_id, export_id, _("There is no such export."))


def _part(rows: QuerySet[Any], case_id: uuid.UUID, part_id: uuid.UUID, missing: str) -> Any:
    found = rows.filter(case_id=case_id, id=part_id).first()
    if found is None:
        raise NotFound(missing)
    return found


def _on_tab(rows: QuerySet[Any], tab: str) -> QuerySet[Any]:
    if tab == "needs":
        return needs_us(rows)
    states = {"live": UNDECIDED, "agreed": {CaseState.AGREED}, "ended": ENDED}.get(tab)
    return rows.filter(state__in=states) if states else rows


def _of_case(model: type[models.Model]) -> QuerySet[Any]:
    rows: QuerySet[Any] = model.objects.filter(case_id=OuterRef("pk"))  # type: ignore[attr-defined]
    return rows


def _waiting() -> Exists:
    return Exists(_of_case(Proposal).filter(by_us=False, state=ProposalState.OPEN))


def _unread(user_id: uuid.UUID | None) -> Any:
    """Whether somebody else wrote after the user's mark; without a mark every such entry is new."""
    if user_id is None:
        return Value(False, output_field=models.BooleanField())
    seen = CaseRead.objects.filter(case_id=OuterRef("case_id"), user_id=user_id, read_at__gte=OuterRef("at"))
    others = _of_case(Entry).exclude(author_id=user_id)
    return Exists(others.filter(~Exists(seen)))


__all__ = [
    "NEAR",
    "CaseFilters",
    "HomeCounts",
    "case_of",
    "cases",
    "get_case",
    "get_deadline",
    "get_exhibit",
    "get_export",
    "get_file",
    "get_proposal",
    "home_counts",
    "needs_us",
    "tab_counts",
]
