"""Everything to say about one case."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from apps.cases import rules, snapshot
from apps.cases.models import (
    Case,
    CaseExport,
    CaseFile,
    CaseRead,
    Deadline,
    DeadlineState,
    Entry,
    EntryKind,
    Exhibit,
    Proposal,
)
from apps.tenancy.models import Membership

IN_THREAD = frozenset(
    {
        EntryKind.OPENED,
        EntryKind.MESSAGE,
        EntryKind.NOTE,
        EntryKind.FILE,
        EntryKind.PROPOSAL,
        EntryKind.ACCEPTED,
        EntryKind.PROPOSAL_DECLINED,
        EntryKind.PROPOSAL_WITHDRAWN,
        EntryKind.DECLINED,
        EntryKind.WITHDRAWN,
        EntryKind.CLOSED,
        EntryKind.REOPENED,
    }
)
"""What belongs to the talk also where nothing was written; deadlines and who is in charge are in the history."""


@dataclass(frozen=True)
class CaseReport:
    """One case, ready for a page, the API or a PDF. ``entries`` are in the order in which they happened."""

    case: Case
    evidence: snapshot.Evidence
    exhibits: list[Exhibit]
    entries: list[Entry]
    proposals: list[Proposal]
    deadlines: list[Deadline]
    files: list[CaseFile]
    exports: list[CaseExport]
    acts: frozenset[rules.Act]
    own_name: str
    seen_at: datetime | None = None
    members: list[Membership] = field(default_factory=list)

    @property
    def thread(self) -> list[Entry]:
        """What was said."""
        return [entry for entry in self.entries if entry.kind in IN_THREAD or entry.text]

    @property
    def waiting(self) -> list[Proposal]:
        """Proposals that wait for our answer."""
        return [proposal for proposal in self.proposals if proposal.waits_for_us]

    @property
    def open_deadlines(self) -> list[Deadline]:
        return [deadline for deadline in self.deadlines if deadline.state == DeadlineState.OPEN]


def case_report(case: Case, *, user_id: uuid.UUID | None = None) -> CaseReport:
    """Reads all of a case; only the bound organisation's rows."""
    seen = CaseRead.objects.filter(case_id=case.id, user_id=user_id).first() if user_id else None
    return CaseReport(
        case=case,
        evidence=snapshot.read(case.evidence, as_opener=case.is_opener),
        exhibits=list(Exhibit.objects.filter(case_id=case.id)),
        entries=list(Entry.objects.filter(case_id=case.id).select_related("author", "proposal", "file", "deadline")),
        proposals=list(Proposal.objects.filter(case_id=case.id).select_related("author")),
        deadlines=list(Deadline.objects.filter(case_id=case.id).select_related("proposal")),
        files=list(CaseFile.objects.filter(case_id=case.id).select_related("author")),
        exports=list(CaseExport.objects.filter(case_id=case.id).select_related("job", "requested_by")),
        acts=rules.allowed(rules.Standing(case.state, case.side, case.state_at, case.reopened), timezone.now()),
        own_name=case.organisation.public_name,
        seen_at=seen.read_at if seen else None,
    )
