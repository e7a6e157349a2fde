"""Copying the pictures and excerpts of a match into the case, and checking later that nothing of it changed."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.audit.services import record
from apps.cases import snapshot, storage
from apps.cases.models import Case, Exhibit
from apps.cases.selectors.cases import get_case
from apps.rights.models import EvidenceFile, Facet, Match

PATIENCE = timedelta(minutes=15)
"""How long pictures are waited for that are still being drawn when the case is opened."""
MANIFEST_FORMAT = "descant-case-manifest/1"


@dataclass(frozen=True)
class Verification:
    """Whether the frozen evidence is what it was. ``problems`` says in words what is not."""

    digest: str
    checked_at: datetime
    problems: list[str] = field(default_factory=list)

    @property
    def is_unchanged(self) -> bool:
        return not self.problems


@transaction.atomic
def freeze(*, case_id: uuid.UUID) -> bool:
    """Copy the evidence files of our match into the case and compute its digest. Answers whether it is frozen now.

    While they are still being drawn nothing is copied, for fifteen minutes at most. Again changes nothing.

    Raises:
        NotFound: there is no such case here.
    """
    get_case(case_id)
    case: Case = Case.objects.select_for_update(of=("self",)).get(id=case_id)
    if case.frozen_at is not None:
        return True
    pair_id = snapshot.read(case.evidence, as_opener=case.is_opener).pair_id
    files = list(_files_of(pair_id)) if pair_id else []
    if not files and timezone.now() - case.created_at < PATIENCE and _may_come(pair_id):
        return False
    exhibits: list[Exhibit] = []
    for file in files:
        try:
            stored = storage.copy(file.storage_key, organisation_id=case.organisation_id)
        except FileNotFoundError:
            continue
        exhibit = Exhibit.objects.create(
            case=case,
            position=len(exhibits),
            facet=file.match.facet,
            segment=file.segment.position,
            kind=file.kind,
            media_type=file.media_type,
            start_s=file.start_s,
            end_s=file.end_s,
            size_bytes=stored.size_bytes,
            sha256=stored.sha256,
            storage_key=stored.key,
        )
        exhibits.append(exhibit)
    case.digest, case.frozen_at = snapshot.sha256_of(manifest(case, exhibits)), timezone.now()
    case.save(update_fields=["digest", "frozen_at", "updated_at"])
    record(
        action="case.frozen",
        subject_type="case",
        subject_id=case.id,
        data={"digest": case.digest, "files": len(exhibits)},
    )
    return True


def manifest(case: Case, exhibits: Sequence[Exhibit]) -> str:
    """What is frozen, each file with its digest; the case's digest is the SHA-256 of this text."""
    files = [
        {
            "name": exhibit_name(exhibit),
            "kind": exhibit.kind,
            "facet": exhibit.facet,
            "stretch": exhibit.segment,
            "start_s": exhibit.start_s,
            "end_s": exhibit.end_s,
            "media_type": exhibit.media_type,
            "size_bytes": exhibit.size_bytes,
            "sha256": exhibit.sha256,
        }
        for exhibit in exhibits
    ]
    evidence = {"name": "evidence.json", "sha256": snapshot.sha256_of(case.evidence)}
    return snapshot.canonical(
        {"format": MANIFEST_FORMAT, "reference": case.reference, "evidence": evidence, "files": files}
    )


def verify(*, case_id: uuid.UUID) -> Verification:
    """Compute every digest anew from what is stored. Side effect: an entry in the audit trail.

    Raises:
        NotFound: there is no such case here.
    """
    case = get_case(case_id)
    problems = []
    if snapshot.sha256_of(case.evidence) != case.evidence_sha256:
        problems.append(_("The findings are not what was frozen."))
    exhibits = list(Exhibit.objects.filter(case_id=case.id))
    for exhibit in exhibits:
        if storage.digest_of(exhibit.storage_key) != exhibit.sha256:
            problems.append(_("%(name)s is not what was frozen.") % {"name": exhibit_name(exhibit)})
    if case.frozen_at and snapshot.sha256_of(manifest(case, exhibits)) != case.digest:
        problems.append(_("The list of evidence is not what was frozen."))
    record(
        action="case.verified", subject_type="case", subject_id=case.id,
        data={"digest": case.digest, "unchanged": not problems},
    )  # fmt: skip
    return Verification(case.digest, timezone.now(), problems)


EXTENSIONS = {
    "image/png": "png",
    "application/json": "json",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "audio/mp4": "m4a",
}


def exhibit_name(exhibit: Exhibit) -> str:
    """The name of an exhibit in downloads and in the manifest: ``01-own_spectrogram.png``."""
    return f"{exhibit.position + 1:02d}-{exhibit.kind}.{EXTENSIONS.get(exhibit.media_type, 'bin')}"


def _files_of(pair_id: uuid.UUID) -> list[EvidenceFile]:
    rows = EvidenceFile.objects.filter(match__pair_id=pair_id).select_related("match", "segment")
    return sorted(rows, key=lambda file: (file.match.facet, file.segment.position, file.kind))


def _may_come(pair_id: uuid.UUID | None) -> bool:
    """Whether a match of ours stands whose pictures may still be drawn."""
    return pair_id is not None and Match.objects.filter(pair_id=pair_id, facet=Facet.RECORDING).exists()
