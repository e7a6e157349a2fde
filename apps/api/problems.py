"""Errors as RFC 9457 problem details."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response

from apps.core.errors import DomainError

CONTENT_TYPE = "application/problem+json"


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """A problem document for every expected error; None (a plain 500) for the others. Rolls the request back."""
    problem = _problem(error)
    if problem is None:
        return None
    if transaction.get_connection().in_atomic_block:
        transaction.set_rollback(True)
    headers = {}
    if isinstance(error, exceptions.APIException):
        if getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = error.auth_header
        if getattr(error, "wait", None):
            headers["Retry-After"] = str(int(error.wait))
    return Response(problem, status=problem["status"], headers=headers, content_type=CONTENT_TYPE)


def _problem(error: Exception) -> dict[str, Any] | None:
    if isinstance(error, DomainError):
        document = _document(error.status, error.code, str(error.message))
        if error.fields:
            document["errors"] = {name: [str(text)] for name, text in error.fields.items()}
        return document
    if isinstance(error, Http404):
        return _document(status.HTTP_404_NOT_FOUND, "not_found", "There is nothing at this address.")
    if isinstance(error, PermissionDenied):
        return _document(status.HTTP_403_FORBIDDEN, "forbidden", "You may not do this.")
    if isinstance(error, exceptions.ValidationError):
        document = _document(422, "invalid_input", "Some values are not valid.")
        document["errors"] = error.detail
        return document
    if isinstance(error, exceptions.APIException):
        return _document(error.status_code, error.default_code, str(error.detail))
    return None


def _document(status_code: int, code: str, detail: str) -> dict[str, Any]:
    titles = {400: "Bad request", 401: "Not signed in", 403: "Not allowed", 404: "Not found", 405: "Method not allowed"}
    titles |= {409: "Conflict", 413: "Too large", 415: "Unsupported media type", 422: "Not valid"}
    titles |= {429: "Too many requests", 503: "Unavailable"}
    return {
        "type": f"urn:descant:problem:{code}",
        "title": titles.get(status_code, "Error"),
        "status": status_code,
        "code": code,
        "detail": detail,
    }
