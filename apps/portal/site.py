"""The admin site of the platform's staff."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _


class PortalSite(admin.AdminSite):
    """Open to active staff only; every model admin in it reads and writes through the ``platform`` alias."""

    site_header = _("Descant staff portal")
    site_title = _("Descant staff portal")
    index_title = _("Platform")

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_staff)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one log-in page for all; who is signed in and no staff finds nothing here."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise Http404
        return redirect_to_login(request.get_full_path())
