"""Reading scores: notes, melody, title and the people they name."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.catalog import services, storage
from apps.catalog.models import ScoreFile, ScoreFormat
from apps.catalog.rejections import score_message
from apps.catalog.selectors import melody_of
from apps.catalog.services.scores import READ_SCORE, SCORE_MAX_BYTES
from apps.catalog.tasks.score_credits import people_named
from apps.core.errors import InvalidInput, NotFound
from apps.core.scores import DrawnNote, ScoreNotes
from apps.jobs import said
from apps.jobs.handlers import handler
from apps.jobs.models import Job
from apps.jobs.runner import JobRun

if TYPE_CHECKING:
    from ml.similarity.melody.reading import Score

Progress = Callable[[float], None]
_MEGABYTE = 1024**2


class ScoreRejected(InvalidInput):
    """The score can't be used; its row says why. Ends the job that read it."""

    default_code = "score_rejected"


@dataclass(frozen=True)
class ScoreRead:
    """A score that was read: its row, and the melody as bytes of ``ml.similarity.melody.notes.Melody``."""

    score: ScoreFile
    melody: bytes


def _release(job: Job) -> None:
    services.release_score(score_id=uuid.UUID(job.args["score_id"]))


def _page(job: Job) -> str:
    return reverse("catalog:work", kwargs={"slug": job.organisation.slug, "work_id": job.subject_id})


@handler(READ_SCORE, queue="cpu", on_abandoned=_release, title=gettext_lazy("Reading a score"), link=_page)
def read_score_file(run: JobRun) -> None:
    """Read an uploaded score; one that was read already is left as it is."""
    score_id = uuid.UUID(run.args["score_id"])
    message = said.gettext("Reading the score")
    ensure_score_read(run, score_id, progress=lambda fraction: run.progress(fraction, message))
    with run.commit({"score_id": str(score_id)}):
        pass


def ensure_score_read(run: JobRun, score_id: uuid.UUID, *, progress: Progress | None = None) -> ScoreRead:
    """The melody of a score, for a job of this or another app.

    A score that was not read yet is read on the way, and that is written down in a short fenced transaction; none is
    open while reading.

    Args:
        progress: gets the fraction of the work (0–1).

    Raises:
        NotFound: the score was deleted.
        ScoreRejected: it can't be used; the score and its work say so already.
    """
    with run.transaction():
        score = services.start_reading(score_id=score_id)
        melody = melody_of(score_id) if score.is_ready else None
    if score.is_rejected:
        raise ScoreRejected(score.error_message, code=score.error_code)
    if melody is not None:
        return ScoreRead(score, melody)
    if progress:
        progress(0.1)
    facts = _read(run, score)
    if progress:
        progress(0.9)
    with run.transaction():
        written = services.record_reading(score_id=score_id, facts=facts)
    if written is None:
        raise NotFound(_("There is no such score."))
    return ScoreRead(written, facts.melody)


def _read(run: JobRun, score: ScoreFile) -> services.ScoreFacts:
    from ml.similarity.melody.reading import score_of

    with _rejecting(run, score):
        with storage.local_copy(score.storage_key) as path:
            data = path.read_bytes()
        # The title of a file without one stays empty: its work is named after the file's name already.
        found = score_of(data)
    return _facts(found, data)


@contextmanager
def _rejecting(run: JobRun, score: ScoreFile) -> Iterator[None]:
    """Write a refusal of ml down where the user sees it, and end the job with it."""
    from ml.similarity.melody.errors import ScoreError

    try:
        yield
    except ScoreError as error:
        code, params = error.code, {"detail": error.message}
        if code == "too_large" and score.size_bytes <= SCORE_MAX_BYTES:
            code = "too_many_notes"
    except FileNotFoundError:
        code, params = "file_missing", {}
    else:
        return
    with run.transaction():
        services.reject_score(score_id=score.id, code=code, params=params)
    raise ScoreRejected(score_message(code, params), code=code)


def _facts(found: "Score", data: bytes) -> services.ScoreFacts:
    is_midi = data[:4] in (b"MThd", b"RIFF")
    drawn = sorted(
        (
            DrawnNote(note.onset, note.duration, note.pitch, index)
            for index, part in enumerate(found.parts)
            if not part.is_drums
            for note in part.notes
        ),
        key=lambda note: (note.onset, note.pitch),
    )
    melody = [DrawnNote(note.onset, note.duration, note.pitch, found.melody_part) for note in found.melody.notes]
    notes = ScoreNotes(
        notes=drawn,
        melody=melody,
        bars=found.bars,
        seconds_per_unit=found.seconds_per_quarter,
        parts=[part.name for part in found.parts],
        melody_part=found.melody_part,
    )
    return services.ScoreFacts(
        format=ScoreFormat.MIDI if is_midi else ScoreFormat.MUSICXML,
        note_count=len(drawn),
        melody_note_count=len(melody),
        bar_count=len(found.bars),
        duration_s=round(notes.end * notes.pace, 3),
        drawing=notes.to_json(),
        melody=found.melody.to_bytes(),
        title=found.title,
        credited=[] if is_midi else people_named(data),
        parts=[part.name for part in found.parts if part.name.strip()],
    )
