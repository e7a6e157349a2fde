"""Views that only tests have: each writes first, and then goes wrong in its own way."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone

from apps.audit.services import record
from apps.core.errors import Conflict, NotFound
from apps.jobs.models import Job
from apps.tenancy.access import require_role
from apps.tenancy.requests import TenantRequest
from config.urls import urlpatterns as site


def _write(request: TenantRequest, slug: str, then: str) -> HttpResponse:
    require_role(request, "editor")
    record(action="probe.written")
    if then == "ok":
        return HttpResponse("ok")
    if then == "500":
        return HttpResponse("broken", status=500)
    if then == "crash":
        raise ZeroDivisionError
    if then == "missing":
        raise Http404
    if then == "not_found":
        raise NotFound("There is no such thing.")
    if then == "conflict":
        raise Conflict("Somebody was faster: look again.", code="too_late")
    return redirect("landing")


def _late(request: TenantRequest, slug: str) -> HttpResponse:
    """Its query runs while the response is rendered, after the view."""
    require_role(request)
    return TemplateResponse(request, "probe/late.html", {"jobs": Job.objects.all()})


def _clock(request: TenantRequest, slug: str) -> HttpResponse:
    require_role(request)
    return HttpResponse(timezone.get_current_timezone_name())


urlpatterns = [
    path("o/<slug:slug>/probe/late/", _late),
    path("o/<slug:slug>/probe/clock/", _clock),
    path("o/<slug:slug>/probe/<str:then>/", _write),
    *site,
]
