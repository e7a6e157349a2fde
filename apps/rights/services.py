"""Writes of checks, decisions, registrations and certificates. Signatures; the bodies follow."""

import uuid

from apps.rights.models import Certificate, Check, Decision, Registration


def start_check(*, track_id: uuid.UUID) -> Check:
    """Check a track's recording against the registry; heavy work runs as a job (``check.job``).

    Safe to repeat: while a check of the same recording waits or runs, it is answered. Side effects: a check, a job,
    the track's status, history, audit.

    Raises:
        NotFound: there is no such track here.
        Conflict: the track has no usable recording, or its status allows no check.
    """
    raise NotImplementedError


def cancel_check(*, check_id: uuid.UUID) -> Check:
    """Stop a check that waits or runs; the track goes back to where it was."""
    raise NotImplementedError


def register(*, track_id: uuid.UUID) -> Registration:
    """Register a track that came out clear, or whose every conflict was decided as own or licensed.

    Side effects: a registration and its certificate, the registry entry becomes active, status, history, audit,
    notification.

    Raises:
        NotFound: there is no such track here.
        Conflict: not checked, a match is still open or disputed.
    """
    raise NotImplementedError


def withdraw(*, track_id: uuid.UUID, reason: str = "") -> None:
    """Take a track out of the registry; its entry is found no more, its certificate says so.

    Raises:
        NotFound, Conflict
    """
    raise NotImplementedError


def decide_match(*, match_id: uuid.UUID, kind: str, reason: str) -> Decision:
    """Decide about a match (``DecisionKind``) with a reason; both sides are notified.

    Raises:
        NotFound: there is no such match here.
        InvalidInput: unknown kind, or no reason given.
        Conflict: the match was replaced by a newer check, or is already decided so.
    """
    raise NotImplementedError


def undo_decision(*, decision_id: uuid.UUID) -> Decision:
    """Take a decision back within ``selectors.UNDO_WINDOW``; both sides are notified.

    Raises:
        NotFound, Conflict
    """
    raise NotImplementedError


def issue_certificate(*, registration_id: uuid.UUID) -> Certificate:
    """The certificate of a registration; the one that stands is answered when there is one.

    Raises:
        NotFound, Conflict
    """
    raise NotImplementedError
