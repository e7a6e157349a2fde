"""Sources: stations, streams, venues."""

import uuid
from zoneinfo import available_timezones

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.audit.services import record
from apps.catalog.text import clean_line
from apps.core.errors import Conflict, InvalidInput
from apps.monitoring.models import LongRecording, MonitoringSource
from apps.monitoring.selectors import get_source
from apps.monitoring.services import counting


@transaction.atomic
def save_source(*, source_id: uuid.UUID | None, name: str, kind: str, time_zone: str) -> MonitoringSource:
    """Make or change a source. Side effects: with another time zone the counts of its days, audit.

    Raises:
        NotFound: there is no such source here.
        InvalidInput: no such time zone.
        Conflict: another source has this name.
    """
    source = get_source(source_id) if source_id else MonitoringSource()
    if time_zone not in available_timezones():
        told = _("There is no such time zone. Choose one such as Europe/Berlin.")
        raise InvalidInput(told, fields={"time_zone": told})
    moved = source_id is not None and source.time_zone != time_zone
    days = _days(source) if moved else set()
    source.name, source.kind, source.time_zone = clean_line(name)[:200], kind, time_zone
    try:
        with transaction.atomic():
            source.save()
    except IntegrityError as error:
        told = _("Another source has this name. Choose a different one.")
        raise Conflict(told, code="name_taken", fields={"name": told}) from error
    if moved:
        for recording in LongRecording.objects.filter(source_id=source.id).select_related("source"):
            counting.recount(recording, also=days)
    record(action="source.saved", subject_type="source", subject_id=source.id, data={"name": source.name})
    return source


@transaction.atomic
def archive_source(*, source_id: uuid.UUID, archived: bool = True) -> MonitoringSource:
    """Take a source out of the choices, or back; its recordings stay. Its folders are watched no more.

    Raises:
        NotFound: there is no such source here.
    """
    source = get_source(source_id)
    source.archived_at = timezone.now() if archived else None
    source.save(update_fields=["archived_at", "updated_at"])
    if archived:
        source.folders.update(enabled=False)
    record(
        action="source.archived" if archived else "source.restored",
        subject_type="source",
        subject_id=source.id,
        data={"name": source.name},
    )
    return source


def _days(source: MonitoringSource) -> set[counting.SourceDay]:
    found: set[counting.SourceDay] = set()
    for recording in LongRecording.objects.filter(source_id=source.id).select_related("source"):
        found |= counting.days_of(recording)
    return found
