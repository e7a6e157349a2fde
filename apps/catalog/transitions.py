"""Which way a track's status may go. Pure data."""

from apps.catalog.models import TrackStatus

_S = TrackStatus

ALLOWED: dict[TrackStatus, frozenset[TrackStatus]] = {
    _S.DRAFT: frozenset({_S.CHECKING}),
    # Back to draft when a check fails or is cancelled.
    _S.CHECKING: frozenset({_S.CLEAR, _S.INCOMPLETE, _S.CONFLICT, _S.DRAFT}),
    # Back to draft when the recording is replaced.
    _S.CLEAR: frozenset({_S.REGISTERED, _S.CHECKING, _S.CONFLICT, _S.DRAFT, _S.WITHDRAWN}),
    # What could not be compared is compared again without leaving the registry.
    _S.INCOMPLETE: frozenset({_S.CLEAR, _S.CHECKING, _S.CONFLICT, _S.DRAFT, _S.WITHDRAWN}),
    _S.CONFLICT: frozenset({_S.CLEAR, _S.CHECKING, _S.REGISTERED, _S.DISPUTED, _S.DRAFT, _S.WITHDRAWN}),
    _S.REGISTERED: frozenset({_S.DISPUTED, _S.WITHDRAWN}),
    _S.DISPUTED: frozenset({_S.REGISTERED, _S.CLEAR, _S.CONFLICT, _S.WITHDRAWN}),
    _S.WITHDRAWN: frozenset({_S.DRAFT, _S.CHECKING}),
}

# In these states the recording itself may be replaced, and the track deleted.
OPEN_STATUSES = frozenset({_S.DRAFT, _S.CLEAR, _S.INCOMPLETE, _S.CONFLICT, _S.WITHDRAWN})


def may_become(current: str, wanted: str) -> bool:
    """Whether a track may go from one status to the other."""
    return TrackStatus(wanted) in ALLOWED[TrackStatus(current)]
