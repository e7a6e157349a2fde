"""Tracks and works alike: locking, status, history, the page that shows them."""

import uuid
from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.services import notify as send
from apps.audit.services import record as audit
from apps.catalog.models import AudioAsset, ScoreFile, Track, TrackStatus, Work
from apps.catalog.selectors import current_asset, current_score, get_track, get_work
from apps.catalog.services import transition_track, transition_work
from apps.core.errors import Conflict
from apps.rights.links import subject_page
from apps.rights.models import Subject

Source = AudioAsset | ScoreFile


def locked_track(track_id: uuid.UUID) -> Track:
    """The track, with its row locked. Raises NotFound."""
    get_track(track_id)
    track: Track = Track.objects.select_for_update(of=("self",)).get(id=track_id)
    return track


def locked_work(work_id: uuid.UUID) -> Work:
    """The work, with its row locked. Raises NotFound."""
    get_work(work_id)
    work: Work = Work.objects.select_for_update(of=("self",)).get(id=work_id)
    return work


def locked(subject: Subject) -> Subject:
    """The track or work with its row locked. Raises NotFound."""
    return locked_work(subject.id) if isinstance(subject, Work) else locked_track(subject.id)


def refreshed(subject: Subject) -> Subject:
    """The subject as it stands now. Raises NotFound when it was deleted."""
    return get_work(subject.id) if isinstance(subject, Work) else get_track(subject.id)


def current_source(subject: Subject) -> Source | None:
    """The recording of a track, or the score of a work."""
    return current_score(subject.id) if isinstance(subject, Work) else current_asset(subject.id)


def usable_source(subject: Subject) -> Source:
    """The recording or score that can be compared.

    Raises:
        Conflict: there is none, or it was rejected.
    """
    source = current_source(subject)
    if source is None:
        missing = _("Upload the score first.") if isinstance(subject, Work) else _("Upload the recording first.")
        raise Conflict(missing, code="no_score" if isinstance(subject, Work) else "no_recording")
    if source.is_rejected:
        raise Conflict(source.error_message, code=source.error_code or "recording_rejected")
    return source


def transition(subject: Subject, to: TrackStatus, *, reason: str = "", data: dict[str, Any] | None = None) -> None:
    """Change the status; the object handed in shows it."""
    if isinstance(subject, Work):
        transition_work(work=subject, to=to, reason=reason, data=data)
    else:
        transition_track(track=subject, to=to, reason=reason, data=data)


def kind_of(subject: Subject) -> str:
    """``track`` or ``work``, as jobs and the audit name it; their actions begin with it."""
    return "work" if isinstance(subject, Work) else "track"


def filter_of(subject: Subject) -> dict[str, uuid.UUID]:
    """The condition that picks a subject's rows."""
    return {f"{kind_of(subject)}_id": subject.id}


def record(subject: Subject, action: str, data: dict[str, object]) -> None:
    """An audit row about the subject."""
    audit(action=action, subject_type=kind_of(subject), subject_id=subject.id, data=data)


def notify(subject: Subject, kind: str, text: str, **params: object) -> None:
    """Tell our own organisation something about the subject."""
    send(
        kind=kind,
        text=text,
        params={"title": subject.full_title, **params},
        link=subject_page(subject.organisation, subject),
    )
