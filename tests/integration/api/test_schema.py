"""The OpenAPI document and its page."""

import io
import json
import re

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver

from config.build_static import CHECKOUT

pytestmark = pytest.mark.django_db


def _schema():
    answer = Client().get("/api/schema/?format=json")
    assert answer.status_code == 200
    return json.loads(answer.content)


def test_the_schema_is_valid_and_complete_without_warnings(capsys):
    out = io.StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    assert out.getvalue().startswith("openapi: 3.1.0\n")


def test_every_endpoint_is_in_the_schema():
    endpoints = {
        f"/api/v1/{entry.pattern}".replace("<uuid:", "{").replace("<str:", "{").replace(">", "}")
        for resolver in get_resolver().url_patterns
        if str(resolver.pattern) == ""
        for version in getattr(resolver, "url_patterns", [])
        if str(version.pattern) == "api/v1/"
        for entry in version.url_patterns
    }
    assert "/api/v1/uploads/" in endpoints
    assert set(_schema()["paths"]) == endpoints - {"/api/v1/"}


def test_the_guide_names_every_endpoint_and_its_methods():
    guide = (CHECKOUT / "docs" / "api.md").read_text()
    listed = re.findall(r"`([^`\s]+)`((?: (?:GET|POST|PUT|PATCH|DELETE))+)", guide.partition("## Every endpoint")[2])
    told = {f"/api/v1/{re.sub('<[a-z]+>', '{}', path)}": set(methods.split()) for path, methods in listed}
    assert told == {
        re.sub(r"\{[a-z_]+\}", "{}", path): {name.upper() for name in operations if name != "parameters"}
        for path, operations in _schema()["paths"].items()
    }


def test_operations_say_how_errors_and_repeating_work():
    operation = _schema()["paths"]["/api/v1/uploads/"]["post"]
    assert {"X-Organisation", "Idempotency-Key"} <= {parameter["name"] for parameter in operation["parameters"]}
    assert "application/problem+json" in operation["responses"]["default"]["content"]
    assert operation["responses"]["202"]["headers"]["Location"]["schema"]["type"] == "string"
    assert operation["security"] == [{"apiKey": []}, {"session": []}]
    verify = _schema()["paths"]["/api/v1/verify/{code}/"]["get"]
    assert verify.get("security", [{}]) in ([], [{}])


def test_the_root_leads_everywhere():
    root = Client().get("/api/v1/").json()
    assert root["tracks"] == "/api/v1/tracks/"
    assert Client().get(root["schema"]).status_code == 200
    assert Client().get(root["documentation"]).status_code == 200


def test_the_documentation_keeps_the_strict_policy():
    answer = Client().get("/api/docs/")
    assert b"<script>" not in answer.content
    assert b"<style" not in answer.content
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy.split("style-src")[0]
