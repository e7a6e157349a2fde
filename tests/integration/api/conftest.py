"""Callers of the API: an organisation's key with all scopes, or a client of one's own choosing."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import ApiScope
from apps.accounts.services.api_keys import create_api_key
from apps.tenancy.context import bind


class Api:
    """A program with a key. Paths are below ``/api/v1/``; bodies are JSON unless ``files`` are given."""

    def __init__(self, organisation: Any, scopes: Sequence[str] = ApiScope.values) -> None:
        with bind(organisation.id):
            _key, secret = create_api_key(name="test", scopes=scopes)
        self.organisation = organisation
        self.client = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {secret}"}

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(_address(path), headers=self.headers | headers)

    def post(self, path: str, body: Any = None, *, files: dict[str, Any] | None = None, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if files is not None:
            return self.client.post(_address(path), {**(body or {}), **files}, headers=self.headers | named)
        return self.client.post(
            _address(path), body or {}, content_type="application/json", headers=self.headers | named
        )


def _address(path: str) -> str:
    return path if path.startswith("/") else f"/api/v1/{path}"


@pytest.fixture
def api() -> Callable[..., Api]:
    """``api(organisation)`` makes a caller with a key of that organisation."""
    return Api
