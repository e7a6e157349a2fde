"""The admin site of the platform's staff."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class PortalSite(admin.AdminSite):
    """Open to active staff only; every model admin in it reads through the ``platform`` alias."""

    site_header = _("Descant staff portal")
    site_title = _("Descant staff portal")

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_staff)
