"""Opening a case from a match, and freezing what it rests on."""

import secrets
import uuid
from dataclasses import replace

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.audit.services import record
from apps.cases import snapshot
from apps.cases.models import Case, Entry, EntryKind, Origin, Side
from apps.cases.services import channel, freezing
from apps.catalog.models import TrackStatus
from apps.core.errors import Conflict
from apps.core.ids import uuid7
from apps.rights.models import Direction, Facet, Match, MatchState
from apps.rights.selectors import MatchReport, get_match, match_report
from apps.tenancy.context import current_user_id

REFERENCE_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32; twelve of them are 60 bits."""


@transaction.atomic
def open_from_match(
    *, match_id: uuid.UUID, text: str, signed: str = "", item: uuid.UUID | None = None
) -> tuple[Case, bool]:
    """Open a case with the other side of a match, with a first message. Answers the case, and whether it is new.

    A case about the same two recordings that either side opened before is answered as it stands; nothing is added.
    Side effects: a case on both sides with the evidence as it is now, a notification there, audit.

    Raises:
        NotFound: there is no such match here.
        InvalidInput: no first message.
        Conflict: the match is with something of our own, or a newer check replaced it.
    """
    match = get_match(match_id)
    if match.already_ours:
        raise Conflict(
            _("Both sides of this match are yours; there is nobody to open a case with."), code="already_ours"
        )
    if match.state == MatchState.SUPERSEDED:
        raise Conflict(_("A newer check replaced this match. Open the case from that one."), code="superseded")
    evidence = evidence_of(match)
    return open_case(Origin.MATCH, match.id, match.pair_id, evidence, text=text, signed=signed, item=item)


def evidence_of(match: Match) -> snapshot.Evidence:
    """What would be frozen of a match now: it first, then what other comparisons found of the same pair."""
    others = Match.objects.filter(pair_id=match.pair_id).exclude(id=match.id).exclude(state=MatchState.SUPERSEDED)
    report = match_report(match)
    shown = report.shown
    ours = snapshot.Party(
        organisation=shown.organisation,
        title=shown.title,
        artist=shown.artist,
        contact=shown.contact,
        registered=_is_registered(match),
        shares_excerpts=shown.shares_excerpts,
        duration_s=report.asset.duration_s if report.asset else None,
    )
    theirs = snapshot.Party(
        organisation=match.other_organisation,
        title=match.other_title,
        artist=match.other_artist,
        contact=match.other_contact,
        registered=match.other_registered,
        shares_excerpts=match.other_shares_excerpts,
        duration_s=match.other_duration_s or None,
    )
    findings = [_finding(match, report)]
    findings += [_finding(other, match_report(other)) for other in others.order_by("chance_probability")]
    return snapshot.Evidence(Origin.MATCH.value, match.pair_id, timezone.now(), ours, theirs, tuple(findings))


def open_case(
    origin: Origin,
    origin_id: uuid.UUID,
    pair_id: uuid.UUID,
    evidence: snapshot.Evidence,
    *,
    text: str,
    signed: str,
    item: uuid.UUID | None,
) -> tuple[Case, bool]:
    """Open a case about what was found under a pair of the registry; the one that stands is answered instead."""
    message, name = channel.clean_text(text), channel.clean_signature(signed)
    reference, entry_item = new_reference(), item or uuid7()
    frozen = snapshot.compose(replace(evidence, frozen_at=timezone.now()), reference=reference)
    names = {
        "own_title": evidence.ours.title,
        "own_artist": evidence.ours.artist,
        "other_title": evidence.theirs.title,
        "other_artist": evidence.theirs.artist,
    }
    opened = channel.open_channel(
        reference=reference, origin=origin.value, pair_id=pair_id, names=names, evidence=frozen, item=entry_item,
        text=message, signed=name,
    )  # fmt: skip
    if not opened.is_new:
        standing: Case = Case.objects.get(reference=opened.reference)
        return standing, False
    case: Case = Case.objects.create(
        reference=reference,
        side=Side.OPENER,
        state_at=opened.at,
        origin=origin,
        origin_id=origin_id,
        other_organisation=evidence.theirs.organisation,
        other_contact=evidence.theirs.contact,
        evidence=frozen,
        evidence_sha256=snapshot.sha256_of(frozen),
        opened_by_id=current_user_id(),
        latest_at=opened.at,
        **names,
    )
    Entry.objects.create(
        case=case, item=entry_item, kind=EntryKind.OPENED, sequence=1, at=opened.at, by_us=True, text=message,
        signed=name, author_id=current_user_id(),
    )  # fmt: skip
    freezing.freeze(case_id=case.id)
    data = {
        "reference": reference,
        "origin": origin.value,
        "origin_id": str(origin_id),
        "with": case.other_organisation,
    }
    record(action="case.opened", subject_type="case", subject_id=case.id, data=data)
    return case, True


def new_reference() -> str:
    """A code that nobody can guess, in three groups of four."""
    signs = "".join(secrets.choice(REFERENCE_SIGNS) for _sign in range(12))
    return "-".join(signs[at : at + 4] for at in (0, 4, 8))


def _finding(match: Match, report: MatchReport) -> snapshot.Finding:
    versions = {"model": match.version}
    if match.facet == Facet.RECORDING or not match.version:
        versions = {"extractor": report.extractor_version, "matcher": report.matcher_version, **versions}
    return snapshot.Finding(
        facet=match.facet,
        kind=match.kind,
        alterations=tuple(match.alterations),
        score=match.score,
        chance_probability=match.chance_probability,
        tempo_ratio=match.tempo_ratio,
        pitch_semitones=match.pitch_semitones,
        own_share=match.own_share,
        other_share=match.other_share,
        found_by_us=match.direction == Direction.OUTGOING,
        found_at=report.checked_at or match.created_at,
        versions={name: value for name, value in versions.items() if value},
        threshold=report.threshold,
        compared_with=report.compared_with,
        detail=match.detail,
        stretches=tuple(
            snapshot.Stretch(
                own_start_s=segment.own_start_s,
                own_end_s=segment.own_end_s,
                other_start_s=segment.other_start_s,
                other_end_s=segment.other_end_s,
                tempo_ratio=segment.tempo_ratio,
                pitch_semitones=segment.pitch_semitones,
                confidence=segment.confidence,
                score=segment.score,
            )
            for segment in match.segments.all()
        ),
    )


def _is_registered(match: Match) -> bool:
    return match.subject.status in (TrackStatus.REGISTERED, TrackStatus.DISPUTED)


__all__ = ["evidence_of", "new_reference", "open_case", "open_from_match"]
