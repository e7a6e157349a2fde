"""What the demo's labels did later: one asks for more certainty, the other checks again what it registered."""

import uuid

from django.db.models import Q

from apps.catalog.models import TrackStatus
from apps.jobs import runner
from apps.portal.demo_material import Owners, Report
from apps.rights.models import Check, Direction, Facet, Match
from apps.rights.selectors import threshold_settings
from apps.rights.services import request_work_check, set_thresholds, start_check
from apps.tenancy.context import bind

CAUTIOUS = "ceilidh"
LATER_FOUND = (Facet.COVER, Facet.MELODY)
"""What is compared with later entries too, so that checking again finds it."""


def seed_again(ids: Owners, *, report: Report) -> None:
    """Choose a threshold, and check again what later uploads turned out to be like. Safe to repeat."""
    report("Checking again what was registered …")
    _choose_threshold(ids)
    for organisation_id, user_id in ids.values():
        for facet in LATER_FOUND:
            with bind(organisation_id, user_id=user_id):
                job_id = _check_again(facet)
            if job_id is not None:
                runner.run(job_id, organisation_id)


def _choose_threshold(ids: Owners) -> None:
    """The strictest limit for recordings, at which the fewest unrelated queries were reported."""
    organisation_id, user_id = ids[CAUTIOUS]
    with bind(organisation_id, user_id=user_id):
        for setting in threshold_settings():
            if setting.facet == Facet.RECORDING and setting.sensitivity.is_adjustable:
                set_thresholds(values={Facet.RECORDING.value: setting.sensitivity.strictest})


def _check_again(facet: Facet) -> uuid.UUID | None:
    """Ask for the second check of what a newcomer is like; answers its job while there is something to do."""
    registered = Q(track__status=TrackStatus.REGISTERED) | Q(work__status=TrackStatus.REGISTERED)
    incoming = Match.objects.filter(registered, facet=facet, direction=Direction.INCOMING)
    match = incoming.order_by("created_at").first()
    if match is None:
        return None
    second = Check.objects.filter(track_id=match.track_id, work_id=match.work_id).order_by("created_at")[1:2].first()
    if second is not None:
        return second.job_id
    if match.work_id is not None:
        return request_work_check(work_id=match.work_id).job_id
    return start_check(track_id=match.track_id).job_id
