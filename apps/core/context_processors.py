"""What every template may rely on."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from apps.core.navigation import frame, navigation
from apps.core.preferences import theme_of


def site(request: HttpRequest) -> dict[str, Any]:
    """The organisation and membership of the request, its navigation and theme, and the address of the site."""
    return {
        "organisation": getattr(request, "organisation", None),
        "membership": getattr(request, "membership", None),
        "memberships": getattr(request, "memberships", []),
        "navigation": SimpleLazyObject(lambda: navigation(request)),
        "frame": SimpleLazyObject(lambda: frame(request)),
        "theme": theme_of(request),
        "site_url": settings.SITE_URL,
        "debug": settings.DEBUG,
    }
