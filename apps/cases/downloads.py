"""Files that people and programs fetch from a case. Private, never cached by others, never run by a browser."""

import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from apps.cases import archive
from apps.cases.models import Case, CaseExport, CaseFile, Exhibit, ExportKind
from apps.cases.selectors import CaseReport, case_report, get_case
from apps.cases.services import exports
from apps.cases.services.freezing import exhibit_name, manifest
from apps.cases.snapshot import canonical
from apps.core.errors import Conflict, NotFound
from apps.core.serving import StoredFile, serve

PRIVATE = "private, no-store"
MEDIA = {ExportKind.PDF: "application/pdf", ExportKind.ZIP: "application/zip"}
SHOWN_INLINE = ("image/png", "audio/mpeg", "audio/ogg", "audio/wav", "audio/mp4")


def case_file(request: HttpRequest, row: CaseFile) -> HttpResponseBase:
    """A file of a case, for saving.

    Raises:
        NotFound: it has not arrived, or storage does not have it any more.
    """
    if not row.is_stored:
        raise NotFound(_("This file has not arrived yet. Look again in a minute."), code="not_arrived")
    stored = StoredFile(row.storage_key, row.media_type, row.filename, version=row.sha256, inline=False)
    return serve(request, stored)


def exhibit(request: HttpRequest, row: Exhibit) -> HttpResponseBase:
    """A frozen picture, excerpt or list of landmarks."""
    inline = row.media_type in SHOWN_INLINE
    stored = StoredFile(row.storage_key, row.media_type, exhibit_name(row), version=row.sha256, inline=inline)
    return serve(request, stored)


def evidence(case: Case) -> HttpResponse:
    """The frozen findings, byte for byte as their digest covers them."""
    return _attached(case.evidence.encode(), "application/json", f"case-{case.reference}-evidence.json")


def frozen_list(case: Case) -> HttpResponse:
    """The list of frozen files, byte for byte as the case's digest covers it."""
    return _attached(
        manifest(case, list(Exhibit.objects.filter(case_id=case.id))).encode(),
        "application/json",
        f"case-{case.reference}-manifest.json",
    )


def data(report: CaseReport, *, with_notes: bool) -> HttpResponse:
    """The case as JSON. Side effect: an entry in the audit trail."""
    exports.record_export(report.case.id, "json", with_notes=with_notes)
    content = canonical(archive.as_data(report, with_notes=with_notes)).encode()
    return _attached(content, "application/json", f"case-{report.case.reference}.json")


def short_pdf(case_id: uuid.UUID, *, with_notes: bool) -> HttpResponse | None:
    """The case as PDF at once; None when it is so long that a job should make it. Side effect: an audit entry."""
    if exports.is_long(case_id):
        return None
    case = get_case(case_id)
    exports.record_export(case.id, ExportKind.PDF.value, with_notes=with_notes)
    content = archive.pdf(case_report(case), with_notes=with_notes)
    return _attached(content, MEDIA[ExportKind.PDF], f"case-{case.reference}.pdf")


def made(request: HttpRequest, row: CaseExport) -> HttpResponseBase:
    """An export that a job made.

    Raises:
        Conflict: it is not ready.
    """
    if not row.storage_key:
        raise Conflict(_("This export is not ready. Look again in a minute, or ask for it again."), code="not_ready")
    name = f"case-{row.case.reference}.{row.kind}"
    kind = ExportKind(row.kind)
    return serve(request, StoredFile(row.storage_key, MEDIA[kind], name, version=row.sha256, inline=False))


def _attached(content: bytes, media_type: str, filename: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = content_disposition_header(True, filename) or "attachment"
    response["Cache-Control"] = PRIVATE
    return response
