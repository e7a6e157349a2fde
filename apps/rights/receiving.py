"""From a file to a check: what happens alike to uploaded recordings and scores."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from apps.catalog.models import AudioAsset, ScoreFile, Track, Work
from apps.catalog.services import content_order
from apps.core.errors import DomainError
from apps.jobs.models import Job
from apps.rights.models import Check, Subject

SHOWN_AT_ONCE = 200


@dataclass(frozen=True)
class Received:
    """What became of one file.

    Attributes:
        subject, source: where its content lies; with ``duplicate`` they were there before.
        check: the check that was started, if one was asked for.
        job: what runs now: the check's job, or the analysis; None when nothing needs doing.
        problem: why no check was started although one was asked for.
    """

    subject: Subject
    source: AudioAsset | ScoreFile
    duplicate: bool
    check: Check | None = None
    job: Job | None = None
    problem: str = ""

    @property
    def track(self) -> Track | None:
        return self.subject if isinstance(self.subject, Track) else None

    @property
    def asset(self) -> AudioAsset | None:
        return self.source if isinstance(self.source, AudioAsset) else None

    @property
    def work(self) -> Work | None:
        return self.subject if isinstance(self.subject, Work) else None

    @property
    def score(self) -> ScoreFile | None:
        return self.source if isinstance(self.source, ScoreFile) else None

    @property
    def message(self) -> str:
        """One sentence for the person who sent the file; empty when there is nothing to add."""
        if self.source.is_rejected:
            return self.source.error_message
        if not self.duplicate:
            return self.problem
        known = _("You have this recording already: “%(title)s”. It was not stored again.")
        if isinstance(self.subject, Work):
            known = _("You have this score already: “%(title)s”. It was not stored again.")
        return known % {"title": self.subject.full_title}


def checked(received: Received, start: Callable[[], Check]) -> Received:
    """What was received with its check; when none can be started, with the reason."""
    try:
        with transaction.atomic():
            started = start()
    except DomainError as error:
        return Received(received.subject, received.source, received.duplicate, problem=str(error.message))
    return Received(started.subject, received.source, received.duplicate, check=started, job=started.job)


def receive_each(files: Iterable[tuple[File, str]], receive: Callable[[File, str], Received]) -> list[Received]:
    """Several files of one form, each for itself, answered in their order."""
    listed = list(files)
    received = {index: receive(*listed[index]) for index in content_order([file for file, _name in listed])}
    return [received[index] for index in range(len(listed))]
