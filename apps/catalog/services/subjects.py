"""What is done to tracks and to works alike: status, details, credits, deletion and its undoing."""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.services import record
from apps.catalog.models import CreditRole, EventKind, Track, TrackStatus, Work
from apps.catalog.services.artists import NAME_LENGTH, find_or_create_artist
from apps.catalog.services.history import add_event
from apps.catalog.text import clean_line
from apps.catalog.transitions import OPEN_STATUSES, may_become
from apps.core.errors import Conflict, InvalidInput

NOTES_LENGTH = 10_000
MAX_CREDITS = 100

Subject = TypeVar("Subject", Track, Work)


@dataclass(frozen=True)
class CreditInput:
    """One credit as a person enters it: an artist by name."""

    name: str
    role: str = CreditRole.MAIN


@dataclass(frozen=True)
class Words:
    """What is said of one kind of subject; places to fill in are those of the sentences."""

    cannot_become: Promise
    checking: Promise
    registered: Promise
    cannot_come_back: Promise
    title_needed: Promise
    no_role: Promise
    too_many_credits: Promise


class Subjects(ABC, Generic[Subject]):
    """The tracks of the bound organisation, or its works. What differs is said by the two that inherit.

    Attributes:
        name: in the audit trail, and of the field by which credits and files point here.
        model, credit_model, file_model: their tables; files are recordings or scores.
        roles: what a credit may be. lines: texts of one line, with their lengths. code: ``isrc`` or ``iswc``.
        code_once: the constraint that lets nothing else have the same code.
    """

    name: ClassVar[str]
    model: ClassVar[Any]
    credit_model: ClassVar[Any]
    file_model: ClassVar[Any]
    roles: ClassVar[Sequence[str]]
    lines: ClassVar[Mapping[str, int]]
    code: ClassVar[str]
    code_once: ClassVar[str]
    words: ClassVar[Words]

    @abstractmethod
    def get(self, subject_id: uuid.UUID, *, deleted: bool = False) -> Subject:
        """One of them, or NotFound."""

    @abstractmethod
    def credits_of(self, subject_id: uuid.UUID) -> list[Any]:
        """Its credits, in order."""

    @abstractmethod
    def set_texts(self, subject: Subject, credited: Sequence[Any]) -> None:
        """Fill what is derived from it and its credits."""

    @abstractmethod
    def apply_more(self, subject: Subject, changes: Mapping[str, Any], errors: dict[str, str]) -> None:
        """Set the changed fields that only this kind has, its code among them."""

    @abstractmethod
    def code_taken(self, subject: Subject) -> Conflict:
        """What is said when another one has its code."""

    def values(self, subject: Subject) -> dict[str, Any]:
        """What history compares."""
        return {name: getattr(subject, name) for name in (*self.lines, self.code, "notes")}

    def lock(self, subject_id: uuid.UUID) -> Subject:
        """One of them, locked until the transaction ends."""
        self.get(subject_id)
        locked: Subject = self.model.objects.select_for_update(of=("self",)).get(id=subject_id)
        return locked

    def save(self, subject: Subject) -> None:
        """Save it; Conflict when another one has its code."""
        try:
            with transaction.atomic():
                subject.save()
        except IntegrityError as error:
            if self.code_once not in str(error):
                raise
            raise self.code_taken(subject) from error

    def new(self, title: str) -> Subject:
        """A draft with a title that nobody has typed."""
        subject: Subject = self.model(title=title)
        self.set_texts(subject, [])
        subject.save(force_insert=True)
        add_event(subject, EventKind.CREATED, to_status=TrackStatus.DRAFT)
        self.record("created", subject.id, {"title": subject.title})
        return subject

    @transaction.atomic
    def transition(
        self, subject: Subject | uuid.UUID, to: str, *, reason: str, actor: User | None, data: dict[str, Any] | None
    ) -> Subject:
        """Change a status; the object handed in shows the new one."""
        locked = self.lock(subject if isinstance(subject, uuid.UUID) else subject.id)
        wanted, before = TrackStatus(to), locked.status
        if before != wanted:
            if not may_become(before, wanted):
                names = {"current": locked.get_status_display(), "wanted": wanted.label}
                raise Conflict(str(self.words.cannot_become) % names, code="transition_not_allowed")
            locked.status = wanted
            locked.save(update_fields=["status", "updated_at"])
            by = actor.pk if actor else None
            add_event(
                locked, EventKind.STATUS, actor_id=by, from_status=before, to_status=wanted, reason=reason, data=data
            )
            self.record("status", locked.id, {"from": before, "to": wanted.value, "reason": reason})
        if not isinstance(subject, uuid.UUID):
            subject.status = locked.status
        return locked

    @transaction.atomic
    def update(
        self, subject_id: uuid.UUID, changes: Mapping[str, Any], credited: Sequence[CreditInput] | None
    ) -> Subject:
        """Change what it says, and its credits where there are any; remembers what was typed."""
        subject: Subject = self.lock(subject_id)
        before, known = self.values(subject), self.credits_of(subject.id)
        errors = self._apply(subject, changes)
        wanted = self._checked_credits(credited, errors) if credited is not None else None
        if errors:
            raise InvalidInput(next(iter(errors.values())), fields=errors)
        after = self.values(subject)
        touched: set[str] = {name for name in after if after[name] != before[name]}
        if wanted is not None and self.set_credits(subject, known, wanted):
            touched.add("credits")
        if not touched:
            return subject
        subject.typed_fields = sorted({*subject.typed_fields, *touched})
        now_credited = self.credits_of(subject.id)
        self.set_texts(subject, now_credited)
        self.save(subject)
        data: dict[str, Any] = {
            name: {"from": before[name], "to": after[name]} for name in sorted(touched - {"credits"})
        }
        if "credits" in touched:
            data["credits"] = {"from": _named(known), "to": _named(now_credited)}
        add_event(subject, EventKind.EDITED, data=data)
        self.record("updated", subject.id, data)
        return subject

    @transaction.atomic
    def delete(self, subject_id: uuid.UUID) -> Subject:
        """Hide it and its file."""
        if self._is_deleted(subject_id):
            return self.get(subject_id, deleted=True)
        subject = self.lock(subject_id)
        if subject.status not in OPEN_STATUSES:
            words = self.words.checking if subject.status == TrackStatus.CHECKING else self.words.registered
            raise Conflict(str(words), code=f"{self.name}_in_registry")
        now = timezone.now()
        subject.deleted_at = now
        subject.save(update_fields=["deleted_at", "updated_at"])
        self._files_of(subject).filter(deleted_at__isnull=True).update(deleted_at=now)
        add_event(subject, EventKind.DELETED)
        self.record("deleted", subject.id, {"title": subject.title})
        return subject

    @transaction.atomic
    def restore(self, subject_id: uuid.UUID) -> Subject:
        """Undo a deletion."""
        if not self._is_deleted(subject_id):
            return self.get(subject_id)
        subject: Subject = self.model.objects.select_for_update(of=("self",)).get(id=subject_id)
        deleted_at, subject.deleted_at = subject.deleted_at, None
        try:
            with transaction.atomic():
                subject.save(update_fields=["deleted_at", "updated_at"])
                self._files_of(subject).filter(deleted_at=deleted_at).update(deleted_at=None)
        except IntegrityError as error:
            raise Conflict(str(self.words.cannot_come_back), code="restore_conflict") from error
        add_event(subject, EventKind.RESTORED)
        self.record("restored", subject.id, {"title": subject.title})
        return subject

    def set_credits(self, subject: Subject, known: Sequence[Any], wanted: Sequence[CreditInput]) -> bool:
        """Make its credits what is wanted; answers whether anything changed."""
        pairs = dict.fromkeys((find_or_create_artist(credit.name)[0].id, credit.role) for credit in wanted)
        if [(credit.artist_id, credit.role) for credit in known] == list(pairs):
            return False
        here = {f"{self.name}_id": subject.id}
        self.credit_model.objects.filter(**here).delete()
        for position, (artist_id, role) in enumerate(pairs):
            self.credit_model.objects.create(**here, artist_id=artist_id, role=role, position=position)
        return True

    def record(self, what: str, subject_id: uuid.UUID, data: dict[str, Any]) -> None:
        """A row of the audit trail."""
        record(action=f"{self.name}.{what}", subject_type=self.name, subject_id=subject_id, data=data)

    def _is_deleted(self, subject_id: uuid.UUID) -> bool:
        return bool(self.model.objects.filter(id=subject_id, deleted_at__isnull=False).exists())

    def _files_of(self, subject: Subject) -> Any:
        return self.file_model.objects.filter(**{f"{self.name}_id": subject.id})

    def _apply(self, subject: Subject, changes: Mapping[str, Any]) -> dict[str, str]:
        """Set the changed fields; answers what is wrong by field."""
        errors: dict[str, str] = {}
        for name, maximum in self.lines.items():
            if name in changes:
                text = clean_line(str(changes[name] or ""))
                if len(text) > maximum:
                    errors[name] = too_long(maximum, len(text))
                setattr(subject, name, text)
        if not subject.title:
            errors["title"] = str(self.words.title_needed)
        if "notes" in changes:
            subject.notes = str(changes["notes"] or "").replace("\x00", "")
            if len(subject.notes) > NOTES_LENGTH:
                errors["notes"] = too_long(NOTES_LENGTH, len(subject.notes))
        self.apply_more(subject, changes, errors)
        return errors

    def _checked_credits(self, credited: Sequence[CreditInput], errors: dict[str, str]) -> list[CreditInput]:
        checked: list[CreditInput] = []
        for credit in credited:
            name = clean_line(credit.name)
            if not name:
                continue
            if len(name) > NAME_LENGTH:
                errors["credits"] = too_long(NAME_LENGTH, len(name))
            elif credit.role not in self.roles:
                errors["credits"] = str(self.words.no_role) % {"role": credit.role}
            checked.append(CreditInput(name, credit.role))
        if len(checked) > MAX_CREDITS:
            errors["credits"] = str(self.words.too_many_credits) % {"maximum": MAX_CREDITS}
        return checked


def too_long(maximum: int, count: int) -> str:
    return _("At most %(maximum)d characters fit here; this has %(count)d.") % {"maximum": maximum, "count": count}


def _named(credited: Iterable[Any]) -> list[str]:
    return [f"{credit.artist.name} ({credit.role})" for credit in credited]
