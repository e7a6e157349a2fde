"""What every template may rely on."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """The organisation and membership of the request, and the address of the site."""
    return {
        "organisation": getattr(request, "organisation", None),
        "membership": getattr(request, "membership", None),
        "memberships": getattr(request, "memberships", []),
        "site_url": settings.SITE_URL,
        "debug": settings.DEBUG,
    }
