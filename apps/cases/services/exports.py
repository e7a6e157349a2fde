"""Exports of a case that take long: asked for here, made by a job."""

import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.services import notify
from apps.audit.services import record
from apps.cases import messages, storage
from apps.cases.links import case_page
from apps.cases.models import CaseExport, Entry, Exhibit, ExportKind, ExportState
from apps.cases.selectors.cases import get_case
from apps.core.errors import InvalidInput
from apps.core.ids import uuid7
from apps.jobs.models import Job
from apps.jobs.services import Subject, submit
from apps.tenancy.context import current_user_id

EXPORT = "cases.export"
SHORT_ENTRIES, SHORT_PICTURES = 150, 16


def is_long(case_id: uuid.UUID) -> bool:
    """Whether a PDF of the case takes too long for one request."""
    pictures = Exhibit.objects.filter(case_id=case_id, media_type="image/png").count()
    return Entry.objects.filter(case_id=case_id).count() > SHORT_ENTRIES or pictures > SHORT_PICTURES


@transaction.atomic
def request_export(*, case_id: uuid.UUID, kind: str, with_notes: bool = False) -> CaseExport:
    """Have an export made by a job (``export.job``). Side effects: a row, a job, audit.

    Raises:
        NotFound: there is no such case here.
        InvalidInput: unknown kind.
    """
    case = get_case(case_id)
    if kind not in ExportKind.values:
        message = _("Choose PDF or ZIP.")
        raise InvalidInput(message, fields={"kind": message})
    export: CaseExport = CaseExport.objects.create(
        id=uuid7(), case=case, kind=kind, with_notes=with_notes, requested_by_id=current_user_id()
    )
    export.job = submit(
        kind=EXPORT, args={"export_id": str(export.id)}, key=str(export.id), subject=Subject("case", case.id)
    )
    export.save(update_fields=["job", "updated_at"])
    record_export(case.id, kind, with_notes=with_notes)
    return export


def record_export(case_id: uuid.UUID, kind: str, *, with_notes: bool) -> None:
    """That somebody took a case out of Descant."""
    record(
        action="case.exported", subject_type="case", subject_id=case_id, data={"kind": kind, "with_notes": with_notes}
    )


def record_made(*, export_id: uuid.UUID, stored: storage.Stored) -> CaseExport:
    """An export is ready. Runs in the job's last transaction."""
    export: CaseExport = CaseExport.objects.select_related("case__organisation").get(id=export_id)
    export.state, export.storage_key = ExportState.READY, stored.key
    export.size_bytes, export.sha256 = stored.size_bytes, stored.sha256
    export.save()
    case = export.case
    notify(
        kind="case.export_ready",
        text=messages.EXPORT_READY,
        params={"title": case.own_title},
        link=f"{case_page(case.organisation, case.id)}#exports",
        recipient_id=export.requested_by_id,
    )
    return export


def abandon_export(job: Job) -> None:
    """The job of an export failed or was cancelled."""
    CaseExport.objects.filter(id=job.args["export_id"]).update(state=ExportState.FAILED)
