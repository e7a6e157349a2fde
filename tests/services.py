"""Starts one embedded PostgreSQL and Valkey for the test run, before Django reads its settings.

Loaded by ``-p tests.services`` (see pyproject.toml): pytest-django reads the settings before any conftest is imported.
"""

import os
import signal
from types import FrameType

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
    _end_in_good_order()
    _services = EphemeralServices().start()
    os.environ.update(_services.environment())
    files = _services.folder / "files"
    for name in ("static", "media", "segments"):
        (files / name).mkdir(parents=True)
    os.environ["TEST_FILES"] = str(files)
    os.environ["DESCANT_TEST_RUN"] = "1"


def _end_in_good_order() -> None:
    """Have SIGTERM end the run as Ctrl-C does: with fixtures taken down and the services' folder deleted."""
    own = os.getpid()

    def interrupt(signum: int, frame: FrameType | None) -> None:
        if os.getpid() == own:
            raise KeyboardInterrupt(f"signal {signum}")
        signal.signal(signum, signal.SIG_DFL)  # a forked child, which pytest knows nothing of
        os.kill(os.getpid(), signum)

    for signum in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, interrupt)


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
