"""Jobs and the clockwork of cases."""

import uuid
from contextlib import suppress

from celery import shared_task
from django.utils.translation import gettext_lazy as _

from apps.cases import archive, links, services, storage
from apps.cases.models import Case, CaseExport, CaseFile, ExportKind
from apps.cases.selectors import case_report, get_case
from apps.cases.services.cleanup import remove_old_exports
from apps.jobs.handlers import handler
from apps.jobs.models import Job
from apps.jobs.runner import JobRun
from apps.tenancy.context import bind


def _case_page(job: Job) -> str:
    return links.case_page(job.organisation, job.subject_id) if job.subject_id else ""


@handler("cases.freeze", queue="io", title=_("Evidence of a case"), link=_case_page)
def freeze(run: JobRun) -> None:
    """Copy our pictures of the match into a case that the other side opened."""
    with run.commit():
        services.freezing.freeze(case_id=uuid.UUID(run.args["case_id"]))


@handler("cases.receive_file", queue="io", title=_("File of a case"), link=_case_page)
def receive_file(run: JobRun) -> None:
    """Copy a file that the other side shared into our own storage."""
    file_id = uuid.UUID(run.args["file_id"])
    with run.transaction():
        row: CaseFile = CaseFile.objects.select_related("case").get(id=file_id)
        source = services.files.source_of(row)
    stored = None
    with suppress(FileNotFoundError):
        stored = storage.copy(source, organisation_id=run.organisation_id) if source else None
    try:
        with run.commit({"bytes": stored.size_bytes if stored else 0}):
            arrived = services.files.record_arrival(file_id=file_id, stored=stored)
        if stored and not arrived.is_stored:
            storage.remove([stored.key])
    except BaseException:
        storage.remove([stored.key] if stored else [])
        raise


@handler(
    services.exports.EXPORT,
    queue="io",
    title=_("Export of a case"),
    link=_case_page,
    on_abandoned=services.exports.abandon_export,
)
def make_export(run: JobRun) -> None:
    """Make a PDF or a ZIP of a case."""
    export_id = uuid.UUID(run.args["export_id"])
    with run.transaction():
        export: CaseExport = CaseExport.objects.get(id=export_id)
        report = case_report(get_case(export.case_id))
    if export.kind == ExportKind.PDF:
        stored = storage.store(archive.pdf(report, with_notes=export.with_notes), organisation_id=run.organisation_id)
    else:
        with archive.zipped(report, with_notes=export.with_notes) as packed:
            stored = storage.store_file(packed, organisation_id=run.organisation_id)
    try:
        with run.commit({"bytes": stored.size_bytes}):
            services.exports.record_made(export_id=export_id, stored=stored)
    except BaseException:
        storage.remove([stored.key])
        raise


@shared_task(name="cases.tend")
def tend() -> int:
    """Remind of deadlines, note missed ones, freeze what had to wait, drop old exports; in every organisation."""
    told = 0
    for organisation_id in services.deadlines.organisations_with_work():
        with bind(organisation_id):
            told += services.deadlines.remind_and_notice()
            for case_id in list(Case.objects.filter(frozen_at=None).values_list("id", flat=True)):
                services.freezing.freeze(case_id=case_id)
            remove_old_exports()
    return told


@shared_task(name="cases.clean")
def clean() -> int:
    """Delete stored files of cases that no row names, of every organisation."""
    removed = 0
    for organisation_id in storage.organisations_with_files():
        with bind(organisation_id):
            removed += services.remove_orphans()
    return removed
