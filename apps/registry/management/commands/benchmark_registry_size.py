"""``manage.py benchmark_registry_size``: bytes in PostgreSQL for an hour of audio, by the size of the registry."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Measure what the registry takes on disk as it stands, on services of its own."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tracks", type=int, nargs="+", default=[100, 1_000], help="sizes of the registry")
        parser.add_argument("--music", type=Path, help="folder of recordings to begin with; the demo's without it")
        parser.add_argument(
            "--inside", action="store_true", help="on the services of the environment (they are filled)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["inside"]:
            self._measure(options)
            return
        from config.devstack.services import EphemeralServices

        with EphemeralServices() as services:
            environment = {**os.environ, **services.environment(), "DJANGO_SETTINGS_MODULE": "config.settings.test"}
            manage = [sys.executable, "manage.py"]
            inside = [*manage, "benchmark_registry_size", "--inside", "--tracks", *map(str, options["tracks"])]
            if options["music"]:
                inside += ["--music", str(options["music"].resolve())]
            for command in ([*manage, "migrate", "--database", "owner", "--verbosity", "0"], inside):
                subprocess.run(command, env=environment, cwd=settings.BASE_DIR, check=True)

    def _measure(self, options: dict[str, Any]) -> None:
        from apps.registry.tasks.benchmark import run
        from apps.tenancy.models import Organisation

        owner = Organisation(name="Filler", slug=f"filler-{os.getpid()}")
        owner.save(using="platform")
        run(owner.id, options["tracks"], options["music"], self._say)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
