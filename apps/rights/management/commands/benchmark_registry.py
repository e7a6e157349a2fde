"""``manage.py benchmark_registry``: seconds from an upload to its verdict, by the size of the registry."""

import os
import subprocess
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Measure upload to verdict with so many tracks registered, on services of its own."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tracks", type=int, nargs="+", default=[20, 200, 2_000], help="sizes of the registry")
        parser.add_argument("--checks", type=int, default=5, help="checks of each kind at each size")
        parser.add_argument(
            "--inside", action="store_true", help="on the services of the environment (they are filled)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["inside"]:
            self._measure(options["tracks"], options["checks"])
            return
        from config.devstack.services import EphemeralServices

        with EphemeralServices() as services:
            environment = {**os.environ, **services.environment(), "DJANGO_SETTINGS_MODULE": "config.settings.test"}
            manage = [sys.executable, "manage.py"]
            sizes = [str(size) for size in options["tracks"]]
            inside = [*manage, "benchmark_registry", "--inside", "--checks", str(options["checks"]), "--tracks", *sizes]
            for command in ([*manage, "migrate", "--database", "owner", "--verbosity", "0"], inside):
                subprocess.run(command, env=environment, cwd=settings.BASE_DIR, check=True)

    def _measure(self, sizes: list[int], checks: int) -> None:
        from apps.accounts.models import User
        from apps.rights.tasks.benchmark import run
        from apps.tenancy.services import create_organisation

        owner = User.objects.create_user(f"bench-{os.getpid()}@example.org")
        filler, asker = (create_organisation(name=name, owner_id=owner.id).id for name in ("Filler", "Asker"))
        run(filler, asker, sizes, checks, self._say)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
