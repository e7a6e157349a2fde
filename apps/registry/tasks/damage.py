"""What of the registry can't be read is passed over, logged, and listed for the platform's staff.

One damaged row must not stop every check. A report hides nothing by itself: a newer worker may be able to read what an
older one could not, and upkeep takes reports back that are true no more.
"""

import logging

from django.db import connection

from apps.registry.tasks.database import call

logger = logging.getLogger(__name__)

PEAKS = "peaks"
_told: set[tuple[str, str, int]] = set()


def report(kind: str, number: int, error: object) -> None:
    """An entry's peaks, or its print of a kind, can't be read: said once by each process."""
    if _new(kind, number):
        logger.error("Entry %s can't be found by its %s, which can't be read: %s", number, kind, error)
        call("SELECT registry_report_damage(%s, %s, %s)", [kind, number, str(error)])


def report_segment(segment: int, error: object) -> None:
    """A part of the index can't be read whole; upkeep makes it anew from the peaks."""
    if _new("segment", segment):
        logger.error("Segment %s of the registry can't be read and will be made anew: %s", segment, error)
        call("SELECT registry_report_segment(%s, %s)", [segment, str(error)])


def forget() -> None:
    """Report everything again."""
    _told.clear()


def _new(kind: str, number: int) -> bool:
    database = connection.settings_dict
    key = (f"{database['HOST']}:{database['PORT']}/{database['NAME']}", kind, number)
    if key in _told:
        return False
    _told.add(key)
    return True
