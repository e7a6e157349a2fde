"""Scores of works: receiving them, and writing down what a worker read in them."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.files.base import File
from django.utils import timezone
from django.utils.translation import gettext_lazy

from apps.audit.services import record
from apps.catalog import storage
from apps.catalog.models import (
    TITLE_LENGTH,
    AssetState,
    EventKind,
    ScoreContent,
    ScoreFile,
    Work,
    WorkEventKind,
    WorkRole,
)
from apps.catalog.rejections import score_message
from apps.catalog.selectors import current_score, get_score, score_with_content, work_credits_of
from apps.catalog.services.artists import NAME_LENGTH
from apps.catalog.services.files import Files, FileWords
from apps.catalog.services.history import add_event, set_work_texts
from apps.catalog.services.subjects import CreditInput
from apps.catalog.services.works import WORKS, lock_work, save_work
from apps.catalog.text import clean_line
from apps.jobs.models import Job
from apps.jobs.services import Subject, submit
from apps.tenancy.context import current_organisation_id

READ_SCORE = "catalog.read_score"
SCORE_MAX_BYTES = 20 * 1024**2


class Scores(Files[ScoreFile]):
    """The scores of works."""

    name = short = "score"
    model, subjects = ScoreFile, WORKS
    content_once = "catalog_scorefile_content_once"
    words = FileWords(
        checking=gettext_lazy("A check of this work is running. Cancel it before you replace the score."),
        registered=gettext_lazy(
            "The registry knows this score. Withdraw the work first, or register the new score by itself."
        ),
        replaced=gettext_lazy("The score was replaced."),
        deleted_meanwhile=gettext_lazy("This score was deleted a moment ago. Upload it again."),
    )

    @property
    def most_bytes(self) -> int:
        return SCORE_MAX_BYTES

    def store(self, file: File, organisation_id: uuid.UUID, file_id: uuid.UUID) -> str:
        return storage.store_score(file, organisation_id=organisation_id, score_id=file_id)

    def with_content(self, sha256: str) -> ScoreFile | None:
        return score_with_content(sha256)

    def current(self, subject_id: uuid.UUID) -> ScoreFile | None:
        return current_score(subject_id)

    def refused(self, code: str, params: dict[str, float]) -> str:
        return score_message(code, params)


SCORES = Scores()


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
    typed = {**(changes or {}), **({"title": title} if title else {})}
    score, duplicate = SCORES.receive(
        file, filename, work_id, typed, credited, organisation_id=current_organisation_id()
    )
    wanted = read and not duplicate and not score.is_rejected
    return ScoreUpload(score.work, score, duplicate, submit_read(score) if wanted else None)


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
    SCORES.refuse_too_large(file)


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
        add_event(work, WorkEventKind.READ, data={"filled": filled, "notes": facts.note_count})
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
        add_event(score.work, EventKind.REJECTED, data={"code": code, "filename": score.filename})
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
    if "credits" not in typed and not known and named and WORKS.set_credits(work, known, named):
        filled.append("credits")
    if filled:
        set_work_texts(work, work_credits_of(work.id))
        save_work(work)
    return filled
