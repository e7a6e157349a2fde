"""What a worker writes down of a check, and whom it tells."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import models
from django.utils import timezone

from apps.accounts.services import notify
from apps.catalog.models import TITLE_LENGTH, TrackStatus
from apps.rights import messages, storage
from apps.rights.links import check_page, match_page
from apps.rights.models import (
    Check,
    CheckState,
    Direction,
    EvidenceFile,
    Facet,
    Match,
    MatchSegment,
    MatchState,
    Verdict,
)
from apps.rights.selectors import KEEPS_PLACE, get_check
from apps.rights.services import changes, other_side, subjects
from apps.rights.services.checks import require_rest
from apps.rights.services.outcome import FoundMatch, FoundSegment, Outcome, StoredEvidence


def record_outcome(*, check_id: uuid.UUID, outcome: Outcome) -> Check:
    """Write down what a check found, and tell everybody concerned. Runs in the job's last transaction.

    Side effects: matches, segments and evidence; the verdict; what changed since the previous check; the status,
    unless it is a re-check of what is registered; history, audit; a notification here, and for each match with
    another organisation that is new to it one there.
    """
    check = get_check(check_id)
    if check.is_answered:
        require_rest(check, subjects.locked(check.subject))
    before = changes.findings_of(check.previous) if check.previous else []
    was = check.verdict
    _write_figures(check, outcome)
    _supersede(check, outcome)
    rows = [_write_match(check, found) for found in outcome.matches]
    _fold(outcome)
    check.findings = _findings(check, outcome, rows)
    check.verdict = _verdict(check)
    if check.previous is not None:
        check.changes = changes.compare(check.previous, before, check)
    check.save()
    for found in outcome.conflicts:
        other_side.deliver(found)
    _follow(check, outcome)
    _audit(check, len(outcome.matches))
    if not was or was != check.verdict or outcome.conflicts:
        _notify_verdict(check, [row for row in rows if not row.already_ours])
    return check


def record_evidence(*, match: Match, evidence: dict[int, tuple[StoredEvidence, ...]]) -> None:
    """Add files to the segments of a match, by position; those that are there already are replaced."""
    for segment in match.segments.all():
        _remove_evidence(EvidenceFile.objects.filter(segment_id=segment.id))
        _write_evidence(match, segment, evidence.get(segment.position, ()))


def _write_figures(check: Check, outcome: Outcome) -> None:
    """The check's own columns; those of comparisons that were not made again stay."""
    check.state, check.finished_at = CheckState.DONE, timezone.now()
    check.error_code, check.error_message = "", ""
    leading = Facet.MELODY if check.about_work else Facet.RECORDING
    if leading.value in outcome.facets or not check.is_answered:
        check.entry_number, check.digest = outcome.entry_number, outcome.digest
        check.compared_with, check.threshold = outcome.compared_with, outcome.threshold
        check.extractor_version, check.matcher_version = outcome.extractor_version, outcome.matcher_version
    check.figures = {**check.figures, **outcome.seconds}
    check.facets = {**check.facets, **outcome.facets}


def _verdict(check: Check) -> Verdict:
    """Clear only when every comparison that makes sense was made."""
    if any(not entry["already_ours"] for entry in check.findings):
        return Verdict.CONFLICT
    return Verdict.INCOMPLETE if check.failed_facets else Verdict.CLEAR


def _findings(check: Check, outcome: Outcome, rows: Sequence[Match]) -> list[changes.Finding]:
    """What this check found; of one that compared only what had failed, with what it had found before."""
    kept = [
        entry
        for entry in check.findings
        if entry["facet"] not in outcome.facets and uuid.UUID(entry["match"]) not in outcome.absorbed
    ]
    for entry in kept:
        told = outcome.folded.get(uuid.UUID(entry["match"]))
        if told is not None:
            entry["folded"] = sorted(told)
    return [*kept, *(changes.finding(row) for row in rows)]


def _fold(outcome: Outcome) -> None:
    """Matches of the same check that are one story are told once."""
    for match in Match.objects.filter(id__in=outcome.folded):
        match.detail = {**match.detail, "folded": outcome.folded[match.id]}
        match.save(update_fields=["detail", "updated_at"])
    Match.objects.filter(id__in=outcome.absorbed, state=MatchState.OPEN).update(
        state=MatchState.SUPERSEDED, updated_at=timezone.now()
    )


def _follow(check: Check, outcome: Outcome) -> None:
    """The subject's status; what is registered, or disputed, keeps its own."""
    subject = check.subject
    if check.keeps_place or subject.status in KEEPS_PLACE:
        return
    data = {"check": str(check.id), "matches": len(outcome.conflicts)}
    subjects.transition(subject, TrackStatus(check.verdict), data=data)


def _supersede(check: Check, outcome: Outcome) -> None:
    """Matches of earlier checks of the subject that this one did not find again.

    A comparison that failed says nothing about its matches; and a dispute about something registered stands until
    the two sides have settled it.
    """
    standing = {(found.pair_id, found.facet) for found in outcome.matches}
    ran = [name for name, facet in outcome.facets.items() if facet.get("state") == "done"]
    earlier = Match.objects.filter(
        **subjects.filter_of(check.subject), direction=Direction.OUTGOING, facet__in=ran
    ).exclude(state=MatchState.SUPERSEDED)
    if check.keeps_place:
        earlier = earlier.exclude(state=MatchState.DISPUTED)
    gone = [row.id for row in earlier.only("id", "pair_id", "facet") if (row.pair_id, row.facet) not in standing]
    Match.objects.filter(id__in=gone).update(state=MatchState.SUPERSEDED, updated_at=timezone.now())


def _write_match(check: Check, found: FoundMatch) -> Match:
    match: Match = Match.objects.filter(pair_id=found.pair_id, facet=found.facet).first() or Match(
        pair_id=found.pair_id, facet=found.facet, direction=Direction.OUTGOING
    )
    if match.state in (MatchState.SUPERSEDED, MatchState.WITHDRAWN):
        match.state = MatchState.OPEN
    other = found.other
    match.track, match.work, match.check_run = check.track, check.work, check
    match.already_ours, match.other_kind = other.already_ours, other.subject
    match.other_track_id, match.other_work_id = other.own_track, other.own_work
    match.other_title, match.other_artist = other.title[:TITLE_LENGTH], other.artist[:TITLE_LENGTH]
    match.other_organisation, match.other_contact = other.organisation, other.contact
    match.other_registered, match.other_shares_excerpts = other.registered, other.shares_excerpts
    match.other_duration_s = other.duration_s
    for name, value in found.figures().items():
        setattr(match, name, value)
    match.save()
    _remove_evidence(EvidenceFile.objects.filter(match_id=match.id))
    match.segments.all().delete()
    for position, segment in enumerate(found.segments):
        _write_segment(match, position, segment)
    return match


def _write_segment(match: Match, position: int, found: FoundSegment) -> None:
    segment = MatchSegment.objects.create(
        match=match,
        position=position,
        own_start_s=found.own_start_s,
        own_end_s=found.own_end_s,
        other_start_s=found.other_start_s,
        other_end_s=found.other_end_s,
        tempo_ratio=found.tempo_ratio,
        pitch_semitones=found.pitch_semitones,
        confidence=found.confidence,
        score=found.score,
    )
    _write_evidence(match, segment, found.evidence)


def _write_evidence(match: Match, segment: MatchSegment, evidence: tuple[StoredEvidence, ...]) -> None:
    for file in evidence:
        EvidenceFile.objects.create(
            match=match,
            segment=segment,
            kind=file.kind,
            storage_key=file.storage_key,
            media_type=file.media_type,
            size_bytes=file.size_bytes,
            start_s=file.start_s,
            end_s=file.end_s,
        )


def _remove_evidence(files: models.QuerySet[EvidenceFile]) -> None:
    storage.remove_on_commit(list(files.values_list("storage_key", flat=True)))
    files.delete()


def _notify_verdict(check: Check, conflicts: list[Match]) -> None:
    subject = check.subject
    if check.keeps_place:
        _notify_changes(check)
    elif check.verdict == Verdict.INCOMPLETE:
        subjects.notify(subject, "check.incomplete", messages.CHECK_INCOMPLETE)
    elif not conflicts:
        subjects.notify(subject, "check.clear", messages.CHECK_CLEAR)
    else:
        leading = min(conflicts, key=lambda match: (list(Facet).index(Facet(match.facet)), match.chance_probability))
        notify(
            kind="check.conflict",
            text=messages.conflict(len(conflicts)),
            params={"title": subject.full_title, "count": len(conflicts)},
            link=match_page(check.organisation, leading.id),
        )


def _notify_changes(check: Check) -> None:
    """A re-check of one says how it went; one of many only when something changed."""
    differs = changes.differs(check.changes)
    if check.recheck_id is None or differs:
        notify(
            kind="check.again",
            text=messages.RECHECK_CHANGED if differs else messages.RECHECK_SAME,
            params={"title": check.title},
            link=check_page(check.organisation, check.id),
        )


def _audit(check: Check, matches: int) -> None:
    failed = [facet.value for facet in check.failed_facets]
    data: dict[str, Any] = {"check": str(check.id), "verdict": check.verdict, "matches": matches, "failed": failed}
    subjects.record(check.subject, "check.done", data)
