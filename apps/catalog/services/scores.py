"""Scores of works: receiving them, and writing down what a worker read in them."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.audit.services import record
from apps.catalog import storage
from apps.catalog.models import (
    TITLE_LENGTH,
    AssetState,
    ScoreContent,
    ScoreFile,
    TrackStatus,
    Work,
    WorkEventKind,
    WorkRole,
)
from apps.catalog.rejections import score_message
from apps.catalog.selectors import (
    current_score,
    get_score,
    get_work,
    score_with_content,
    work_credits_of,
)
from apps.catalog.services.artists import NAME_LENGTH
from apps.catalog.services.history import add_work_event, set_work_texts
from apps.catalog.services.tracks import CreditInput
from apps.catalog.services.works import (
    lock_work,
    new_work,
    save_work,
    set_work_credits,
    transition_work,
    update_work,
)
from apps.catalog.text import clean_filename, clean_line, title_from_filename
from apps.catalog.transitions import OPEN_STATUSES
from apps.core.errors import Conflict, TooLarge
from apps.core.ids import uuid7
from apps.jobs.models import Job
from apps.jobs.services import Subject, submit
from apps.tenancy.context import current_organisation_id

READ_SCORE = "catalog.read_score"
SCORE_MAX_BYTES = 20 * 1024**2
_MEGABYTE = 1024**2


@dataclass(frozen=True)
class ScoreUpload:
    """What became of one uploaded score.

    Attributes:
        work, score: where the content lies now. With ``duplicate`` they are the ones that were there before.
        duplicate: the organisation has exactly this content already; nothing was stored.
        job: the reading, if one was submitted.
    """

    work: Work
    score: ScoreFile
    duplicate: bool = False
    job: Job | None = None

    @property
    def rejected(self) -> bool:
        return self.score.is_rejected


@dataclass(frozen=True)
class ScoreFacts:
    """What one reading found.

    Attributes:
        drawing: every note for pictures and playback, as ``apps.core.scores.ScoreNotes.to_json`` writes it.
        melody: the line that is compared, as bytes of ``ml.similarity.melody``.
        title: what the file calls itself; empty when it does not say.
        credited: ``(name, role)`` of the people it names.
    """

    format: str
    note_count: int
    melody_note_count: int
    bar_count: int
    duration_s: float
    drawing: Mapping[str, Any]
    melody: bytes
    title: str = ""
    credited: Sequence[tuple[str, str]] = ()
    parts: Sequence[str] = field(default_factory=tuple)


def receive_score(
    *,
    file: File,
    filename: str,
    work_id: uuid.UUID | None = None,
    title: str = "",
    changes: Mapping[str, Any] | None = None,
    credited: Sequence[CreditInput] | None = None,
    read: bool = True,
) -> ScoreUpload:
    """Keep an uploaded score and have it read. The same content again answers what is there.

    Args:
        work_id: replace the score of this work; None makes a draft, titled after the file.
        title, changes, credited: what a person has typed already (as ``update_work``); the file won't overwrite it.
        read: submit the reading; a caller that submits a job which reads anyway says False.

    Side effects: the file in storage, rows of the draft and the score, history, audit, a job on commit. Zero bytes
    and a file beyond ``SCORE_MAX_BYTES`` keep the draft and what was typed, with a rejected score.

    Raises:
        NotFound: there is no work ``work_id``.
        Conflict: its score may not be replaced in its present status.
        InvalidInput: something typed is not valid; nothing is kept.
    """
    name = clean_filename(filename)
    if work_id is not None:
        _require_replaceable(get_work(work_id))
    typed = {**(changes or {}), **({"title": title} if title else {})}
    refusal = _refusal(file)
    if refusal:
        return _keep_refused(name, work_id, refusal, typed, credited, size_bytes=file.size or 0)
    facts = storage.digest(file)
    known = score_with_content(facts.sha256)
    if known is not None:
        return ScoreUpload(known.work, known, duplicate=True)
    score_id = uuid7()
    key = storage.store_score(file, organisation_id=current_organisation_id(), score_id=score_id)
    score = ScoreFile(id=score_id, storage_key=key, sha256=facts.sha256, size_bytes=facts.size_bytes, filename=name)
    try:
        kept = _keep(score, work_id, typed, credited)
    except BaseException:
        storage.remove(key)
        raise
    if kept is None:  # another request kept the same content meanwhile
        storage.remove(key)
        known = score_with_content(facts.sha256)
        if known is None:
            raise Conflict(_("This score was deleted a moment ago. Upload it again."), code="upload_raced")
        return ScoreUpload(known.work, known, duplicate=True)
    job = submit_read(kept) if read else None
    return ScoreUpload(kept.work, kept, job=job)


def submit_read(score: ScoreFile) -> Job:
    """Have a worker read a score; again answers the same job."""
    return submit(
        kind=READ_SCORE, args={"score_id": str(score.id)}, key=str(score.id), subject=Subject("work", score.work_id)
    )


def refuse_large_score(file: File) -> None:
    """For programs, which get an error at once instead of a draft to repair.

    Raises:
        TooLarge: the file is beyond ``SCORE_MAX_BYTES``.
    """
    refusal = _refusal(file)
    if refusal and refusal[0] == "too_large":
        message = score_message(*refusal)
        raise TooLarge(message, fields={"file": message})


def start_reading(*, score_id: uuid.UUID) -> ScoreFile:
    """Mark a score as being read, unless it is ready, or was never kept. Runs in the caller's transaction.

    Raises:
        NotFound: the score was deleted.
    """
    get_score(score_id)
    score: ScoreFile = ScoreFile.objects.select_for_update(of=("self",)).select_related("work").get(id=score_id)
    if not score.is_ready and score.storage_key:
        score.state, score.error_code, score.error_params = AssetState.PROCESSING, "", {}
        score.save(update_fields=["state", "error_code", "error_params", "updated_at"])
    return score


def release_score(*, score_id: uuid.UUID) -> None:
    """Its job ended without an answer: the score waits again. Call it from a job's ``on_abandoned``."""
    ScoreFile.objects.filter(id=score_id, state=AssetState.PROCESSING).update(state=AssetState.UPLOADED)


def record_reading(*, score_id: uuid.UUID, facts: ScoreFacts) -> ScoreFile | None:
    """Write down what was read and let the file fill what nobody has typed. Again changes nothing.

    Runs in the caller's transaction (a job's, which fences it). Answers None when the score was deleted meanwhile.
    """
    score = _locked(score_id)
    if score is None or score.is_ready:
        return score
    score.format, score.note_count, score.melody_note_count = facts.format, facts.note_count, facts.melody_note_count
    score.bar_count, score.duration_s = facts.bar_count, facts.duration_s
    score.facts = {"title": facts.title, "credits": [list(line) for line in facts.credited], "parts": [*facts.parts]}
    score.state, score.read_at = AssetState.READY, timezone.now()
    score.error_code, score.error_params = "", {}
    score.save()
    ScoreContent.objects.update_or_create(
        score_id=score.id,
        defaults={
            "organisation_id": score.organisation_id,
            "drawing": dict(facts.drawing),
            "melody": facts.melody,
        },
    )
    if score.deleted_at is None:
        work = lock_work(score.work_id)
        filled = _fill_from_file(work, facts)
        add_work_event(work, WorkEventKind.READ, data={"filled": filled, "notes": facts.note_count})
    return score


def reject_score(*, score_id: uuid.UUID, code: str, params: dict[str, Any] | None = None) -> ScoreFile | None:
    """Write down that a score can't be used; its draft and what was typed stay. Again changes nothing.

    Runs in the caller's transaction. Answers None when the score was deleted meanwhile.
    """
    score = _locked(score_id)
    if score is None or (score.is_rejected and score.error_code == code):
        return score
    score.state, score.error_code, score.error_params = AssetState.REJECTED, code, params or {}
    score.read_at = timezone.now()
    score.save(update_fields=["state", "error_code", "error_params", "read_at", "updated_at"])
    if score.deleted_at is None:
        add_work_event(score.work, WorkEventKind.REJECTED, data={"code": code, "filename": score.filename})
        record(
            action="score.rejected",
            subject_type="work",
            subject_id=score.work_id,
            data={"code": code, "score": str(score.id)},
        )
    return score


def _locked(score_id: uuid.UUID) -> ScoreFile | None:
    return ScoreFile.objects.select_for_update(of=("self",)).select_related("work").filter(id=score_id).first()


def _fill_from_file(work: Work, facts: ScoreFacts) -> list[str]:
    """Set the fields that nobody typed; answers their names."""
    typed, filled = set(work.typed_fields), []
    title = clean_line(facts.title)[:TITLE_LENGTH]
    if title and "title" not in typed and title != work.title:
        work.title = title
        filled.append("title")
    known = work_credits_of(work.id)
    named = [
        CreditInput(name, role)
        for text, role in facts.credited
        if (name := clean_line(text)[:NAME_LENGTH]) and role in WorkRole.values
    ]
    if "credits" not in typed and not known and named and set_work_credits(work, known, named):
        filled.append("credits")
    if filled:
        set_work_texts(work, work_credits_of(work.id))
        save_work(work)
    return filled


def _refusal(file: File) -> tuple[str, dict[str, float]] | None:
    size = file.size or 0
    if size > SCORE_MAX_BYTES:
        return "too_large", {"size_mb": size / _MEGABYTE, "maximum_mb": SCORE_MAX_BYTES / _MEGABYTE}
    return ("empty", {}) if size == 0 else None


def _require_replaceable(work: Work) -> None:
    if work.status in OPEN_STATUSES:
        return
    message = (
        _("A check of this work is running. Cancel it before you replace the score.")
        if work.status == TrackStatus.CHECKING
        else _("The registry knows this score. Withdraw the work first, or register the new score by itself.")
    )
    raise Conflict(message, code="score_in_registry")


@transaction.atomic
def _keep_refused(
    name: str,
    work_id: uuid.UUID | None,
    refusal: tuple[str, dict[str, float]],
    typed: Mapping[str, Any],
    credited: Sequence[CreditInput] | None,
    *,
    size_bytes: int,
) -> ScoreUpload:
    code, params = refusal
    score = ScoreFile(
        id=uuid7(),
        filename=name,
        size_bytes=size_bytes,
        state=AssetState.REJECTED,
        error_code=code,
        error_params=params,
    )
    kept = _keep(score, work_id, typed, credited)
    assert kept is not None  # noqa: S101 – no two of these are ever the same content
    add_work_event(kept.work, WorkEventKind.REJECTED, data={"code": code, "filename": name})
    return ScoreUpload(kept.work, kept)


def _keep(
    score: ScoreFile,
    work_id: uuid.UUID | None,
    typed: Mapping[str, Any],
    credited: Sequence[CreditInput] | None,
) -> ScoreFile | None:
    """Write the rows of a score and its work; None when the content is there already."""
    replaced = work_id is not None
    data = {"filename": score.filename, "sha256": score.sha256}
    try:
        with transaction.atomic():
            work = new_work(title_from_filename(score.filename)[:TITLE_LENGTH]) if work_id is None else _room(work_id)
            score.work = work
            score.save(force_insert=True)
            add_work_event(work, WorkEventKind.REPLACED if replaced else WorkEventKind.UPLOADED, data=data)
            record(
                action="score.replaced" if replaced else "score.uploaded",
                subject_type="work",
                subject_id=work.id,
                data={**data, "score": str(score.id)},
            )
            if typed or credited is not None:
                score.work = update_work(work_id=work.id, changes=typed, credited=credited)
    except IntegrityError as error:
        if "catalog_scorefile_content_once" not in str(error):
            raise
        return None
    return score


def _room(work_id: uuid.UUID) -> Work:
    """Lock a work and set its present score aside."""
    work = lock_work(work_id)
    _require_replaceable(work)
    present = current_score(work.id)
    if present is not None:
        present.deleted_at = timezone.now()
        present.save(update_fields=["deleted_at", "updated_at"])
    if work.status != TrackStatus.DRAFT:
        work = transition_work(work=work, to=TrackStatus.DRAFT, reason=_("The score was replaced."))
    return work
