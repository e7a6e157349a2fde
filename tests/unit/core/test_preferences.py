"""Theme, language and the rail."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from apps.core.navigation import frame, navigation
from apps.core.preferences import preferences, theme_of


class Person:
    is_authenticated = True
    theme = "dark"
    saved: tuple = ()

    def save(self, update_fields):
        self.saved = tuple(update_fields)


def post(data, user=None, **headers):
    request: Any = RequestFactory().post("/preferences/", data, headers=headers)
    request.user = user or AnonymousUser()
    return preferences(request)


def test_a_theme_is_kept_in_cookie_and_profile():
    person = Person()
    answer = post({"theme": "light", "next": "/o/a/"}, person)
    assert answer.status_code == 302
    assert answer["Location"] == "/o/a/"
    assert answer.cookies["theme"].value == "light"
    assert person.theme == "light"
    assert person.saved == ("theme",)


def test_a_language_is_kept_for_strangers_too():
    answer = post({"language": "zh-hans"})
    assert answer.cookies["django_language"].value == "zh-hans"


@pytest.mark.parametrize("data", [{"theme": "neon"}, {"language": "xx"}, {}])
def test_unknown_values_change_nothing(data):
    person = Person()
    assert post(data, person).cookies == {}
    assert person.saved == ()


def test_it_never_leads_to_another_site():
    assert post({"theme": "dark", "next": "https://example.org/"})["Location"] == "/"
    assert post({"theme": "dark"}, accept="application/json").status_code == 204


@pytest.mark.parametrize(
    ("cookie", "profile", "theme"),
    [(None, "dark", "dark"), ("light", "dark", "light"), ("system", "dark", ""), ("x", "", "")],
)
def test_the_cookie_wins_over_the_profile(cookie, profile, theme):
    request: Any = RequestFactory().get("/")
    request.user = SimpleNamespace(theme=profile)
    if cookie:
        request.COOKIES["theme"] = cookie
    assert theme_of(request) == theme


def rail(path, role="owner", kind="label"):
    request: Any = RequestFactory().get(path)
    request.organisation = SimpleNamespace(slug="aurora", kind=kind)
    request.membership = SimpleNamespace(role=role)
    return navigation(request)


def test_the_rail_marks_where_one_is():
    places = rail("/o/aurora/members/")
    current = [place.label for place in places if place.current]
    assert current == ["Settings"]
    assert [entry.label for entry in places[-1].entries if entry.current] == ["Members"]


def test_keys_are_for_administrators():
    def settings(role):
        return [entry.label for entry in rail("/o/aurora/", role)[-1].entries]

    assert "API keys" in settings("admin")
    assert "API keys" not in settings("editor")


def test_nothing_without_an_organisation():
    request: Any = RequestFactory().get("/")
    request.organisation = None
    assert navigation(request) == []
    assert frame(request).jobs == ""
