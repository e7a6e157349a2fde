"""What a label decides about a match, and taking it back for a while."""

import uuid

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.services import notify
from apps.audit.services import record
from apps.catalog.models import Track, TrackStatus
from apps.catalog.services import transition_track
from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.rights import messages
from apps.rights.links import match_page
from apps.rights.models import (
    Decision,
    DecisionKind,
    Direction,
    Match,
    MatchState,
    Registration,
    RegistrationState,
)
from apps.rights.selectors import UNDO_WINDOW, get_match, registration_of
from apps.rights.services import other_side
from apps.rights.services.registrations import withdraw
from apps.tenancy.context import current_user_id

_STATE_AFTER = {
    DecisionKind.OWN_OR_LICENSED: MatchState.OWN_OR_LICENSED,
    DecisionKind.DISPUTE: MatchState.DISPUTED,
    DecisionKind.WITHDRAW: MatchState.WITHDRAWN,
}
REASON_LENGTH = 5_000


@transaction.atomic
def decide_match(*, match_id: uuid.UUID, kind: str, reason: str) -> Decision:
    """Decide about a match with a reason; both sides are notified.

    Side effects: the decision; the match's state on both sides; a dispute of a match that our check found makes our
    track disputed, a withdrawal takes it out of the registry; history, audit, notifications.

    Raises:
        NotFound: there is no such match here.
        InvalidInput: unknown kind, or no reason given.
        Conflict: the match was replaced or withdrawn, is with a track of our own, or is already decided so.
    """
    get_match(match_id)
    match: Match = Match.objects.select_for_update(of=("self",)).select_related("track").get(id=match_id)
    chosen, text = _valid(kind, reason)
    _require_decidable(match, _STATE_AFTER[chosen])
    decision: Decision = Decision.objects.create(
        match=match,
        kind=chosen,
        reason=text,
        actor_id=current_user_id(),
        previous_state=match.state,
        previous_track_status=match.track.status,
    )
    if chosen == DecisionKind.WITHDRAW:
        withdraw(track_id=match.track_id, reason=text)
    else:
        _set_state(match, _STATE_AFTER[chosen])
        _follow(match, chosen, text)
    record(
        action="match.decided",
        subject_type="match",
        subject_id=match.id,
        data={"decision": str(decision.id), "kind": chosen.value, "reason": text, "track": str(match.track_id)},
    )
    _notify(match, "match.decided", messages.DECIDED[chosen.value], decision)
    return decision


@transaction.atomic
def undo_decision(*, decision_id: uuid.UUID) -> Decision:
    """Take a decision back while ``selectors.UNDO_WINDOW`` lasts; both sides are notified. Again changes nothing.

    A track that was withdrawn becomes a draft: its place in the registry is gone, so it must be checked again.

    Raises:
        NotFound: there is no such decision here.
        Conflict: too late, or something was built on it since.
    """
    decision: Decision | None = (
        Decision.objects.select_for_update(of=("self",)).select_related("match__track").filter(id=decision_id).first()
    )
    if decision is None:
        raise NotFound(_("There is no such decision."))
    if decision.undone_at is not None:
        return decision
    _require_undoable(decision)
    decision.undone_at, decision.undone_by_id = timezone.now(), current_user_id()
    decision.save()
    match = decision.match
    _restore_track(decision)
    _set_state(match, MatchState(decision.previous_state))
    record(
        action="match.decision_undone",
        subject_type="match",
        subject_id=match.id,
        data={"decision": str(decision.id), "kind": decision.kind},
    )
    _notify(match, "match.undone", messages.UNDONE, decision)
    return decision


def _valid(kind: str, reason: str) -> tuple[DecisionKind, str]:
    text = reason.strip().replace("\x00", "")
    if kind not in DecisionKind.values:
        message = _("Choose what to do: own or licensed, dispute, or withdraw.")
        raise InvalidInput(message, code="unknown_decision", fields={"kind": message})
    if not text or len(text) > REASON_LENGTH:
        message = _("Give a reason of at most %(maximum)d characters; both sides may need it later.") % {
            "maximum": REASON_LENGTH
        }
        raise InvalidInput(message, code="reason_needed", fields={"reason": message})
    return DecisionKind(kind), text


def _require_decidable(match: Match, wanted: MatchState) -> None:
    if match.already_ours:
        message = _("Both recordings are yours; there is nothing to decide.")
    elif match.state == MatchState.SUPERSEDED:
        message = _("A newer check replaced this match. Decide about that one.")
    elif match.state == MatchState.WITHDRAWN:
        message = _("Your track was withdrawn; there is nothing left to decide.")
    elif match.state == wanted:
        message = _("This was decided already.")
    else:
        return
    raise Conflict(message, code="not_decidable")


def _require_undoable(decision: Decision) -> None:
    later = Decision.objects.filter(match_id=decision.match_id, created_at__gt=decision.created_at, undone_at=None)
    if timezone.now() - decision.created_at >= UNDO_WINDOW:
        message = _("It is too late to take this back. Make a new decision instead.")
    elif later.exists():
        message = _("A newer decision was made since. Take that one back first.")
    elif decision.kind == DecisionKind.OWN_OR_LICENSED and _registered_since(decision):
        message = _("The track was registered on the ground of this decision. Withdraw the track instead.")
    else:
        return
    raise Conflict(message, code="not_undoable")


def _registered_since(decision: Decision) -> bool:
    if decision.match.direction == Direction.INCOMING:
        return False
    standing = registration_of(decision.match.track_id)
    return standing is not None and standing.registered_at > decision.created_at


def _set_state(match: Match, state: MatchState) -> None:
    match.state = state
    match.save(update_fields=["state", "updated_at"])
    other_side.tell(match, state)


def _follow(match: Match, kind: DecisionKind, reason: str) -> None:
    """What a decision about a match that our own check found means for our track."""
    if match.direction == Direction.INCOMING:
        return
    track = match.track
    if kind == DecisionKind.DISPUTE and track.status in (TrackStatus.CONFLICT, TrackStatus.REGISTERED):
        _set_track(track, TrackStatus.DISPUTED, reason)
    if kind == DecisionKind.OWN_OR_LICENSED and track.status == TrackStatus.DISPUTED and not _still_disputed(track):
        _set_track(track, _undisputed_status(track), reason)


def _restore_track(decision: Decision) -> None:
    track = decision.match.track
    if decision.kind == DecisionKind.WITHDRAW and track.status == TrackStatus.WITHDRAWN:
        transition_track(track=track, to=TrackStatus.DRAFT, reason=_("The withdrawal was taken back."))
    elif decision.kind == DecisionKind.DISPUTE and track.status == TrackStatus.DISPUTED:
        others = Match.objects.filter(track_id=track.id, state=MatchState.DISPUTED).exclude(id=decision.match_id)
        if not others.exists():
            _set_track(track, TrackStatus(decision.previous_track_status), _("The dispute was taken back."))
    elif decision.previous_track_status == TrackStatus.DISPUTED and track.status == TrackStatus.CONFLICT:
        _set_track(track, TrackStatus.DISPUTED, _("The decision was taken back."))


def _still_disputed(track: Track) -> bool:
    disputed = Match.objects.filter(track_id=track.id, direction=Direction.OUTGOING, state=MatchState.DISPUTED)
    return disputed.exists()


def _undisputed_status(track: Track) -> TrackStatus:
    return TrackStatus.REGISTERED if registration_of(track.id) else TrackStatus.CONFLICT


def _set_track(track: Track, status: TrackStatus, reason: str) -> None:
    """The track's status, and its registration's with it."""
    transition_track(track=track, to=status, reason=reason)
    state = RegistrationState.DISPUTED if status == TrackStatus.DISPUTED else RegistrationState.REGISTERED
    Registration.objects.filter(track_id=track.id).exclude(state=RegistrationState.WITHDRAWN).update(
        state=state, updated_at=timezone.now()
    )


def _notify(match: Match, kind: str, text: str, decision: Decision) -> None:
    organisation = match.organisation
    actor = str(decision.actor or organisation.name)
    params = {"title": match.track.full_title, "actor": actor}
    notify(kind=kind, text=text, params=params, link=match_page(organisation, match.id))
