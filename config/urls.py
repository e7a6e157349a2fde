"""All addresses. What belongs to an organisation lies under ``/o/<slug>/``.

An app lists its own in ``urls.py``: ``tenant_patterns`` go below the organisation, ``root_patterns`` beside it; both
carry the app's namespace. ``urlpatterns`` stand at the root and carry none.
"""

from collections.abc import Sequence

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from apps.accounts import urls as accounts_urls
from apps.api import urls as api_urls
from apps.cases import urls as cases_urls
from apps.catalog import urls as catalog_urls
from apps.core import styleguide
from apps.core import views as core
from apps.core.preferences import preferences
from apps.jobs import urls as jobs_urls
from apps.monitoring import urls as monitoring_urls
from apps.rights import urls as rights_urls

Patterns = Sequence[URLPattern | URLResolver]


def room(namespace: str, tenant: Patterns, root: Patterns = ()) -> URLResolver:
    """One app's addresses under one namespace (Django knows a namespace only once)."""
    return path("", include(([path("o/<slug:slug>/", include(list(tenant))), *root], namespace)))


urlpatterns: list[URLPattern | URLResolver] = [
    path("", core.landing, name="landing"),
    path("favicon.ico", core.favicon, name="favicon"),
    path("preferences/", preferences, name="preferences"),
    path("", include(accounts_urls.urlpatterns)),
    path("accounts/", include("allauth.urls")),
    path("staff/", admin.site.urls),
    room("tenancy", accounts_urls.organisation_tenant_patterns, accounts_urls.organisation_root_patterns),
    room("accounts", accounts_urls.tenant_patterns, accounts_urls.root_patterns),
    room("jobs", jobs_urls.tenant_patterns),
    room("catalog", catalog_urls.tenant_patterns),
    room("rights", rights_urls.tenant_patterns),
    room("monitoring", monitoring_urls.tenant_patterns),
    room("cases", cases_urls.tenant_patterns),
    path("", include(rights_urls.urlpatterns)),
    path("", include(api_urls.urlpatterns)),
]

if settings.DEBUG:
    urlpatterns += styleguide.urlpatterns
