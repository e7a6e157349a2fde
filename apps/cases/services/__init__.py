"""Writes of cases. Each is one transaction, audited, safe to repeat, and sent to the other side if it concerns it."""

from apps.cases.services import deadlines, exports, files, freezing, opening, proposals, states, thread
from apps.cases.services.cleanup import remove_orphans
from apps.cases.services.heard import open_from_cue
from apps.cases.services.opening import open_from_match

__all__ = [
    "deadlines",
    "exports",
    "files",
    "freezing",
    "open_from_cue",
    "open_from_match",
    "opening",
    "proposals",
    "remove_orphans",
    "states",
    "thread",
]
