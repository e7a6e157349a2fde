"""Browser tests: they run where Chromium is installed, and say so where it is not.

A plug-in (``-p tests.browser``). Tests marked ``e2e`` get the fixture ``browser``; Chromium is the machine's own,
driven by the playwright wheel, so nothing is downloaded. ``DESCANT_REQUIRE_BROWSER=1`` turns a missing Chromium into a
failure.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW_TO_INSTALL = "sudo apt install chromium fonts-noto-cjk"
_not_run = pytest.StashKey[int]()


def find_chromium() -> Path | None:
    """The machine's Chromium (or Chrome), or None. CHROMIUM in the environment names another."""
    named = os.environ.get("CHROMIUM")
    if named:
        return Path(named) if os.access(named, os.X_OK) else None
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return Path(found) if found else None


def browser_is_required() -> bool:
    """Whether a missing Chromium is a failure."""
    return os.environ.get("DESCANT_REQUIRE_BROWSER", "") not in {"", "0"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip browser tests without a browser, unless they are required."""
    browser_tests = [item for item in items if item.get_closest_marker("e2e")]
    if not browser_tests or find_chromium() is not None:
        return
    if browser_is_required():
        raise pytest.UsageError(
            f"DESCANT_REQUIRE_BROWSER is set, but there is no Chromium for {len(browser_tests)} browser tests. "
            f"Install it: {HOW_TO_INSTALL}"
        )
    config.stash[_not_run] = len(browser_tests)
    for item in browser_tests:
        item.add_marker(pytest.mark.skip(reason="no Chromium"))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> Iterator[None]:
    """Say at the very end how many browser tests did not run."""
    yield
    count = config.stash.get(_not_run, 0)
    if count:
        terminalreporter.write_line("")
        terminalreporter.write_line(
            f"{count} browser tests did not run, because Chromium is not installed. To run them: {HOW_TO_INSTALL}",
            yellow=True,
        )


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """One headless Chromium for the run."""
    from playwright.sync_api import sync_playwright

    path = find_chromium()
    assert path is not None, f"No Chromium. Install it: {HOW_TO_INSTALL}"
    with sync_playwright() as playwright:
        # Its sandbox does not work for root, and shared memory is small in containers.
        arguments = ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        chromium = playwright.chromium.launch(executable_path=str(path), args=arguments)
        yield chromium
        chromium.close()
