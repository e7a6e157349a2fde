"""Addresses of long work."""

from django.urls import URLPattern, path

from apps.jobs import views

tenant_patterns: list[URLPattern] = [
    path("jobs/", views.overview, name="list"),
    path("jobs/menu/", views.menu, name="menu"),
    path("jobs/<uuid:job_id>/", views.detail, name="detail"),
    path("jobs/<uuid:job_id>/card/", views.card, name="card"),
    path("jobs/<uuid:job_id>/cancel/", views.cancel, name="cancel"),
    path("jobs/<uuid:job_id>/retry/", views.retry, name="retry"),
]
