"""Where a track, and the whole organisation, stands in the registry."""

from django.utils.translation import gettext as _

from apps.catalog.models import Track, TrackStatus
from apps.catalog.selectors import current_asset
from apps.rights.models import OPEN_CHECK_STATES, Check, Direction, Match, MatchState, Registration, RegistrationState
from apps.rights.selectors.matching import checks, latest_check, matches
from apps.rights.selectors.registered import certificate_of, registration_of
from apps.rights.selectors.shapes import HomeSummary, MatchFilters, TrackPanel

RECENT = 8
CHECKABLE = frozenset({TrackStatus.DRAFT, TrackStatus.CLEAR, TrackStatus.CONFLICT, TrackStatus.WITHDRAWN})
REGISTRABLE = frozenset({TrackStatus.CLEAR, TrackStatus.CONFLICT})
WITHDRAWABLE = frozenset({TrackStatus.CLEAR, TrackStatus.CONFLICT, TrackStatus.REGISTERED, TrackStatus.DISPUTED})


def track_panel(track: Track) -> TrackPanel:
    """Where a track stands, and which acts are open."""
    check = latest_check(track.id)
    found = list(matches(MatchFilters(track_id=track.id)))
    registration = registration_of(track.id)
    asset = current_asset(track.id)
    blocked = why_not_register(track, check, found)
    audible = asset is not None and not asset.is_rejected
    return TrackPanel(
        track=track,
        check=check,
        job=check.job if check else None,
        conflicts=[match for match in found if match.is_conflict],
        incoming=[match for match in found if match.direction == Direction.INCOMING],
        already_ours=[match for match in found if match.already_ours],
        registration=registration,
        certificate=certificate_of(registration) if registration else None,
        may_check=audible and track.status in CHECKABLE and not (check is not None and check.is_open),
        may_register=track.status in REGISTRABLE and not blocked,
        may_withdraw=track.status in WITHDRAWABLE,
        why_not_register=blocked,
    )


def why_not_register(track: Track, check: Check | None, found: list[Match]) -> str:
    """What keeps a track from being registered, in words; empty when nothing does."""
    if check is None or check.verdict == "":
        return _("Check the recording first.")
    open_ones = [match for match in found if match.is_conflict and match.state == MatchState.OPEN]
    if open_ones:
        return _("Decide about each similar recording first: own or licensed, dispute, or withdraw.")
    if any(match.is_conflict and match.state == MatchState.DISPUTED for match in found):
        return _("A match is disputed. Settle it with the other side, then decide again.")
    return ""


def home_summary() -> HomeSummary:
    """Figures and the newest rows for the organisation's home page."""
    open_matches = matches(MatchFilters(state=MatchState.OPEN)).filter(already_ours=False)
    return HomeSummary(
        open_conflicts=open_matches.filter(direction=Direction.OUTGOING).count(),
        open_incoming=open_matches.filter(direction=Direction.INCOMING).count(),
        running_checks=Check.objects.filter(state__in=OPEN_CHECK_STATES).count(),
        clear_to_register=Track.objects.filter(status=TrackStatus.CLEAR).count(),
        registered=Registration.objects.filter(state=RegistrationState.REGISTERED).count(),
        recent_checks=list(checks()[:RECENT]),
        recent_matches=list(matches()[:RECENT]),
    )
