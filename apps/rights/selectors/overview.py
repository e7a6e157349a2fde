"""Where a track or a work, and the whole organisation, stands in the registry."""

from django.utils.translation import gettext as _

from apps.catalog.models import AudioAsset, ScoreFile, Track, TrackStatus, Work
from apps.catalog.selectors import current_asset, current_score
from apps.rights.models import (
    OPEN_CHECK_STATES,
    Check,
    Direction,
    Match,
    MatchState,
    Registration,
    RegistrationState,
    Subject,
)
from apps.rights.selectors.matching import checks, latest_check_of, matches, matches_of
from apps.rights.selectors.registered import certificate_of, registration_of_subject
from apps.rights.selectors.shapes import HomeSummary, MatchFilters, SubjectPanel

RECENT = 8
KEEPS_PLACE = frozenset({TrackStatus.REGISTERED, TrackStatus.DISPUTED})
"""What stands in the registry is checked again without leaving it."""
REGISTRABLE = frozenset({TrackStatus.CLEAR, TrackStatus.CONFLICT})
CLAIMED = REGISTRABLE | {TrackStatus.INCOMPLETE}
"""What was checked and holds a place without being registered."""
CHECKABLE = KEEPS_PLACE | CLAIMED | {TrackStatus.DRAFT, TrackStatus.WITHDRAWN}
WITHDRAWABLE = KEEPS_PLACE | CLAIMED


def track_panel(track: Track) -> SubjectPanel:
    """Where a track stands, and which acts are open."""
    return panel_of(track)


def work_panel(work: Work) -> SubjectPanel:
    """Where a work stands, and which acts are open."""
    return panel_of(work)


def panel_of(subject: Subject) -> SubjectPanel:
    """Where a track or a work stands, and which acts are open."""
    check = latest_check_of(subject)
    found = list(matches_of(subject))
    registration = registration_of_subject(subject)
    source = current_score(subject.id) if isinstance(subject, Work) else current_asset(subject.id)
    blocked = why_not_register(subject, check, found)
    usable = source is not None and not source.is_rejected
    idle = not (check is not None and check.is_open)
    return SubjectPanel(
        subject=subject,
        check=check,
        job=check.job if check else None,
        conflicts=[match for match in found if match.is_conflict],
        incoming=[match for match in found if match.direction == Direction.INCOMING],
        already_ours=[match for match in found if match.already_ours],
        registration=registration,
        certificate=certificate_of(registration) if registration else None,
        may_retry=check is not None and idle and may_compare_rest(subject, check, source),
        may_check=usable and idle and subject.status in CHECKABLE - KEEPS_PLACE,
        may_check_again=usable and idle and subject.status in KEEPS_PLACE,
        may_register=subject.status in REGISTRABLE and not blocked,
        may_withdraw=subject.status in WITHDRAWABLE,
        why_not_register=blocked,
    )


def may_compare_rest(subject: Subject, check: Check, source: AudioAsset | ScoreFile | None) -> bool:
    """Whether what failed in the newest check of a subject can be compared again, in the same place."""
    same = source is not None and not source.is_rejected and source.id in (check.asset_id, check.score_id)
    return same and bool(check.failed_facets) and bool(check.verdict) and subject.status in CLAIMED | KEEPS_PLACE


def why_not_register(subject: Subject, check: Check | None, found: list[Match]) -> str:
    """What keeps a track or a work from being registered, in words; empty when nothing does."""
    if check is None or check.verdict == "":
        return _("Check the score first.") if isinstance(subject, Work) else _("Check the recording first.")
    if check.failed_facets:
        return _("Not everything could be compared. Compare the rest first: it takes one press of a button.")
    if any(match.is_conflict and match.state == MatchState.OPEN for match in found):
        return _("Decide about everything similar first: own or licensed, dispute, or withdraw.")
    if any(match.is_conflict and match.state == MatchState.DISPUTED for match in found):
        return _("A match is disputed. Settle it with the other side, then decide again.")
    return ""


def home_summary() -> HomeSummary:
    """Figures and the newest rows for the organisation's home page."""
    open_matches = matches(MatchFilters(state=MatchState.OPEN)).filter(already_ours=False)
    return HomeSummary(
        open_conflicts=open_matches.filter(direction=Direction.OUTGOING).count(),
        open_incoming=open_matches.filter(direction=Direction.INCOMING).count(),
        incomplete=Track.objects.filter(status=TrackStatus.INCOMPLETE, deleted_at=None).count()
        + Work.objects.filter(status=TrackStatus.INCOMPLETE, deleted_at=None).count(),
        running_checks=Check.objects.filter(state__in=OPEN_CHECK_STATES).count(),
        clear_to_register=Track.objects.filter(status=TrackStatus.CLEAR, deleted_at=None).count(),
        clear_works=Work.objects.filter(status=TrackStatus.CLEAR, deleted_at=None).count(),
        registered=Registration.objects.filter(state=RegistrationState.REGISTERED).count(),
        recent_checks=list(checks()[:RECENT]),
        recent_matches=list(matches()[:RECENT]),
    )
