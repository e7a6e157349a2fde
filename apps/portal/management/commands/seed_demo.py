"""``manage.py seed_demo``: two labels with music, ready to sign in as."""

import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.portal import demo
from apps.portal.tasks import make_demo_scores, render_demo_music


class Command(BaseCommand):
    help = "Make the demo: two labels, 24 tracks, three works, conflicts, broadcasts, a case. Safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--print-logins", action="store_true", help="only print the demo's log-ins")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["print_logins"]:
            self.stdout.write(demo.logins())
            return
        if not settings.DEBUG:
            raise CommandError("The demo has well-known passwords: it is made with DEBUG on only.")
        if demo.is_seeded():
            self.stdout.write("The demo stands already.")
            return
        with tempfile.TemporaryDirectory(prefix="descant-demo-") as folder:
            self.stdout.write("Rendering 28 recordings of public-domain music …")
            recordings = render_demo_music(Path(folder), lambda fraction: None)
            demo.seed(recordings, make_demo_scores(Path(folder)), report=self.stdout.write)
        demo.make_staff()
        self.stdout.write("The demo is ready.")
