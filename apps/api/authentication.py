"""Who calls the API: a program with a key, or a signed-in member who names an organisation.

The tenant middleware has resolved both before the view runs; these classes only report the result.
"""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apps.accounts.models import ApiKey, User


class ApiKeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer dsc_…``."""

    def authenticate(self, request: Request) -> tuple[User | None, ApiKey] | None:
        if not request.headers.get("Authorization", "").startswith("Bearer "):
            return None
        key = getattr(request._request, "api_key", None)
        if key is None:
            raise AuthenticationFailed(_("This API key does not exist or was revoked."))
        return key.created_by, key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class OrganisationSessionAuthentication(SessionAuthentication):
    """The browser's session plus the header ``X-Organisation: <slug>``."""


class ApiKeyScheme(OpenApiAuthenticationExtension):
    target_class = "apps.api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "An organisation's API key."}


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "apps.api.authentication.OrganisationSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "The browser's session, with the header X-Organisation.",
        }
