"""What must hold in production: no insecure start, strict headers on every page, friendly answers to expired forms."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from config.settings.guard import refuse_insecure_defaults
from tests.factories import PASSWORD, make_organisation, make_user, signed_in

ROOT = Path(__file__).parents[3]
GOOD_KEY = "k3y" * 20


class TestInsecureDefaults:
    @pytest.mark.parametrize(
        ("key", "hosts", "complaint"),
        [
            ("", ["descant.example"], "SECRET_KEY is missing or insecure"),
            (
                "insecure-development-key-never-use-in-production",
                ["descant.example"],
                "SECRET_KEY is missing or insecure",
            ),
            ("short", ["descant.example"], "SECRET_KEY is missing or insecure"),
            (GOOD_KEY, [], "ALLOWED_HOSTS must name"),
            (GOOD_KEY, ["*"], "ALLOWED_HOSTS must name"),
        ],
    )
    def test_are_refused_without_debug(self, key, hosts, complaint):
        with pytest.raises(ImproperlyConfigured, match=complaint):
            refuse_insecure_defaults(debug=False, secret_key=key, allowed_hosts=hosts)

    def test_pass_with_debug_and_good_values_pass_without(self):
        refuse_insecure_defaults(debug=True, secret_key="", allowed_hosts=[])
        refuse_insecure_defaults(debug=False, secret_key=GOOD_KEY, allowed_hosts=["descant.example"])

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("module", "environment", "starts"),
        [
            ("config.settings.dev", {"DEBUG": "0"}, False),
            ("config.settings.dev", {"DEBUG": "1"}, True),
            ("config.settings.prod", {}, False),
            ("config.settings.prod", {"SECRET_KEY": GOOD_KEY}, False),
            ("config.settings.prod", {"SECRET_KEY": GOOD_KEY, "ALLOWED_HOSTS": "descant.example"}, True),
        ],
    )
    def test_nothing_insecure_starts(self, module, environment, starts):
        kept = {
            name: value for name, value in os.environ.items() if name not in ("SECRET_KEY", "DEBUG", "ALLOWED_HOSTS")
        }
        ended = subprocess.run(
            [sys.executable, "-c", "import django; django.setup()"],
            cwd=ROOT, env={**kept, "DJANGO_SETTINGS_MODULE": module, **environment}, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip
        assert (ended.returncode == 0) is starts, ended.stderr[-500:]
        if not starts:
            assert "ImproperlyConfigured" in ended.stderr

    def test_the_test_settings_are_not_for_serving(self):
        assert settings.SECRET_KEY.startswith("insecure")
        with pytest.raises(ImproperlyConfigured):
            refuse_insecure_defaults(debug=False, secret_key=settings.SECRET_KEY, allowed_hosts=["x"])


class TestHeaders:
    def _policy(self, header: str) -> dict[str, list[str]]:
        return {part.split()[0]: part.split()[1:] for part in header.split(";") if part.strip()}

    @pytest.mark.django_db
    @pytest.mark.parametrize(
        "path", ["/", "/accounts/login/", "/accounts/signup/", "/no-such-page/", "/verify/", "/api/v1/"]
    )
    def test_every_answer_is_strict(self, client, path):
        response = client.get(path)
        policy = self._policy(response["Content-Security-Policy"])
        assert policy["default-src"] == ["'self'"]
        assert policy["object-src"] == ["'none'"]
        assert policy["frame-ancestors"] == ["'none'"]
        assert policy["form-action"] == ["'self'"]
        for directive in ("script-src", "style-src", "default-src", "connect-src"):
            assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:"} & set(policy[directive])
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["X-Frame-Options"] == "DENY"
        assert response["Referrer-Policy"] == "same-origin"

    @pytest.mark.django_db
    def test_no_page_has_an_inline_style_or_script(self):
        user = make_user(is_staff=True)
        label = make_organisation(owner=user)
        client, slug = signed_in(user), f"/o/{label.slug}"
        pages = ["/accounts/profile/", f"{slug}/", f"{slug}/members/", f"{slug}/settings/", f"{slug}/api-keys/"]
        pages += [f"{slug}/jobs/", f"{slug}/notifications/", f"{slug}/catalogue/tracks/", f"{slug}/registry/register/"]
        for page in pages:
            response = client.get(page)
            assert response.status_code == 200, page
            body = response.content.decode()
            assert re.findall(r"<[^>]+\sstyle=", body) == [], page
            assert re.findall(r"<[^>]+\son\w+=", body) == [], page
            scripts = re.findall(r"<script\b[^>]*>", body)
            assert [tag for tag in scripts if "src=" not in tag and "application/json" not in tag] == [], page

    @pytest.mark.django_db
    def test_cookies(self, client):
        user = make_user()
        client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
        session = client.cookies["sessionid"]
        assert (session["httponly"], session["samesite"]) == (True, "Lax")
        assert client.cookies["csrftoken"]["samesite"] == "Lax"


@pytest.mark.django_db
class TestExpiredForms:
    def test_a_form_with_an_old_token_says_what_to_do(self):
        user = make_user()
        label = make_organisation(owner=user)
        client = signed_in(user, enforce_csrf_checks=True)
        response = client.post(f"/o/{label.slug}/settings/", {"name": "New"})
        assert response.status_code == 403
        assert "403_csrf.html" in [template.name for template in response.templates]

    def test_a_log_in_with_an_old_token_as_well(self):
        response = Client(enforce_csrf_checks=True).post(
            "/accounts/login/", {"login": "a@example.org", "password": "x"}
        )
        assert response.status_code == 403
        assert "403_csrf.html" in [template.name for template in response.templates]

    def test_a_stranger_without_token_learns_nothing(self):
        label = make_organisation()
        response = signed_in(make_user(), enforce_csrf_checks=True).post(f"/o/{label.slug}/settings/", {"name": "New"})
        assert response.status_code == 404
