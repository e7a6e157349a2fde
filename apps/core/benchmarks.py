"""What the benchmark commands share: each measures on services of its own, which are gone afterwards."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser


class BenchmarkCommand(BaseCommand):
    """Starts throw-away services, migrates them, and runs itself there with ``--inside``.

    A subclass names the options that go along in ``passed`` and measures in ``measure``.
    """

    requires_system_checks: list[str] = []
    passed: ClassVar[tuple[str, ...]] = ()
    environment: ClassVar[dict[str, str]] = {}
    """Variables that are set where the caller has not set them."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--inside", action="store_true", help="on the services of the environment (they are filled)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["inside"]:
            self.measure(options)
            return
        from config.devstack.services import EphemeralServices

        name = type(self).__module__.rsplit(".", 1)[-1]
        manage = [sys.executable, "manage.py"]
        with EphemeralServices() as services:
            environment = {
                **self.environment,
                **os.environ,
                **services.environment(),
                "DJANGO_SETTINGS_MODULE": "config.settings.test",
            }
            for command in (
                [*manage, "migrate", "--database", "owner", "--verbosity", "0"],
                [*manage, name, "--inside", *self._along(options)],
            ):
                subprocess.run(command, env=environment, cwd=settings.BASE_DIR, check=True)

    def measure(self, options: dict[str, Any]) -> None:
        """The benchmark itself, with the services of the environment."""
        raise NotImplementedError

    def say(self, line: str) -> None:
        """Print a line at once: a size may take minutes."""
        self.stdout.write(line)
        self.stdout.flush()

    def _along(self, options: dict[str, Any]) -> Iterator[str]:
        for name in self.passed:
            given = options[name]
            if given is None:
                continue
            yield f"--{name}"
            for value in given if isinstance(given, list) else [given]:
                yield str(value.resolve() if isinstance(value, Path) else value)
