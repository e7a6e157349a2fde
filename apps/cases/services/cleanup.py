"""Stored files of cases that no row names, and exports that nobody needs any more."""

from datetime import timedelta

from django.utils import timezone

from apps.cases import storage
from apps.cases.models import CaseExport, CaseFile, Exhibit
from apps.tenancy.context import current_organisation_id

# A file is stored before its row is committed: younger ones may belong to a request that still runs.
ORPHAN_AGE = timedelta(hours=24)
KEEP_EXPORTS = timedelta(days=7)


def remove_orphans() -> int:
    """Delete the bound organisation's files of cases that nothing refers to. Answers how many."""
    oldest = timezone.now() - ORPHAN_AGE
    known: set[str] = set()
    for model in (Exhibit, CaseFile, CaseExport):
        known |= set(model.objects.exclude(storage_key="").values_list("storage_key", flat=True))
    listed = storage.files_of(current_organisation_id())
    orphans = [key for key, at in listed if at < oldest and key not in known]
    storage.remove(orphans)
    return len(orphans)


def remove_old_exports() -> int:
    """Delete exports that are a week old. Answers how many."""
    old = CaseExport.objects.filter(created_at__lt=timezone.now() - KEEP_EXPORTS)
    keys = list(old.values_list("storage_key", flat=True))
    count = len(keys)
    old.delete()
    storage.remove_on_commit(keys)
    return count
