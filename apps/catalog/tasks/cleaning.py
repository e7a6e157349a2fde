"""Housekeeping of the catalogue."""

from celery import shared_task

from apps.catalog import services
from apps.tenancy.context import bind


@shared_task(name="catalog.clean")
def clean() -> int:
    """Purge what was deleted long ago and files that nothing refers to, of every organisation."""
    removed = 0
    for organisation_id in services.purgeable_organisations():
        with bind(organisation_id):
            removed += services.clean_organisation()
    return removed
