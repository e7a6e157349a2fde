"""Examples of the pages of cases: one case with one of everything, written row by row."""

import json
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from apps.accounts.models import User
from apps.cases import snapshot, storage
from apps.cases.models import (
    Case,
    CaseExport,
    CaseFile,
    Deadline,
    Entry,
    EntryKind,
    Exhibit,
    ExportKind,
    ExportState,
    Origin,
    Proposal,
    ProposalKind,
    Side,
)
from apps.tenancy.context import current_organisation_id


@dataclass(frozen=True)
class Dispute:
    """All that hangs on one case."""

    case: Case
    proposal: Proposal
    deadline: Deadline
    file: CaseFile
    exhibit: Exhibit
    export: CaseExport


def make_dispute(marker: str, user: User) -> Dispute:
    """A case in the bound organisation, with the marker in whatever is private."""
    now = timezone.now()
    finding = snapshot.Finding(
        facet="recording", kind="excerpt", alterations=(), score=90.0, chance_probability=1e-9, tempo_ratio=1.0,
        pitch_semitones=0.0, own_share=0.5, other_share=0.1, found_by_us=True, found_at=now, versions={},
        threshold=1e-3, compared_with=7, stretches=(),
    )  # fmt: skip
    reference = uuid.uuid4().hex[:14]
    text = snapshot.compose(
        snapshot.Evidence(
            "match", None, now, snapshot.Party("A label", f"Ours {marker}"), snapshot.Party("Another", "Theirs"),
            (finding,),
        ),
        reference=reference,
    )  # fmt: skip
    case = Case.objects.create(
        reference=reference, side=Side.OPENER, state_at=now, origin=Origin.MATCH, own_title=f"Ours {marker}",
        other_title="Theirs", other_organisation="Another label", evidence=text,
        evidence_sha256=snapshot.sha256_of(text), frozen_at=now, digest="1" * 64, opened_by=user, latest_at=now,
    )  # fmt: skip
    proposal = Proposal.objects.create(
        case=case, item=uuid.uuid4(), by_us=False, kind=ProposalKind.CREDIT, credit_line=f"Credit {marker}", made_at=now
    )
    deadline = Deadline.objects.create(
        case=case, item=uuid.uuid4(), set_by_us=True, for_us=True, for_them=False, due_at=now + timedelta(days=9),
        text=f"Due {marker}", set_at=now,
    )  # fmt: skip
    kept = storage.store(f"File {marker}".encode(), organisation_id=current_organisation_id())
    file = CaseFile.objects.create(
        case=case, item=uuid.uuid4(), by_us=True, filename=f"File {marker}.txt", media_type="text/plain",
        size_bytes=kept.size_bytes, sha256=kept.sha256, storage_key=kept.key, author=user,
    )  # fmt: skip
    marks = storage.store(json.dumps({"note": marker}).encode(), organisation_id=current_organisation_id())
    exhibit = Exhibit.objects.create(
        case=case, position=0, kind="landmarks", media_type="application/json", size_bytes=marks.size_bytes,
        sha256=marks.sha256, storage_key=marks.key,
    )  # fmt: skip
    made = storage.store(f"PDF {marker}".encode(), organisation_id=current_organisation_id())
    export = CaseExport.objects.create(
        case=case, kind=ExportKind.PDF, state=ExportState.READY, storage_key=made.key, requested_by=user
    )
    for kind in (EntryKind.OPENED, EntryKind.NOTE):
        Entry.objects.create(
            case=case, item=uuid.uuid4(), kind=kind, at=now, by_us=True, text=f"{kind} {marker}", author=user
        )
    return Dispute(case, proposal, deadline, file, exhibit, export)
