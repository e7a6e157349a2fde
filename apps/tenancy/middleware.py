"""Resolves the tenant of a request and runs the request in the tenant's transaction."""

import uuid
import zoneinfo
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from apps.core.errors import DomainError, NotFound
from apps.core.problems import problem_response
from apps.tenancy.context import bind
from apps.tenancy.models import Membership, Organisation
from apps.tenancy.requests import TenantRequest, prepare
from apps.tenancy.selectors import memberships_of

TENANT_PREFIX = "/o/"
API_PREFIX = "/api/"
ORGANISATION_HEADER = "X-Organisation"
LAST_ORGANISATION = "last_organisation"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class _DomainErrorResponse(HttpResponse):
    """Stands for an error until the transaction that it broke is rolled back and a page can be rendered."""

    def __init__(self, error: DomainError) -> None:
        super().__init__(status=error.status)
        self.error = error


class TenantMiddleware:
    """Binds the tenant for the whole of ``get_response``: a template response renders late.

    ``/o/<slug>/…`` is open to members only, and answers 404 to everybody else. A response of 500 and above, and any
    exception, rolls the transaction back.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, http_request: HttpRequest) -> HttpResponseBase:
        request = prepare(http_request)
        user_id: uuid.UUID | None = request.user.pk if request.user.is_authenticated else None
        if user_id:
            with bind(None, user_id=user_id):
                request.memberships = memberships_of(user_id)
        slug = _slug(request)
        if slug and not user_id:
            return _signed_out(request)
        if slug and not self._enter(request, slug):
            return _unknown_organisation(request)
        if not slug and request.path.startswith(API_PREFIX):
            self._resolve(request)
        if request.content_type == "multipart/form-data":
            request.POST  # noqa: B018 – receive a slow upload before a transaction is open
        with timezone.override(_time_zone(request)):
            return self._respond(request, user_id)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if transaction.get_connection().in_atomic_block:
            transaction.set_rollback(True)
        return _DomainErrorResponse(exception) if isinstance(exception, DomainError) else None

    def _respond(self, request: TenantRequest, user_id: uuid.UUID | None) -> HttpResponseBase:
        organisation_id = request.organisation.id if request.organisation else None
        with bind(organisation_id, user_id=user_id):
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        if not isinstance(response, _DomainErrorResponse):
            return response
        with bind(organisation_id, user_id=user_id):
            return _error_page(request, response.error)

    def _enter(self, request: TenantRequest, slug: str) -> bool:
        for membership in request.memberships:
            if membership.organisation.slug == slug:
                _set_tenant(request, membership.organisation, membership)
                _remember(request, slug)
                return True
        return False

    def _resolve(self, request: TenantRequest) -> None:
        for path in settings.TENANT_RESOLVERS:
            organisation = import_string(path)(request)
            if organisation is not None:
                _set_tenant(request, organisation, None)
                return


def _slug(request: TenantRequest) -> str | None:
    if request.path_info.startswith(TENANT_PREFIX):
        return request.path_info.removeprefix(TENANT_PREFIX).split("/", 1)[0] or None
    if request.path_info.startswith(API_PREFIX) and request.user.is_authenticated:
        return request.headers.get(ORGANISATION_HEADER)
    return None


def _set_tenant(request: TenantRequest, organisation: Organisation, membership: Membership | None) -> None:
    request.organisation = organisation
    request.membership = membership


def _remember(request: TenantRequest, slug: str) -> None:
    """Where ``home`` leads next time; written only when it changes."""
    if request.session.get(LAST_ORGANISATION) != slug:
        request.session[LAST_ORGANISATION] = slug


def _time_zone(request: TenantRequest) -> zoneinfo.ZoneInfo | None:
    """The organisation's own; None is the site's."""
    if request.organisation is None:
        return None
    try:
        return zoneinfo.ZoneInfo(request.organisation.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return None


def wants_fragment(request: TenantRequest) -> bool:
    """Whether a script asked: htmx, ``fetch`` or a caller of JSON, which can't follow a redirect to a log-in page."""
    asked_by_script = request.headers.get("Sec-Fetch-Mode", "navigate") not in ("navigate", "")
    json = "application/json" in request.headers.get("Accept", "")
    boosted = request.headers.get("HX-Boosted") == "true" and request.method in SAFE_METHODS
    from_htmx = request.headers.get("HX-Request") == "true" and not boosted
    by_name = request.headers.get("X-Requested-With") is not None
    return from_htmx or json or by_name or (asked_by_script and not boosted)


def _signed_out(request: TenantRequest) -> HttpResponse:
    """Ask for a log-in without losing what was typed.

    A script gets 401 and keeps its form. A browser is sent to the log-in page, which leads back to the page that it
    asked for, or, after a form, to the page that held the form (where the browser restores what was typed).
    """
    if wants_fragment(request):
        message = _("Your session has ended. Sign in again: what you typed is still here.")
        return problem_response(401, "signed_out", message)
    return redirect_to_login(_way_back(request))


def _way_back(request: TenantRequest) -> str:
    if request.method in SAFE_METHODS:
        return request.get_full_path()
    referrer = urlsplit(request.headers.get("Referer", ""))
    if referrer.path.startswith("/") and referrer.netloc == request.get_host():
        return f"{referrer.path}?{referrer.query}" if referrer.query else referrer.path
    return reverse("home")


def _unknown_organisation(request: TenantRequest) -> HttpResponse:
    error = NotFound(_("This page does not exist, or you may not see it."))
    if request.path_info.startswith(API_PREFIX):
        return problem_response(error.status, error.code, str(error.message))
    raise Http404


def _error_page(request: TenantRequest, error: DomainError) -> HttpResponse:
    if "application/json" in request.headers.get("Accept", ""):
        return problem_response(error.status, error.code, str(error.message))
    template = "404.html" if error.status == 404 else "core/domain_error.html"
    if request.htmx and not request.htmx.boosted:
        template = "components/error_fragment.html"
    return render(request, template, {"error": error}, status=error.status)
