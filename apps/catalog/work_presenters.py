"""How works and scores look on pages and in the API."""

from pathlib import PurePosixPath

from apps.catalog.models import ScoreFile, ScoreFormat, Work
from apps.catalog.selectors import content_of
from apps.core.piano_roll import PianoRoll, RollSide
from apps.core.scores import ScoreNotes
from apps.core.serving import StoredFile

_MEDIA_TYPES = {
    ScoreFormat.MIDI: "audio/midi",
    ScoreFormat.MUSICXML: "application/vnd.recordare.musicxml",
}


def roll_of(work: Work, score: ScoreFile | None) -> PianoRoll | None:
    """The piano roll of a work's score; None while there is nothing to draw."""
    content = content_of(score.id) if score is not None and score.is_ready else None
    if content is None:
        return None
    return PianoRoll(RollSide(work.full_title, ScoreNotes.from_json(content.drawing), work.composer_line))


def score_download(score: ScoreFile) -> StoredFile:
    """How a score is served: always for saving, under its own name with the ending that its content has."""
    media_type = _MEDIA_TYPES.get(ScoreFormat(score.format), "") if score.format else ""
    name = score.filename or "score"
    if not PurePosixPath(name).suffix:
        name += ".mid" if score.format == ScoreFormat.MIDI else ".musicxml"
    return StoredFile(
        score.storage_key, media_type or "application/octet-stream", name, score.sha256[:40], inline=False
    )
