"""``manage.py benchmark_monitoring``: seconds to listen to long recordings, by their length and the registry's size."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from apps.core.benchmarks import BenchmarkCommand


class Command(BenchmarkCommand):
    help = "Measure how long listening to made-up broadcasts takes, and how right their cue sheets are."
    passed = ("hours", "tracks", "music")
    environment = {"MONITORING_CHUNKS_AT_ONCE": "2"}

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--hours", type=float, nargs="+", default=[1.0], help="lengths of the broadcasts")
        parser.add_argument("--tracks", type=int, nargs="+", default=[200, 2_000], help="sizes of the registry")
        parser.add_argument("--music", type=Path, help="folder of recordings to play; the demo's music without it")

    def measure(self, options: dict[str, Any]) -> None:
        from apps.accounts.models import User
        from apps.monitoring.tasks.benchmark import run
        from apps.tenancy.services import create_organisation

        owner = User.objects.create_user(f"bench-{os.getpid()}@example.org")
        filler, asker = (create_organisation(name=name, owner_id=owner.id).id for name in ("Filler", "Asker"))
        run(filler, asker, options["tracks"], options["hours"], options["music"], self.say)
