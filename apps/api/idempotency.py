"""``Idempotency-Key`` on POST: the same key and body has one effect and one answer.

A client that got no answer sends the request again with the same key. Keys are remembered for ``KEPT`` per
organisation and address. Only answers that had an effect are remembered: after an error the same key tries again.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request

from apps.api.models import IdempotentRequest
from apps.api.permissions import TenantPermission
from apps.core.problems import problem_response
from apps.tenancy.requests import TenantRequest

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"
KEPT = timedelta(days=7)
KEY_LENGTH = 255
KEPT_HEADERS = ("Content-Type", "Location")
API_ROOT = "/api/v1/"


class IdempotencyMiddleware:
    """Answers a repeated POST from memory. Stands inside the tenant's transaction.

    Two requests at once: the second waits at the unique index until the first has committed, then answers the same.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        remembered: IdempotentRequest | None = getattr(request, "idempotent_request", None)
        if remembered is not None and isinstance(response, HttpResponse):
            _settle(remembered, response)
        return response

    def process_view(
        self, http_request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Answer from memory, or remember the request and let the view run."""
        request = cast(TenantRequest, http_request)
        key = request.headers.get(HEADER)
        if key is None or request.method != "POST" or not request.path_info.startswith(API_ROOT):
            return None
        if not key.strip() or len(key) > KEY_LENGTH or not key.isprintable():
            return problem_response(400, "bad_idempotency_key", _("The Idempotency-Key has 1 to 255 printable signs."))
        view_class = getattr(view, "cls", None)
        if view_class is None or request.organisation is None or not _may(request, view_class):
            return None  # the view itself refuses
        return _begin(request, key)


def _may(request: TenantRequest, view_class: Any) -> bool:
    """A stored answer is given only to somebody who may ask for it now."""
    return TenantPermission().has_permission(Request(request), view_class)


def _begin(request: TenantRequest, key: str) -> HttpResponse | None:
    IdempotentRequest.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    fingerprint = _fingerprint(request)
    known, is_new = IdempotentRequest.objects.get_or_create(
        organisation=request.organisation, key=key, route=request.path_info[:500], defaults={"fingerprint": fingerprint}
    )
    if is_new:
        request.idempotent_request = known  # type: ignore[attr-defined]
        return None
    if known.fingerprint != fingerprint:
        return problem_response(
            422, "idempotency_key_reused", _("This Idempotency-Key was used with other content. Choose a new one.")
        )
    response = HttpResponse(known.body, status=known.status)
    for name, value in known.headers.items():
        response[name] = value
    response[REPLAYED_HEADER] = "true"
    return response


def _settle(remembered: IdempotentRequest, response: HttpResponse) -> None:
    """Keep the answer of a request that had its effect; an error has none, and is forgotten with all it wrote."""
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        transaction.set_rollback(True)
        return
    remembered.status = response.status_code
    remembered.headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    remembered.body = response.content.decode()
    remembered.save(update_fields=["status", "headers", "body", "updated_at"])


def _fingerprint(request: TenantRequest) -> str:
    """SHA-256 of the content: of the raw body, or of every field and file of a form with files."""
    digest = hashlib.sha256((request.content_type or "").encode())
    if request.content_type != "multipart/form-data":
        digest.update(request.body)
        return digest.hexdigest()
    for name, values in sorted(request.POST.lists()):
        digest.update(repr((name, values)).encode())
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            digest.update(repr((name, file.name, file.size)).encode())
            _feed(digest, file)
    return digest.hexdigest()


def _feed(digest: Any, file: UploadedFile) -> None:
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
