"""``manage.py benchmark_monitoring``: seconds to listen to long recordings, by their length and the registry's size."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Measure how long listening to made-up broadcasts takes, and how right their cue sheets are."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--hours", type=float, nargs="+", default=[1.0], help="lengths of the broadcasts")
        parser.add_argument("--tracks", type=int, nargs="+", default=[200, 2_000], help="sizes of the registry")
        parser.add_argument("--music", type=Path, help="folder of recordings to play; the demo's music without it")
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
            environment.setdefault("MONITORING_CHUNKS_AT_ONCE", "2")
            manage = [sys.executable, "manage.py"]
            inside = [*manage, "benchmark_monitoring", "--inside"]
            inside += ["--hours", *map(str, options["hours"]), "--tracks", *map(str, options["tracks"])]
            if options["music"]:
                inside += ["--music", str(options["music"].resolve())]
            for command in ([*manage, "migrate", "--database", "owner", "--verbosity", "0"], inside):
                subprocess.run(command, env=environment, cwd=settings.BASE_DIR, check=True)

    def _measure(self, options: dict[str, Any]) -> None:
        from apps.accounts.models import User
        from apps.monitoring.tasks.benchmark import run
        from apps.tenancy.services import create_organisation

        owner = User.objects.create_user(f"bench-{os.getpid()}@example.org")
        filler, asker = (create_organisation(name=name, owner_id=owner.id).id for name in ("Filler", "Asker"))
        run(filler, asker, options["tracks"], options["hours"], options["music"], self._say)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
