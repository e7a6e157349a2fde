"""All addresses. What belongs to an organisation lies under ``/o/<slug>/``."""

from django.contrib import admin
from django.urls import include, path

from apps.core import views as core

tenant_patterns: list = []

urlpatterns = [
    path("", core.landing, name="landing"),
    path("accounts/", include("allauth.urls")),
    path("staff/", admin.site.urls),
    path("o/<slug:slug>/", include(tenant_patterns)),
]
