"""``manage.py benchmark_registry_size``: bytes in PostgreSQL for an hour of audio, by the size of the registry."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from apps.core.benchmarks import BenchmarkCommand


class Command(BenchmarkCommand):
    help = "Measure what the registry takes on disk as it stands, on services of its own."
    passed = ("tracks", "music")

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--tracks", type=int, nargs="+", default=[100, 1_000], help="sizes of the registry")
        parser.add_argument("--music", type=Path, help="folder of recordings to begin with; the demo's without it")

    def measure(self, options: dict[str, Any]) -> None:
        from apps.registry.tasks.benchmark import run
        from apps.tenancy.models import Organisation

        owner = Organisation(name="Filler", slug=f"filler-{os.getpid()}")
        owner.save(using="platform")
        run(owner.id, options["tracks"], options["music"], self.say)
