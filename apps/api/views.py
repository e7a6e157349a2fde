"""The API's own pages: its root, its schema, and documentation that people read."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

NOUNS = (
    ("tracks", "api:tracks"),
    ("works", "api:works"),
    ("artists", "api:artists"),
    ("releases", "api:releases"),
    ("uploads", "api:uploads"),
    ("checks", "api:checks"),
    ("matches", "api:matches"),
    ("registrations", "api:registrations"),
    ("thresholds", "api:thresholds"),
    ("cases", "api:cases"),
    ("jobs", "api:jobs"),
)


class Root(APIView):
    """Where everything is."""

    permission_classes = [AllowAny]
    throttle_classes: list[Any] = []

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        addresses = {noun: reverse(name) for noun, name in NOUNS}
        return Response({**addresses, "schema": reverse("api-schema"), "documentation": reverse("api-docs")})


class Schema(SpectacularAPIView):
    """The OpenAPI document; open to everybody, as it tells nothing of anybody's data."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    throttle_classes: list[Any] = []


@require_GET
def docs(request: HttpRequest) -> HttpResponse:
    """Documentation that people read, drawn from the schema in the browser, under the site's own strict CSP."""
    return render(request, "api/docs.html")
