"""``manage.py benchmark_registry``: seconds from an upload to its verdict, by the size of the registry."""

import os
from typing import Any

from django.core.management.base import CommandParser

from apps.core.benchmarks import BenchmarkCommand


class Command(BenchmarkCommand):
    help = "Measure upload to verdict with so many tracks registered, on services of its own."
    passed = ("tracks", "checks")

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--tracks", type=int, nargs="+", default=[20, 200, 2_000], help="sizes of the registry")
        parser.add_argument("--checks", type=int, default=5, help="checks of each kind at each size")

    def measure(self, options: dict[str, Any]) -> None:
        from apps.accounts.models import User
        from apps.rights.tasks.benchmark import run
        from apps.tenancy.services import create_organisation

        owner = User.objects.create_user(f"bench-{os.getpid()}@example.org")
        filler, asker = (create_organisation(name=name, owner_id=owner.id).id for name in ("Filler", "Asker"))
        run(filler, asker, options["tracks"], options["checks"], self.say)
