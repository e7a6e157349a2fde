"""What a check, a match or a registration is about: one of our tracks, or one of our works."""

import uuid

from django.db import models

from apps.catalog.models import Track, Work
from apps.rights.models.choices import SubjectKind

Subject = Track | Work
ONE_SUBJECT = models.Q(track__isnull=False, work__isnull=True) | models.Q(track__isnull=True, work__isnull=False)
"""Exactly one of both."""


class OfSubject:
    """Rows that have ``track`` or ``work``, never both."""

    track_id: uuid.UUID | None
    work_id: uuid.UUID | None

    @property
    def subject(self) -> Subject:
        """The track or the work."""
        found: Subject = self.work if self.work_id else self.track  # type: ignore[attr-defined]
        return found

    @property
    def subject_id(self) -> uuid.UUID:
        found = self.work_id or self.track_id
        if found is None:
            raise ValueError("A row without a track and without a work")
        return found

    @property
    def subject_kind(self) -> SubjectKind:
        return SubjectKind.WORK if self.work_id else SubjectKind.RECORDING

    @property
    def about_work(self) -> bool:
        return self.work_id is not None

    @property
    def title(self) -> str:
        """The subject's title in full."""
        return self.subject.full_title

    @property
    def artist_line(self) -> str:
        """Artists of the track, or composers of the work."""
        subject = self.subject
        return subject.composer_line if isinstance(subject, Work) else subject.artist_line
