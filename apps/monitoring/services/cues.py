"""Corrections by hand. What the recogniser said is kept on the cue, and every change with who and when."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.audit.services import record
from apps.catalog.models import Track
from apps.catalog.selectors import get_track
from apps.catalog.text import clean_line
from apps.core.errors import Conflict, InvalidInput
from apps.monitoring.models import STANDING, CorrectionKind, Cue, CueCorrection, CueState, LongRecording
from apps.monitoring.selectors import corrections_of, get_cue, get_recording, undoable
from apps.monitoring.services import counting, watching
from apps.tenancy.context import current_user_id

TITLE_LENGTH, LABEL_LENGTH = 500, 200
# What a correction keeps of a cue, and puts back when it is undone.
KEPT = (
    "state", "start_s", "end_s", "ref_start_s", "ref_end_s", "title", "artist", "label", "contact", "track_id",
    "already_ours", "registered", "entry_number", "pair_id", "shares_excerpts", "ref_duration_s", "tempo_ratio",
    "pitch_semitones", "score", "chance_probability",
)  # fmt: skip
# What belongs to the track that was recognised: gone when somebody names another one.
OF_TRACK = (
    "entry_number", "pair_id", "ref_duration_s", "ref_start_s", "ref_end_s", "tempo_ratio", "pitch_semitones", "score",
    "chance_probability",
)  # fmt: skip


@dataclass(frozen=True)
class CueDetails:
    """What a person says about a cue; times in seconds. ``track_id``: a track of our own, which then tells the rest."""

    start_s: float
    end_s: float
    title: str = ""
    artist: str = ""
    label: str = ""
    track_id: uuid.UUID | None = None


@transaction.atomic
def confirm_cue(*, cue_id: uuid.UUID) -> Cue:
    """Say that a cue is right. Again changes nothing.

    Raises:
        NotFound: there is no such cue here.
        Conflict: it was removed.
    """
    cue = _locked(cue_id)
    _check_standing(cue)
    if cue.state != CueState.FOUND:
        return cue
    return _changed(cue, CorrectionKind.CONFIRMED, {"state": CueState.CONFIRMED})


@transaction.atomic
def edit_cue(*, cue_id: uuid.UUID, details: CueDetails) -> Cue:
    """Correct a cue. What was recognised stays in ``original``; the same values again change nothing.

    Raises:
        NotFound: no such cue or track here.
        InvalidInput: the times do not fit the recording, or there is no title.
        Conflict: it was removed.
    """
    cue = _locked(cue_id)
    _check_standing(cue)
    values = _values(cue.recording, details)
    if all(getattr(cue, name) == value for name, value in values.items()):
        return cue
    same_track = values["title"] == cue.title and values["artist"] == cue.artist and values["track_id"] == cue.track_id
    if same_track:
        # What the registry disclosed of it stays; the reference times follow the edges that were moved.
        for name in ("already_ours", "registered", "shares_excerpts"):
            values.pop(name)
        values |= _moved_reference(cue, details)
    else:
        values |= dict.fromkeys(OF_TRACK) | {"contact": ""}
    values["state"] = CueState.ADDED if cue.by_hand else CueState.CORRECTED
    return _changed(cue, CorrectionKind.EDITED, values)


@transaction.atomic
def add_cue(*, recording_id: uuid.UUID, details: CueDetails) -> Cue:
    """Add what the recogniser did not find.

    Raises:
        NotFound: no such recording or track here.
        InvalidInput: the times do not fit the recording, or there is no title.
    """
    recording = get_recording(recording_id)
    values = _values(recording, details)
    cue: Cue = Cue.objects.create(recording=recording, state=CueState.ADDED, **values)
    cue = Cue.objects.select_related("recording", "recording__source").get(id=cue.id)
    return _changed(cue, CorrectionKind.ADDED, {"state": CueState.ADDED})


@transaction.atomic
def remove_cue(*, cue_id: uuid.UUID) -> Cue:
    """Take a cue off the sheet; it can be put back. Again changes nothing.

    Raises:
        NotFound: there is no such cue here.
    """
    cue = _locked(cue_id)
    if cue.state not in STANDING:
        return cue
    return _changed(cue, CorrectionKind.REMOVED, {"state": CueState.REMOVED})


@transaction.atomic
def undo_correction(*, cue_id: uuid.UUID) -> Cue:
    """Take the newest correction of a cue back.

    Raises:
        NotFound: there is no such cue here.
        Conflict: nothing is left to take back.
    """
    cue = _locked(cue_id)
    newest = undoable(cue)
    if newest is None:
        raise Conflict(_("Nothing is left to take back."), code="nothing_to_undo")
    days = counting.days_of(cue.recording)
    values = dict(newest.before)
    if newest.kind == CorrectionKind.ADDED:
        values = {"state": CueState.REMOVED}
    _apply(cue, values)
    newest.undone_at, newest.undone_by_id = timezone.now(), current_user_id()
    newest.save(update_fields=["undone_at", "undone_by", "updated_at"])
    _follow_up(cue, days, "cue.undone", {"kind": newest.kind})
    return cue


def _locked(cue_id: uuid.UUID) -> Cue:
    get_cue(cue_id)
    cue: Cue = (
        Cue.objects.select_for_update(of=("self",)).select_related("recording", "recording__source").get(id=cue_id)
    )
    return cue


def _check_standing(cue: Cue) -> None:
    if cue.state == CueState.REMOVED:
        raise Conflict(_("This cue was removed. Undo that first."), code="cue_removed")
    if cue.state not in STANDING:
        told = _("This was not heard any more when the recording was listened to again. Add a cue by hand.")
        raise Conflict(told, code="cue_gone")


def _changed(cue: Cue, kind: CorrectionKind, values: dict[str, Any]) -> Cue:
    days = counting.days_of(cue.recording)
    before = _kept(cue) if kind != CorrectionKind.ADDED else {}
    _apply(cue, values)
    CueCorrection.objects.create(cue=cue, kind=kind, before=before, after=_kept(cue), actor_id=current_user_id())
    _follow_up(cue, days, f"cue.{kind.value}", {})
    return cue


def _apply(cue: Cue, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(cue, name, value)
    cue.changed_by_id, cue.changed_at = current_user_id(), timezone.now()
    cue.save()


def _follow_up(cue: Cue, days: set[counting.SourceDay], action: str, data: dict[str, object]) -> None:
    counting.recount(cue.recording, also=days)
    watching.raise_alerts(cue.recording, [cue])
    record(
        action=action,
        subject_type="long_recording",
        subject_id=cue.recording_id,
        data={"cue": str(cue.id), "title": cue.title, "from": cue.start_s, "to": cue.end_s, **data},
    )


def _kept(cue: Cue) -> dict[str, Any]:
    values = {name: getattr(cue, name) for name in KEPT}
    return {name: str(value) if isinstance(value, uuid.UUID) else value for name, value in values.items()}


def _values(recording: LongRecording, details: CueDetails) -> dict[str, Any]:
    _check_times(recording, details)
    common = {"start_s": round(details.start_s, 1), "end_s": round(details.end_s, 1)}
    if details.track_id is not None:
        track: Track = get_track(details.track_id)
        return common | {
            "title": track.full_title,
            "artist": track.artist_line[:TITLE_LENGTH],
            "label": track.organisation.public_name,
            "track_id": track.id,
            "already_ours": True,
            "registered": track.status in ("registered", "disputed"),
            "shares_excerpts": False,
        }
    title = clean_line(details.title)[:TITLE_LENGTH]
    if not title:
        told = _("Say what is heard: a title, or one of your own tracks.")
        raise InvalidInput(told, fields={"title": told})
    return common | {
        "title": title,
        "artist": clean_line(details.artist)[:TITLE_LENGTH],
        "label": clean_line(details.label)[:LABEL_LENGTH],
        "track_id": None,
        "already_ours": False,
        "registered": False,
        "shares_excerpts": False,
    }


def _check_times(recording: LongRecording, details: CueDetails) -> None:
    if details.end_s <= details.start_s or details.start_s < 0:
        told = _("A cue ends after it begins.")
        raise InvalidInput(told, fields={"end": told})
    if recording.duration_s is not None and details.end_s > recording.duration_s + 1.0:
        told = _("The recording ends before that.")
        raise InvalidInput(told, fields={"end": told})


def _moved_reference(cue: Cue, details: CueDetails) -> dict[str, Any]:
    if cue.ref_start_s is None or cue.ref_end_s is None or cue.tempo_ratio is None:
        return {}
    start = cue.ref_start_s + cue.tempo_ratio * (details.start_s - cue.start_s)
    end = cue.ref_end_s + cue.tempo_ratio * (details.end_s - cue.end_s)
    most = cue.ref_duration_s or end
    return {"ref_start_s": round(min(max(start, 0.0), most), 1), "ref_end_s": round(min(max(end, 0.0), most), 1)}


__all__ = [
    "CueDetails", "add_cue", "confirm_cue", "corrections_of", "edit_cue", "remove_cue", "undo_correction",
]  # fmt: skip
