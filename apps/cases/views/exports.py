"""Taking a case along, and checking its frozen evidence."""

import uuid

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.cases import downloads, selectors, services
from apps.cases.models import ExportKind
from apps.cases.views.common import to_case
from apps.tenancy.access import require_role
from apps.tenancy.requests import TenantRequest


@require_http_methods(["GET", "POST"])
def export(request: TenantRequest, slug: str, case_id: uuid.UUID) -> HttpResponse:
    """A short PDF or the data at once; anything long by a job."""
    require_role(request)
    case = selectors.get_case(case_id)
    kind, with_notes = request.POST.get("kind", ""), request.POST.get("with_notes") == "on"
    if request.method == "GET" or kind not in ("json", *ExportKind.values):
        return to_case(slug, case.id, "exports")
    if kind == "json":
        return downloads.data(selectors.case_report(case), with_notes=with_notes)
    if kind == ExportKind.PDF:
        at_once = downloads.short_pdf(case.id, with_notes=with_notes)
        if at_once is not None:
            return at_once
    services.exports.request_export(case_id=case.id, kind=kind, with_notes=with_notes)
    messages.info(request, _("The export is being made. You are told when it is ready."))
    return to_case(slug, case.id, "exports")


@require_GET
def download(request: TenantRequest, slug: str, case_id: uuid.UUID, export_id: uuid.UUID) -> HttpResponseBase:
    """An export that a job made."""
    require_role(request)
    return downloads.made(request, selectors.get_export(case_id, export_id))


@require_GET
def evidence(request: TenantRequest, slug: str, case_id: uuid.UUID) -> HttpResponse:
    """The frozen findings as they are stored."""
    require_role(request)
    return downloads.evidence(selectors.get_case(case_id))


@require_GET
def manifest(request: TenantRequest, slug: str, case_id: uuid.UUID) -> HttpResponse:
    """The list of frozen files that the digest covers."""
    require_role(request)
    return downloads.frozen_list(selectors.get_case(case_id))


@require_GET
def exhibit(request: TenantRequest, slug: str, case_id: uuid.UUID, exhibit_id: uuid.UUID) -> HttpResponseBase:
    """A frozen picture or excerpt."""
    require_role(request)
    return downloads.exhibit(request, selectors.get_exhibit(case_id, exhibit_id))


@require_http_methods(["GET", "POST"])
def verify(request: TenantRequest, slug: str, case_id: uuid.UUID) -> HttpResponse:
    """Compute all digests anew and say whether the evidence is what was frozen."""
    require_role(request)
    case = selectors.get_case(case_id)
    if request.method == "POST":
        found = services.freezing.verify(case_id=case.id)
        if found.is_unchanged:
            messages.success(request, _("Every digest was computed anew: the evidence is what was frozen."))
        else:
            messages.error(request, " ".join(found.problems))
    return to_case(slug, case.id, "evidence")
