"""Starts one embedded PostgreSQL and Valkey for the test run, before Django reads its settings.

Loaded by ``-p tests.services`` (see pyproject.toml): pytest-django reads the settings before any conftest is imported.
"""

import os

import pytest

from config.devstack.services import EphemeralServices

_services: EphemeralServices | None = None


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Start the services."""
    global _services
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
    if "DESCANT_TEST_RUN" in os.environ:
        return
    _services = EphemeralServices().start()
    os.environ.update(_services.environment())
    os.environ["DESCANT_TEST_RUN"] = "1"


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop them with the run."""
    global _services
    if _services is not None:
        _services.stop()
        _services = None


def services() -> EphemeralServices:
    """The services of this run."""
    assert _services is not None, "Run without -n: this test needs the process that owns the services."
    return _services
