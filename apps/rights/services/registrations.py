"""Registering a track or a work, withdrawing it, and its certificate."""

import secrets
import uuid

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.catalog.models import Track, TrackStatus, Work
from apps.core.errors import Conflict
from apps.registry.selectors import entry_of, entry_of_work
from apps.registry.services import activate, activate_work
from apps.rights import messages
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
    Subject,
    Verdict,
)
from apps.rights.selectors import (
    CODE_LENGTH,
    REGISTRABLE,
    WITHDRAWABLE,
    certificate_of,
    get_registration,
    latest_check_of,
    matches_of,
    normalise_code,
    registration_of_subject,
    shown_of,
    why_not_register,
)
from apps.rights.services import other_side, subjects
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
    return _registered(subjects.locked_track(track_id))


@transaction.atomic
def register_work(*, work_id: uuid.UUID) -> Registration:
    """Register a work, as ``register`` does a track.

    Raises:
        NotFound: there is no such work here.
        Conflict: not checked, a match is open or disputed, or the claim has lapsed.
    """
    return _registered(subjects.locked_work(work_id))


@transaction.atomic
def withdraw(*, track_id: uuid.UUID, reason: str = "") -> Track:
    """Take a track out of the registry: it is found no more and its certificate says so. Again changes nothing.

    Side effects: status (which ends the registry entry), registration, certificate, matches on both sides, history,
    audit, notifications on both sides.

    Raises:
        NotFound: there is no such track here.
        Conflict: it is not in the registry.
    """
    track = subjects.locked_track(track_id)
    _withdrawn(track, reason)
    return track


@transaction.atomic
def withdraw_work(*, work_id: uuid.UUID, reason: str = "") -> Work:
    """Take a work out of the registry, as ``withdraw`` does a track.

    Raises:
        NotFound: there is no such work here.
        Conflict: it is not in the registry.
    """
    work = subjects.locked_work(work_id)
    _withdrawn(work, reason)
    return work


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
    check, shown = registration.check_run, shown_of(registration.subject)
    source = check.score if registration.about_work else check.asset
    if source is None:
        raise Conflict(_("What was registered is gone; there is no certificate of it."), code="source_gone")
    certificate: Certificate = Certificate.objects.create(
        registration=registration,
        code=new_code(),
        subject_kind=registration.subject_kind,
        sha256=source.sha256,
        digest=check.digest,
        registrant_name=shown.organisation,
        title=shown.title[: Certificate._meta.get_field("title").max_length],
        artist=shown.artist[: Certificate._meta.get_field("artist").max_length],
        duration_s=source.duration_s or 0.0,
        issued_at=timezone.now(),
    )
    subjects.record(registration.subject, "certificate.issued", {"code": certificate.code})
    return certificate


def new_code() -> str:
    """A code that nobody can guess: sixteen signs in groups of four."""
    return normalise_code("".join(secrets.choice(CODE_SIGNS) for _sign in range(CODE_LENGTH)))


def _registered(subject: Subject) -> Registration:
    standing = registration_of_subject(subject)
    if standing is not None:
        return standing
    check, found = latest_check_of(subject), list(matches_of(subject))
    blocked = why_not_register(subject, check, found)
    if blocked or check is None or subject.status not in REGISTRABLE:
        raise Conflict(blocked or _("Check it first."), code="not_registrable")
    registration: Registration = Registration.objects.create(
        **{subjects.kind_of(subject): subject},
        check_run=check,
        basis=RegistrationBasis.CLEAR if check.verdict == Verdict.CLEAR else RegistrationBasis.OWN_OR_LICENSED,
        reason=_reasons(found),
        entry_number=_activated(subject, check),
        registered_by_id=current_user_id(),
        registered_at=timezone.now(),
    )
    subjects.transition(
        subject,
        TrackStatus.REGISTERED,
        reason=registration.reason,
        data={"registration": str(registration.id), "number": registration.entry_number},
    )
    issue_certificate(registration_id=registration.id)
    for match in found:
        other_side.tell_whether_registered(match)
    data: dict[str, object] = {"number": registration.entry_number, "basis": registration.basis}
    subjects.record(subject, f"{subjects.kind_of(subject)}.registered", data)
    subjects.notify(subject, f"{subjects.kind_of(subject)}.registered", messages.REGISTERED)
    return registration


def _withdrawn(subject: Subject, reason: str) -> None:
    if subject.status == TrackStatus.WITHDRAWN:
        return
    if subject.status not in WITHDRAWABLE:
        missing = _("This track is not in the registry.")
        if isinstance(subject, Work):
            missing = _("This work is not in the registry.")
        raise Conflict(missing, code="not_in_registry")
    now = timezone.now()
    subjects.transition(subject, TrackStatus.WITHDRAWN, reason=reason)
    standing = registration_of_subject(subject)
    if standing is not None:
        standing.state, standing.withdrawn_at = RegistrationState.WITHDRAWN, now
        standing.save()
        standing.certificates.filter(revoked_at=None).update(revoked_at=now)
    for match in matches_of(subject).exclude(state=MatchState.WITHDRAWN):
        match.state = MatchState.WITHDRAWN
        match.save(update_fields=["state", "updated_at"])
        other_side.tell(match, MatchState.WITHDRAWN)
    subjects.record(subject, f"{subjects.kind_of(subject)}.withdrawn", {"reason": reason})
    subjects.notify(subject, f"{subjects.kind_of(subject)}.withdrawn", messages.WITHDRAWN)


def _activated(subject: Subject, check: Check) -> int:
    """The number of the subject's claim, active from now on.

    Raises:
        Conflict: the claim has lapsed, or is another recording's or score's.
    """
    lapsed = Conflict(
        _("The registry no longer holds its place. Check it again, then register it."), code="claim_lapsed"
    )
    source = subjects.current_source(subject)
    if isinstance(subject, Work):
        entry = entry_of_work(subject.id)
        claimed, checked = (entry.score_id if entry else None), check.score_id
    else:
        of_track = entry_of(subject.id)
        claimed, checked = (of_track.asset_id if of_track else None), check.asset_id
    if source is None or claimed != source.id or checked != source.id:
        raise lapsed
    number = activate_work(subject.id) if isinstance(subject, Work) else activate(subject.id)
    if number is None:
        raise Conflict(
            _("The registry no longer holds its place. Check it again, then register it."), code="claim_lapsed"
        )
    return number


def _reasons(found: list[Match]) -> str:
    """Why the track is registered although something similar was found: the reasons of the decisions that stand."""
    conflicts = [match.id for match in found if match.is_conflict]
    decisions = Decision.objects.filter(
        match_id__in=conflicts, kind=DecisionKind.OWN_OR_LICENSED, undone_at=None
    ).order_by("created_at")
    return "\n".join(dict.fromkeys(decision.reason for decision in decisions))
