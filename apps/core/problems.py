"""Problem documents (RFC 9457): the shape of every error that a program sees."""

from typing import Any

from django.http import JsonResponse
from django.utils.translation import gettext_lazy as _

CONTENT_TYPE = "application/problem+json"

TITLES = {
    400: _("Bad request"),
    401: _("Not signed in"),
    403: _("Not allowed"),
    404: _("Not found"),
    405: _("Method not allowed"),
    409: _("Conflict"),
    413: _("Too large"),
    415: _("Unsupported media type"),
    422: _("Not valid"),
    429: _("Too many requests"),
    503: _("Unavailable"),
}


def problem_document(status: int, code: str, detail: str) -> dict[str, Any]:
    """One problem; ``code`` is its stable machine-readable name."""
    return {
        "type": f"urn:descant:problem:{code}",
        "title": str(TITLES.get(status, _("Error"))),
        "status": status,
        "code": code,
        "detail": detail,
    }


def problem_response(status: int, code: str, detail: str) -> JsonResponse:
    """A problem document as a response of Django's own."""
    return JsonResponse(problem_document(status, code, detail), status=status, content_type=CONTENT_TYPE)
