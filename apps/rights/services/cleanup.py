"""Evidence that no row names: left by a worker that was killed, or by a match whose track was purged."""

from datetime import timedelta

from django.utils import timezone

from apps.rights import storage
from apps.rights.models import EvidenceFile
from apps.tenancy.context import current_organisation_id

# A file is stored before its row is committed: younger ones may belong to a check that still runs.
ORPHAN_AGE = timedelta(hours=24)


def remove_orphan_evidence() -> int:
    """Delete the bound organisation's evidence files that nothing refers to. Answers how many."""
    oldest = timezone.now() - ORPHAN_AGE
    old = [key for key, at in storage.files_of(current_organisation_id()) if at < oldest]
    known = set(EvidenceFile.objects.values_list("storage_key", flat=True))
    orphans = [key for key in old if key not in known]
    storage.remove(orphans)
    return len(orphans)
