"""What a label decides about a match, and taking it back for a while."""

import uuid

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.services import notify
from apps.audit.services import record
from apps.catalog.models import TrackStatus
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
    Subject,
)
from apps.rights.selectors import UNDO_WINDOW, get_match, registration_of_subject
from apps.rights.services import other_side, subjects
from apps.rights.services.registrations import withdraw, withdraw_work
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
    track or work disputed, a withdrawal takes it out of the registry; history, audit, notifications.

    Raises:
        NotFound: there is no such match here.
        InvalidInput: unknown kind, or no reason given.
        Conflict: the match was replaced or withdrawn, is with a track of our own, or is already decided so.
    """
    get_match(match_id)
    match: Match = Match.objects.select_for_update(of=("self",)).select_related("track", "work").get(id=match_id)
    chosen, text = _valid(kind, reason)
    _require_decidable(match, _STATE_AFTER[chosen])
    decision: Decision = Decision.objects.create(
        match=match,
        kind=chosen,
        reason=text,
        actor_id=current_user_id(),
        previous_state=match.state,
        previous_track_status=match.subject.status,
    )
    if chosen == DecisionKind.WITHDRAW:
        _withdraw(match, text)
    else:
        _set_state(match, _STATE_AFTER[chosen])
        _follow(match, chosen, text)
    record(
        action="match.decided",
        subject_type="match",
        subject_id=match.id,
        data={"decision": str(decision.id), "kind": chosen.value, "reason": text, "subject": str(match.subject_id)},
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
        Decision.objects.select_for_update(of=("self",))
        .select_related("match__track", "match__work")
        .filter(id=decision_id)
        .first()
    )
    if decision is None:
        raise NotFound(_("There is no such decision."))
    if decision.undone_at is not None:
        return decision
    _require_undoable(decision)
    decision.undone_at, decision.undone_by_id = timezone.now(), current_user_id()
    decision.save()
    match = decision.match
    _restore_subject(decision)
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
    standing = registration_of_subject(decision.match.subject)
    return standing is not None and standing.registered_at > decision.created_at


def _set_state(match: Match, state: MatchState) -> None:
    match.state = state
    match.save(update_fields=["state", "updated_at"])
    other_side.tell(match, state)


def _withdraw(match: Match, reason: str) -> None:
    if match.work_id:
        withdraw_work(work_id=match.work_id, reason=reason)
    elif match.track_id:
        withdraw(track_id=match.track_id, reason=reason)


def _follow(match: Match, kind: DecisionKind, reason: str) -> None:
    """What a decision about a match that our own check found means for our track or work."""
    if match.direction == Direction.INCOMING:
        return
    subject = match.subject
    if kind == DecisionKind.DISPUTE and subject.status in (TrackStatus.CONFLICT, TrackStatus.REGISTERED):
        _set_status(subject, TrackStatus.DISPUTED, reason)
    settled = kind == DecisionKind.OWN_OR_LICENSED and subject.status == TrackStatus.DISPUTED
    if settled and not _still_disputed(subject):
        _set_status(subject, _undisputed_status(subject), reason)


def _restore_subject(decision: Decision) -> None:
    subject = decision.match.subject
    if decision.kind == DecisionKind.WITHDRAW and subject.status == TrackStatus.WITHDRAWN:
        subjects.transition(subject, TrackStatus.DRAFT, reason=_("The withdrawal was taken back."))
    elif decision.kind == DecisionKind.DISPUTE and subject.status == TrackStatus.DISPUTED:
        others = Match.objects.filter(**subjects.filter_of(subject), state=MatchState.DISPUTED)
        if not others.exclude(id=decision.match_id).exists():
            _set_status(subject, TrackStatus(decision.previous_track_status), _("The dispute was taken back."))
    elif decision.previous_track_status == TrackStatus.DISPUTED and subject.status == TrackStatus.CONFLICT:
        _set_status(subject, TrackStatus.DISPUTED, _("The decision was taken back."))


def _still_disputed(subject: Subject) -> bool:
    disputed = Match.objects.filter(
        **subjects.filter_of(subject), direction=Direction.OUTGOING, state=MatchState.DISPUTED
    )
    return disputed.exists()


def _undisputed_status(subject: Subject) -> TrackStatus:
    return TrackStatus.REGISTERED if registration_of_subject(subject) else TrackStatus.CONFLICT


def _set_status(subject: Subject, status: TrackStatus, reason: str) -> None:
    """The status, and the registration's with it."""
    subjects.transition(subject, status, reason=reason)
    state = RegistrationState.DISPUTED if status == TrackStatus.DISPUTED else RegistrationState.REGISTERED
    Registration.objects.filter(**subjects.filter_of(subject)).exclude(state=RegistrationState.WITHDRAWN).update(
        state=state, updated_at=timezone.now()
    )


def _notify(match: Match, kind: str, text: str, decision: Decision) -> None:
    organisation = match.organisation
    actor = str(decision.actor or organisation.name)
    params = {"title": match.title, "actor": actor}
    notify(kind=kind, text=text, params=params, link=match_page(organisation, match.id))
