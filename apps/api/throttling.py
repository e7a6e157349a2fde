"""How often a key or a person may call."""

from typing import TYPE_CHECKING

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

if TYPE_CHECKING:
    # Importing it loads the default permissions, which are in this very package.
    from rest_framework.views import APIView


class KeyThrottle(SimpleRateThrottle):
    """One budget per API key, or per signed-in person."""

    scope = "api"

    def get_cache_key(self, request: Request, view: "APIView") -> str:
        key = getattr(request._request, "api_key", None)
        ident = f"key-{key.pk}" if key else f"user-{request.user.pk}" if request.user else self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}
