"""The staff portal: Django's admin on the platform's own database alias."""

from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    default_site = "apps.portal.site.PortalSite"
