"""All addresses. What belongs to an organisation lies under ``/o/<slug>/``.

An app lists its own in ``urls.py``: ``tenant_patterns`` go below the organisation and carry the app's namespace,
``urlpatterns`` stand at the root and carry none.
"""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from apps.core import views as core

tenant_patterns: list[URLPattern | URLResolver] = []

urlpatterns: list[URLPattern | URLResolver] = [
    path("", core.landing, name="landing"),
    path("accounts/", include("allauth.urls")),
    path("staff/", admin.site.urls),
    path("o/<slug:slug>/", include(tenant_patterns)),
]
