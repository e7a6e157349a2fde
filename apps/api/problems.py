"""Errors as RFC 9457 problem details, whoever raises them."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import transaction
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response

from apps.core.errors import DomainError
from apps.core.problems import CONTENT_TYPE, problem_document, problem_response

API_PREFIX = "/api/"
# Codes and words for what Django itself answers, outside any API view.
PLAIN_CODES = {400: "bad_request", 401: "signed_out", 403: "forbidden", 404: "not_found", 405: "method_not_allowed"}
PLAIN_CODES |= {413: "too_large", 415: "unsupported_media_type"}


class ProblemMiddleware:
    """Below ``/api/`` every error is a problem document: unknown addresses, refused methods and crashes too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code < 400 or not request.path_info.startswith(API_PREFIX):
            return response
        if response.headers.get("Content-Type", "").startswith(CONTENT_TYPE):
            return response
        problem = problem_response(response.status_code, *_plain_words(response.status_code))
        for name in ("Allow", "Retry-After", "WWW-Authenticate"):
            if name in response.headers:
                problem[name] = response.headers[name]
        return problem


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """A problem document for every expected error; None (a plain 500) for the others. Rolls the request back."""
    document = _document(error)
    if document is None:
        return None
    if transaction.get_connection().in_atomic_block:
        transaction.set_rollback(True)
    return Response(document, status=document["status"], headers=_headers(error), content_type=CONTENT_TYPE)


def _headers(error: Exception) -> dict[str, str]:
    headers: dict[str, str] = {}
    if not isinstance(error, exceptions.APIException):
        return headers
    auth_header = getattr(error, "auth_header", None)
    if auth_header:
        headers["WWW-Authenticate"] = auth_header
    wait = getattr(error, "wait", None)
    if wait is not None:
        headers["Retry-After"] = str(max(1, math.ceil(wait)))
    return headers


def _document(error: Exception) -> dict[str, Any] | None:
    if isinstance(error, DomainError):
        document = problem_document(error.status, error.code, str(error.message))
        if error.fields:
            document["errors"] = {name: [str(text)] for name, text in error.fields.items()}
        return document
    if isinstance(error, exceptions.ValidationError):
        document = problem_document(422, "invalid_input", _("Some values are not valid."))
        document["errors"] = _field_errors(error.detail)
        return document
    if isinstance(error, exceptions.APIException):
        codes = error.get_codes()
        code = codes if isinstance(codes, str) else error.default_code
        return problem_document(error.status_code, code, str(error.detail))
    return _plain_document(error)


def _plain_document(error: Exception) -> dict[str, Any] | None:
    if isinstance(error, Http404):
        return problem_document(404, *_plain_words(404))
    if isinstance(error, PermissionDenied):
        return problem_document(403, *_plain_words(403))
    if isinstance(error, RequestDataTooBig):
        return problem_document(413, *_plain_words(413))
    if isinstance(error, SuspiciousOperation):
        return problem_document(400, *_plain_words(400))
    return None


def _field_errors(detail: Any) -> dict[str, Any]:
    """Messages by field; those that concern no field are under ``non_field_errors``."""
    return detail if isinstance(detail, dict) else {"non_field_errors": detail}


def _plain_words(status: int) -> tuple[str, str]:
    details = {
        400: _("The request can't be understood."),
        401: _("Sign in, or send an API key: Authorization: Bearer dsc_…"),
        403: _("You may not do this."),
        404: _("There is nothing at this address."),
        405: _("This address does not allow this method."),
        413: _("The request is too large."),
        415: _("Send JSON, or a form with files where files are expected."),
    }
    if status >= 500:
        return "internal_error", _("Something went wrong on our side. Nothing was changed: try again in a moment.")
    return PLAIN_CODES.get(status, "error"), details.get(status, _("The request was refused."))
