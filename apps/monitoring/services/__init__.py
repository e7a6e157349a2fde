"""Writes about long recordings, cue sheets, watchlists and sources."""

from apps.monitoring.services.cues import (
    CueDetails,
    add_cue,
    confirm_cue,
    edit_cue,
    remove_cue,
    undo_correction,
)
from apps.monitoring.services.listening import (
    FoundCue,
    Heard,
    Outcome,
    abandon,
    begin,
    record_chunk,
    record_outcome,
    record_plan,
)
from apps.monitoring.services.recordings import (
    delete_recording,
    listen_again,
    receive_recording,
    restore_recording,
    update_recording,
)
from apps.monitoring.services.sources import archive_source, save_source
from apps.monitoring.services.watching import (
    add_item,
    delete_watchlist,
    ensure_own_watchlist,
    raise_alerts,
    remove_item,
    save_watchlist,
)

__all__ = [
    "CueDetails",
    "FoundCue",
    "Heard",
    "Outcome",
    "abandon",
    "add_cue",
    "add_item",
    "archive_source",
    "begin",
    "confirm_cue",
    "delete_recording",
    "delete_watchlist",
    "edit_cue",
    "ensure_own_watchlist",
    "listen_again",
    "raise_alerts",
    "receive_recording",
    "record_chunk",
    "record_outcome",
    "record_plan",
    "remove_cue",
    "remove_item",
    "restore_recording",
    "save_source",
    "save_watchlist",
    "undo_correction",
    "update_recording",
]
