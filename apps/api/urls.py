"""Addresses of the API: ``/api/v1/…`` from the apps, its schema and its documentation."""

from django.urls import URLPattern, URLResolver, include, path

from apps.api import views
from apps.cases import api_urls as cases
from apps.catalog import api_urls as catalog
from apps.jobs import api_urls as jobs
from apps.monitoring import api_urls as monitoring
from apps.rights import api_urls as rights

endpoints: list[URLPattern | URLResolver] = [
    path("", views.Root.as_view(), name="root"),
    *catalog.urlpatterns,
    *rights.urlpatterns,
    *monitoring.urlpatterns,
    *cases.urlpatterns,
    *jobs.urlpatterns,
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include((endpoints, "api"))),
    path("api/schema/", views.Schema.as_view(), name="api-schema"),
    path("api/docs/", views.docs, name="api-docs"),
]
