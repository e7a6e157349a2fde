"""Checks, matches and their reports."""

import json
import uuid
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.catalog.models import Work
from apps.catalog.selectors import current_asset
from apps.core.errors import NotFound
from apps.rights.models import (
    Check,
    CheckState,
    Decision,
    EvidenceFile,
    EvidenceKind,
    Facet,
    Match,
    MatchSegment,
    MatchState,
    Subject,
    SubjectKind,
    Verdict,
)
from apps.rights.selectors.shapes import MatchFilters, MatchReport, OtherSide, SegmentReport, Shown

UNDO_WINDOW = timedelta(hours=1)
"""How long a decision can be undone."""
LIKELY_BELOW = 1e-4
POSSIBLE_BELOW = 1e-2


def checks(*, text: str = "", state: str = "", verdict: str = "") -> QuerySet[Check]:
    """Checks, newest first, with what they are about, its source and the job.

    ``incomplete`` are all of which a comparison failed, also those that found something in another one.
    """
    found = with_subject(Check.objects.select_related("track", "asset", "work", "score", "job", "requested_by"))
    if text:
        found = found.filter(Q(track__title__icontains=text) | Q(work__title__icontains=text))
    if state:
        found = found.filter(state=state)
    if verdict == Verdict.INCOMPLETE:
        found = found.filter(reduce(or_, (Q(**{f"facets__{facet.value}__state": "failed"}) for facet in Facet)))
    elif verdict:
        found = found.filter(verdict=verdict)
    return found.order_by("-created_at")


def get_check(check_id: uuid.UUID) -> Check:
    """One check.

    Raises:
        NotFound: there is none with this id here.
    """
    check: Check | None = checks().filter(id=check_id).first()
    if check is None:
        raise NotFound(_("There is no such check."))
    return check


def latest_check(track_id: uuid.UUID) -> Check | None:
    """The newest check of a track."""
    return checks().filter(track_id=track_id).first()


def latest_check_of(subject: Subject) -> Check | None:
    """The newest check of a track or a work."""
    return checks().filter(**_is(subject)).first()


def latest_done_check(subject: Subject) -> Check | None:
    """The newest check of a track or a work that has an answer."""
    return checks(state=CheckState.DONE).filter(**_is(subject)).first()


def matches_of(subject: Subject) -> QuerySet[Match]:
    """Matches of a track or a work that stand, newest first."""
    return matches().filter(**_is(subject))


def with_subject(found: QuerySet[Any]) -> QuerySet[Any]:
    """Rows of tracks and works, with ``subject_title`` to sort by."""
    return found.annotate(subject_title=Coalesce("track__title", "work__title"))


def matches(filters: MatchFilters | None = None) -> QuerySet[Match]:
    """Matches, newest first, with our track; superseded ones only on request."""
    wanted = filters or MatchFilters()
    found = with_subject(Match.objects.select_related("track", "work", "other_track", "other_work").defer("detail"))
    if wanted.text:
        text = wanted.text
        found = found.filter(
            Q(track__title__icontains=text)
            | Q(work__title__icontains=text)
            | Q(other_title__icontains=text)
            | Q(other_artist__icontains=text)
            | Q(other_organisation__icontains=text)
        )
    if wanted.state:
        found = found.filter(state=wanted.state)
    elif not wanted.include_superseded:
        found = found.exclude(state=MatchState.SUPERSEDED)
    if wanted.direction:
        found = found.filter(direction=wanted.direction)
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    if wanted.facet:
        found = found.filter(facet=wanted.facet)
    if wanted.of:
        found = found.filter(already_ours=wanted.of == "own")
    if wanted.track_id:
        found = found.filter(track_id=wanted.track_id)
    if wanted.work_id:
        found = found.filter(work_id=wanted.work_id)
    return found.order_by("-created_at")


def get_match(match_id: uuid.UUID) -> Match:
    """One match.

    Raises:
        NotFound: there is none with this id here.
    """
    match: Match | None = matches(MatchFilters(include_superseded=True)).filter(id=match_id).first()
    if match is None:
        raise NotFound(_("There is no such match."))
    return match


def get_evidence(match_id: uuid.UUID, evidence_id: uuid.UUID) -> EvidenceFile:
    """One stored file of a match.

    Raises:
        NotFound: there is none with this id here.
    """
    evidence: EvidenceFile | None = EvidenceFile.objects.filter(match_id=match_id, id=evidence_id).first()
    if evidence is None:
        raise NotFound(_("There is no such evidence."))
    return evidence


def get_decision(decision_id: uuid.UUID) -> Decision:
    """One decision.

    Raises:
        NotFound: there is none with this id here.
    """
    decision: Decision | None = Decision.objects.select_related("match", "actor").filter(id=decision_id).first()
    if decision is None:
        raise NotFound(_("There is no such decision."))
    return decision


def landmarks(evidence: EvidenceFile) -> dict[str, Any]:
    """The matching peaks that a landmark file holds: ``points`` of (own s, own Hz, other s, other Hz)."""
    with default_storage.open(evidence.storage_key, "rb") as stored:
        found: dict[str, Any] = json.load(stored)
    return found


def match_report(match: Match) -> MatchReport:
    """Everything to say about one match. Reads only the bound organisation's rows."""
    segments = [_segment_report(segment) for segment in match.segments.prefetch_related("evidence")]
    decisions = list(match.decisions.select_related("actor"))
    check = match.check_run
    return MatchReport(
        match=match,
        asset=current_asset(match.track_id) if match.track_id else None,
        other=_other_side(match),
        shown=shown_of(match.subject),
        sureness=sureness(match),
        segments=segments,
        decisions=decisions,
        undoable=undoable(decisions),
        threshold=match.threshold if match.threshold is not None else (check.threshold if check else None),
        extractor_version=check.extractor_version if check else "",
        matcher_version=check.matcher_version if check else "",
        compared_with=_compared_with(match),
        checked_at=check.finished_at if check else match.created_at,
        evidence_pending=(
            match.facet == Facet.RECORDING and any(segment.landmarks is None for segment in segments[:1])
        ),
    )


def sureness(match: Match) -> str:
    """``likely``, ``possible`` or ``unsure``, from the probability that chance scores as high."""
    if match.chance_probability < LIKELY_BELOW:
        return "likely"
    return "possible" if match.chance_probability < POSSIBLE_BELOW else "unsure"


def shown_of(subject: Subject) -> Shown:
    """What other labels are shown of a track or a work of ours."""
    organisation = subject.organisation
    return Shown(
        title=subject.shown_title,
        artist=subject.shown_artist,
        organisation=organisation.public_name,
        contact=organisation.contact_route,
        shares_excerpts=organisation.share_excerpts,
    )


def undoable(decisions: list[Decision]) -> Decision | None:
    """The newest decision, while it may still be undone."""
    standing = [decision for decision in decisions if decision.undone_at is None]
    if standing and timezone.now() - standing[0].created_at < UNDO_WINDOW:
        return standing[0]
    return None


def _segment_report(segment: MatchSegment) -> SegmentReport:
    files = {evidence.kind: evidence for evidence in segment.evidence.all()}
    return SegmentReport(
        id=segment.id,
        position=segment.position,
        own_start_s=segment.own_start_s,
        own_end_s=segment.own_end_s,
        other_start_s=segment.other_start_s,
        other_end_s=segment.other_end_s,
        tempo_ratio=segment.tempo_ratio,
        pitch_semitones=segment.pitch_semitones,
        confidence=segment.confidence,
        own_spectrogram=files.get(EvidenceKind.OWN_SPECTROGRAM),
        other_spectrogram=files.get(EvidenceKind.OTHER_SPECTROGRAM),
        other_excerpt=files.get(EvidenceKind.OTHER_EXCERPT),
        landmarks=files.get(EvidenceKind.LANDMARKS),
    )


def _other_side(match: Match) -> OtherSide:
    return OtherSide(
        title=match.other_title,
        artist=match.other_artist,
        organisation=match.other_organisation,
        contact=match.other_contact,
        registered=match.other_registered,
        shares_excerpts=match.other_shares_excerpts,
        duration_s=match.other_duration_s,
        already_ours=match.already_ours,
        track=match.other_track,
        work=match.other_work,
        kind=SubjectKind(match.other_kind),
    )


def _compared_with(match: Match) -> int | None:
    check = match.check_run
    if check is None:
        return None
    of_facet: int | None = check.facet(Facet(match.facet)).get("compared_with")
    return check.compared_with if of_facet is None else of_facet


def _is(subject: Subject) -> dict[str, uuid.UUID]:
    return {"work_id" if isinstance(subject, Work) else "track_id": subject.id}
