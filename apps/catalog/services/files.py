"""Receiving the files of tracks and works: stored once, under an opaque key, whatever happens around it."""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.functional import Promise

from apps.audit.services import record
from apps.catalog import storage
from apps.catalog.models import TITLE_LENGTH, AssetState, AudioAsset, EventKind, ScoreFile, TrackStatus
from apps.catalog.services.history import add_event
from apps.catalog.services.subjects import CreditInput, Subjects
from apps.catalog.text import clean_filename, title_from_filename
from apps.catalog.transitions import OPEN_STATUSES
from apps.core.errors import Conflict, TooLarge
from apps.core.ids import uuid7

_MEGABYTE = 1024**2

Kept = TypeVar("Kept", AudioAsset, ScoreFile)
Refusal = tuple[str, dict[str, float]]


@dataclass(frozen=True)
class FileWords:
    """What is said of one kind of file."""

    checking: Promise
    registered: Promise
    replaced: Promise
    deleted_meanwhile: Promise


class Files(ABC, Generic[Kept]):
    """The recordings of tracks, or the scores of works. What differs is said by the two that inherit.

    Attributes:
        name: in the audit trail. model: their table. subjects: what they belong to.
        content_once: the constraint that lets the same content stand once.
    """

    name: ClassVar[str]
    short: ClassVar[str]
    model: ClassVar[Any]
    subjects: ClassVar[Subjects[Any]]
    content_once: ClassVar[str]
    words: ClassVar[FileWords]

    @property
    @abstractmethod
    def most_bytes(self) -> int:
        """How large one may be."""

    @abstractmethod
    def store(self, file: File, organisation_id: uuid.UUID, file_id: uuid.UUID) -> str:
        """Put it into storage; answers its key."""

    @abstractmethod
    def with_content(self, sha256: str) -> Kept | None:
        """The one that has this content already."""

    @abstractmethod
    def current(self, subject_id: uuid.UUID) -> Kept | None:
        """The one that a subject has now."""

    @abstractmethod
    def refused(self, code: str, params: dict[str, float]) -> str:
        """Why one can't be used, in words."""

    def receive(
        self,
        file: File,
        filename: str,
        subject_id: uuid.UUID | None,
        typed: Mapping[str, Any],
        credited: Sequence[CreditInput] | None,
        *,
        organisation_id: uuid.UUID,
    ) -> tuple[Kept, bool]:
        """Keep an uploaded file with its subject; answers its row, and whether the content was there already."""
        name = clean_filename(filename)
        if subject_id is not None:
            self._require_replaceable(self.subjects.get(subject_id))
        refusal = self._refusal(file)
        if refusal:
            return self._keep_refused(name, subject_id, refusal, typed, credited, size_bytes=file.size or 0), False
        facts = storage.digest(file)
        known = self.with_content(facts.sha256)
        if known is not None:
            return known, True
        file_id = uuid7()
        key = self.store(file, organisation_id, file_id)
        row: Kept = self.model(
            id=file_id, storage_key=key, sha256=facts.sha256, size_bytes=facts.size_bytes, filename=name
        )
        try:
            kept = self._keep(row, subject_id, typed, credited)
        except BaseException:
            storage.remove(key)
            raise
        if kept is not None:
            return kept, False
        # Another request kept the same content meanwhile.
        storage.remove(key)
        known = self.with_content(facts.sha256)
        if known is None:
            raise Conflict(str(self.words.deleted_meanwhile), code="upload_raced")
        return known, True

    def refuse_too_large(self, file: File) -> None:
        """For programs, which get an error at once instead of a draft to repair."""
        refusal = self._refusal(file)
        if refusal and refusal[0] == "too_large":
            message = self.refused(*refusal)
            raise TooLarge(message, fields={"file": message})

    def _refusal(self, file: File) -> Refusal | None:
        size = file.size or 0
        if size > self.most_bytes:
            return "too_large", {"size_mb": size / _MEGABYTE, "maximum_mb": self.most_bytes / _MEGABYTE}
        return ("empty", {}) if size == 0 else None

    def _require_replaceable(self, subject: Any) -> None:
        if subject.status in OPEN_STATUSES:
            return
        words = self.words.checking if subject.status == TrackStatus.CHECKING else self.words.registered
        raise Conflict(str(words), code=f"{self.name}_in_registry")

    @transaction.atomic
    def _keep_refused(
        self,
        name: str,
        subject_id: uuid.UUID | None,
        refusal: Refusal,
        typed: Mapping[str, Any],
        credited: Sequence[CreditInput] | None,
        *,
        size_bytes: int,
    ) -> Kept:
        code, params = refusal
        row: Kept = self.model(
            id=uuid7(),
            filename=name,
            size_bytes=size_bytes,
            state=AssetState.REJECTED,
            error_code=code,
            error_params=params,
        )
        kept = self._keep(row, subject_id, typed, credited)
        assert kept is not None  # noqa: S101 – no two of these are ever the same content
        add_event(self._subject_of(kept), EventKind.REJECTED, data={"code": code, "filename": name})
        return kept

    def _keep(
        self,
        row: Kept,
        subject_id: uuid.UUID | None,
        typed: Mapping[str, Any],
        credited: Sequence[CreditInput] | None,
    ) -> Kept | None:
        """Write the rows of a file and its subject; None when the content is there already."""
        # The first file of a subject replaces nothing.
        what = "replaced" if subject_id and self.current(subject_id) else "uploaded"
        data = {"filename": row.filename, "sha256": row.sha256}
        try:
            with transaction.atomic():
                subject = self._room(subject_id) if subject_id else self._draft(row.filename)
                setattr(row, self.subjects.name, subject)
                row.save(force_insert=True)
                add_event(subject, EventKind(what), data=data)
                record(
                    action=f"{self.name}.{what}",
                    subject_type=self.subjects.name,
                    subject_id=subject.id,
                    data={**data, self.short: str(row.id)},
                )
                if typed or credited is not None:
                    setattr(row, self.subjects.name, self.subjects.update(subject.id, typed, credited))
        except IntegrityError as error:
            if self.content_once not in str(error):
                raise
            return None
        return row

    def _subject_of(self, row: Kept) -> Any:
        return getattr(row, self.subjects.name)

    def _draft(self, filename: str) -> Any:
        return self.subjects.new(title_from_filename(filename)[:TITLE_LENGTH])

    def _room(self, subject_id: uuid.UUID) -> Any:
        """Lock a subject and set its present file aside."""
        subject = self.subjects.lock(subject_id)
        self._require_replaceable(subject)
        present = self.current(subject.id)
        if present is not None:
            present.deleted_at = timezone.now()
            present.save(update_fields=["deleted_at", "updated_at"])
        if subject.status == TrackStatus.DRAFT:
            return subject
        return self.subjects.transition(
            subject, TrackStatus.DRAFT, reason=str(self.words.replaced), actor=None, data=None
        )
