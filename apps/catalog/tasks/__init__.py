"""What workers do for the catalogue: listening to recordings, reading scores, cleaning up."""

from apps.catalog.tasks.cleaning import clean
from apps.catalog.tasks.recordings import Listened, RecordingRejected, analyse_asset, ensure_ingested, ingest_asset
from apps.catalog.tasks.scores import ScoreRead, ScoreRejected, ensure_score_read, read_score_file

__all__ = [
    "Listened",
    "RecordingRejected",
    "ScoreRead",
    "ScoreRejected",
    "analyse_asset",
    "clean",
    "ensure_ingested",
    "ensure_score_read",
    "ingest_asset",
    "read_score_file",
]
