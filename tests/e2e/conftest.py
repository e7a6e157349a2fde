"""A whole Descant beside the test: web and worker in processes of their own, on the run's embedded services."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from config.build_static import CHECKOUT
from config.devstack.ports import listen, local_address
from config.devstack.process import Child
from config.devstack.programs import application_programs
from tests.integration.registry.conftest import empty_registry

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Response

PATIENCE_MS = 90_000
# Playwright keeps an event loop in this thread, in which Django would refuse the test's own queries.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


@dataclass
class Site:
    """A running Descant; ``url`` has no slash at its end."""

    url: str
    programs: list[Child] = field(default_factory=list)

    def logs(self) -> str:
        return "\n".join(f"--- {child.program.name}\n{child.log_tail(30)}" for child in self.programs)


@pytest.fixture
def site(committed: None, settings: Any, tmp_path: Path) -> Iterator[Site]:
    """Web and worker under development settings; they share database, broker and files with the test."""
    assert (CHECKOUT / "static" / "dist" / "js" / "app.js").is_file(), "Build the static files first: make install"
    # The processes check passwords with the strong hashers only.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    listener = listen("127.0.0.1", 0)
    url = f"http://{local_address(listener)}"
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.dev",
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "REGISTRY_SEGMENT_DIR": str(settings.REGISTRY_SEGMENT_DIR),
        "SITE_URL": url,
        "DEBUG": "1",
    }
    programs = application_programs(listener=listener, env=env, logs=tmp_path, state=tmp_path, workers=1)
    running = Site(url, [Child(program) for program in programs if program.name != "beat"])
    try:
        for child in running.programs:
            child.start()
        for child in running.programs:
            child.wait_ready()
        yield running
    finally:
        for child in running.programs:
            child.stop()
        listener.close()
        # Entries of a test may have made-up fingerprints, which the next test's checks could not read.
        empty_registry()


@dataclass
class Visitor:
    """A browser page that remembers what went wrong in it."""

    page: "Page"
    site: Site
    complaints: list[str] = field(default_factory=list)

    def sign_in(self, email: str, password: str) -> None:
        self.page.goto(f"{self.site.url}/accounts/login/")
        self.page.fill("[name=login]", email)
        self.page.fill("[name=password]", password)
        self.page.click("main button[type=submit]")
        self.page.wait_for_url("**/o/**")


@pytest.fixture
def visit(browser: "Browser", site: Site) -> Iterator[Callable[[], Visitor]]:
    """``visit()`` opens a browser of its own; console errors and broken policies end the test."""
    visitors: list[Visitor] = []

    def make() -> Visitor:
        page = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB").new_page()
        page.set_default_timeout(PATIENCE_MS)
        visitor = Visitor(page, site)

        def on_console(message: "ConsoleMessage") -> None:
            if message.type == "error":
                visitor.complaints.append(f"console: {message.text}")

        def on_response(response: "Response") -> None:
            if response.status >= 400:
                visitor.complaints.append(f"{response.status} {response.url}")

        page.on("console", on_console)
        page.on("pageerror", lambda error: visitor.complaints.append(f"error: {error}"))
        page.on("response", on_response)
        visitors.append(visitor)
        return visitor

    yield make
    for visitor in visitors:
        visitor.page.context.close()
        assert visitor.complaints == [], "The browser complained"
