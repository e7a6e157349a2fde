"""Resolves the tenant of a request and runs the request in the tenant's transaction."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.module_loading import import_string

from apps.core.errors import DomainError
from apps.tenancy.context import bind
from apps.tenancy.models import Membership, Organisation
from apps.tenancy.selectors import memberships_of

TENANT_PREFIX = "/o/"
API_PREFIX = "/api/"
ORGANISATION_HEADER = "X-Organisation"


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

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.organisation = None
        request.membership = None
        request.memberships = []
        user_id = request.user.pk if request.user.is_authenticated else None
        if user_id:
            with bind(None, user_id=user_id):
                request.memberships = memberships_of(user_id)
        slug = _slug(request)
        if slug and not user_id:
            return redirect_to_login(request.get_full_path())
        if slug:
            self._enter(request, slug)
        elif not user_id or request.path.startswith(API_PREFIX):
            self._resolve(request)
        if request.content_type == "multipart/form-data":
            request.POST  # noqa: B018 – receive a slow upload before a transaction is open
        return self._respond(request, user_id)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if transaction.get_connection().in_atomic_block:
            transaction.set_rollback(True)
        return _DomainErrorResponse(exception) if isinstance(exception, DomainError) else None

    def _respond(self, request: HttpRequest, user_id: object) -> HttpResponseBase:
        organisation_id = request.organisation.id if request.organisation else None
        with bind(organisation_id, user_id=user_id):
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        if not isinstance(response, _DomainErrorResponse):
            return response
        with bind(organisation_id, user_id=user_id):
            return _error_page(request, response.error)

    def _enter(self, request: HttpRequest, slug: str) -> None:
        for membership in request.memberships:
            if membership.organisation.slug == slug:
                _set_tenant(request, membership.organisation, membership)
                return
        raise Http404

    def _resolve(self, request: HttpRequest) -> None:
        for path in settings.TENANT_RESOLVERS:
            organisation = import_string(path)(request)
            if organisation is not None:
                _set_tenant(request, organisation, None)
                return


def _slug(request: HttpRequest) -> str | None:
    if request.path.startswith(TENANT_PREFIX):
        return request.path.removeprefix(TENANT_PREFIX).split("/", 1)[0] or None
    if request.path.startswith(API_PREFIX) and request.user.is_authenticated:
        return request.headers.get(ORGANISATION_HEADER)
    return None


def _set_tenant(request: HttpRequest, organisation: Organisation, membership: Membership | None) -> None:
    request.organisation = organisation
    request.membership = membership


def _error_page(request: HttpRequest, error: DomainError) -> HttpResponse:
    template = "404.html" if error.status == 404 else "core/domain_error.html"
    if getattr(request, "htmx", False):
        template = "components/error_fragment.html"
    return render(request, template, {"error": error}, status=error.status)
