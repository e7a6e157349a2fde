"""Registering a track, withdrawing it, and its certificate."""

import secrets
import uuid

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.services import notify
from apps.audit.services import record
from apps.catalog.models import Track, TrackStatus
from apps.catalog.selectors import current_asset, get_track
from apps.catalog.services import transition_track
from apps.core.errors import Conflict
from apps.registry.selectors import entry_of
from apps.registry.services import activate
from apps.rights import messages
from apps.rights.links import track_page
from apps.rights.models import (
    Certificate,
    Check,
    Decision,
    DecisionKind,
    Match,
    MatchState,
    Registration,
    RegistrationBasis,
    RegistrationState,
    Verdict,
)
from apps.rights.selectors import (
    CODE_LENGTH,
    REGISTRABLE,
    WITHDRAWABLE,
    MatchFilters,
    certificate_of,
    get_registration,
    latest_check,
    matches,
    normalise_code,
    registration_of,
    shown_of,
    why_not_register,
)
from apps.rights.services import other_side
from apps.tenancy.context import current_user_id

CODE_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that looks like a digit. Sixteen of them are 80 bits."""


@transaction.atomic
def register(*, track_id: uuid.UUID) -> Registration:
    """Register a track that came out clear, or whose every conflict was decided as own or licensed.

    Again answers the registration that stands. Side effects: a registration and its certificate, the registry entry
    becomes active, status, history, audit, notification.

    Raises:
        NotFound: there is no such track here.
        Conflict: not checked, a match is open or disputed, or the claim has lapsed.
    """
    track = _locked(track_id)
    standing = registration_of(track.id)
    if standing is not None:
        return standing
    check, found = latest_check(track.id), list(matches(MatchFilters(track_id=track.id)))
    blocked = why_not_register(track, check, found)
    if blocked or check is None or track.status not in REGISTRABLE:
        raise Conflict(blocked or _("Check the recording first."), code="not_registrable")
    registration: Registration = Registration.objects.create(
        track=track,
        check_run=check,
        basis=RegistrationBasis.CLEAR if check.verdict == Verdict.CLEAR else RegistrationBasis.OWN_OR_LICENSED,
        reason=_reasons(found),
        entry_number=_activated(track, check),
        registered_by_id=current_user_id(),
        registered_at=timezone.now(),
    )
    transition_track(
        track=track,
        to=TrackStatus.REGISTERED,
        reason=registration.reason,
        data={"registration": str(registration.id), "number": registration.entry_number},
    )
    issue_certificate(registration_id=registration.id)
    for match in found:
        other_side.tell_whether_registered(match)
    _record(track, "track.registered", {"number": registration.entry_number, "basis": registration.basis})
    _notify(track, "track.registered", messages.REGISTERED)
    return registration


@transaction.atomic
def withdraw(*, track_id: uuid.UUID, reason: str = "") -> Track:
    """Take a track out of the registry: it is found no more and its certificate says so. Again changes nothing.

    Side effects: status (which ends the registry entry), registration, certificate, matches on both sides, history,
    audit, notifications on both sides.

    Raises:
        NotFound: there is no such track here.
        Conflict: it is not in the registry.
    """
    track = _locked(track_id)
    if track.status == TrackStatus.WITHDRAWN:
        return track
    if track.status not in WITHDRAWABLE:
        raise Conflict(_("This track is not in the registry."), code="not_in_registry")
    now = timezone.now()
    transition_track(track=track, to=TrackStatus.WITHDRAWN, reason=reason)
    standing = registration_of(track.id)
    if standing is not None:
        standing.state, standing.withdrawn_at = RegistrationState.WITHDRAWN, now
        standing.save()
        standing.certificates.filter(revoked_at=None).update(revoked_at=now)
    for match in matches(MatchFilters(track_id=track.id)).exclude(state=MatchState.WITHDRAWN):
        match.state = MatchState.WITHDRAWN
        match.save(update_fields=["state", "updated_at"])
        other_side.tell(match, MatchState.WITHDRAWN)
    _record(track, "track.withdrawn", {"reason": reason})
    _notify(track, "track.withdrawn", messages.WITHDRAWN)
    return track


@transaction.atomic
def issue_certificate(*, registration_id: uuid.UUID) -> Certificate:
    """The certificate of a registration; the one that stands is answered when there is one.

    Raises:
        NotFound: there is no such registration here.
        Conflict: the registration was withdrawn.
    """
    registration = get_registration(registration_id)
    if registration.state == RegistrationState.WITHDRAWN:
        raise Conflict(_("This registration was withdrawn; it has no certificate any more."), code="withdrawn")
    known = certificate_of(registration)
    if known is not None:
        return known
    check, shown = registration.check_run, shown_of(registration.track)
    certificate: Certificate = Certificate.objects.create(
        registration=registration,
        code=new_code(),
        sha256=check.asset.sha256,
        digest=check.digest,
        registrant_name=shown.organisation,
        title=shown.title,
        artist=shown.artist[: Certificate._meta.get_field("artist").max_length],
        duration_s=check.asset.duration_s or 0.0,
        issued_at=timezone.now(),
    )
    _record(registration.track, "certificate.issued", {"code": certificate.code})
    return certificate


def new_code() -> str:
    """A code that nobody can guess: sixteen signs in groups of four."""
    return normalise_code("".join(secrets.choice(CODE_SIGNS) for _sign in range(CODE_LENGTH)))


def _locked(track_id: uuid.UUID) -> Track:
    get_track(track_id)
    track: Track = Track.objects.select_for_update(of=("self",)).get(id=track_id)
    return track


def _activated(track: Track, check: Check) -> int:
    """The number of the track's claim, active from now on.

    Raises:
        Conflict: the claim has lapsed, or is another recording's.
    """
    entry, asset = entry_of(track.id), current_asset(track.id)
    if entry is None or asset is None or entry.asset_id != asset.id or check.asset_id != asset.id:
        message = _("The registry no longer holds the place of this recording. Check it again, then register it.")
        raise Conflict(message, code="claim_lapsed")
    activate(track.id)
    return entry.number


def _reasons(found: list[Match]) -> str:
    """Why the track is registered although something similar was found: the reasons of the decisions that stand."""
    conflicts = [match.id for match in found if match.is_conflict]
    decisions = Decision.objects.filter(
        match_id__in=conflicts, kind=DecisionKind.OWN_OR_LICENSED, undone_at=None
    ).order_by("created_at")
    return "\n".join(dict.fromkeys(decision.reason for decision in decisions))


def _record(track: Track, action: str, data: dict[str, object]) -> None:
    record(action=action, subject_type="track", subject_id=track.id, data=data)


def _notify(track: Track, kind: str, text: str) -> None:
    notify(kind=kind, text=text, params={"title": track.full_title}, link=track_page(track.organisation, track.id))
