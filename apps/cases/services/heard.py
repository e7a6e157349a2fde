"""Opening a case from a cue: a registered track of somebody else that was heard in a recording which we monitor."""

import uuid
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.cases import snapshot
from apps.cases.models import Case, Origin
from apps.cases.services.opening import open_case
from apps.core.errors import Conflict
from apps.monitoring.models import STANDING, Cue, LongRecording
from apps.monitoring.selectors import get_cue


@transaction.atomic
def open_from_cue(
    *, cue_id: uuid.UUID, text: str, signed: str = "", item: uuid.UUID | None = None
) -> tuple[Case, bool]:
    """Open a case with the owner of a track that was heard, with a first message. Answers the case, and whether it is
    new. All cues of that track in that recording are one case.

    Side effects: a case on both sides with the cues as they are now, a notification there, audit.

    Raises:
        NotFound: there is no such cue here.
        InvalidInput: no first message.
        Conflict: the track is our own, not from the registry, or the cue was removed.
    """
    cue = get_cue(cue_id)
    blocked = why_not(cue)
    if blocked or cue.pair_id is None:
        raise Conflict(blocked, code="no_other_side")
    return open_case(Origin.CUE, cue.id, cue.pair_id, evidence_of_cue(cue), text=text, signed=signed, item=item)


def why_not(cue: Cue) -> str:
    """Why no case can be opened from a cue, in words; empty when one can."""
    if cue.already_ours:
        return _("The track that was heard is yours; there is nobody to open a case with.")
    if cue.pair_id is None:
        return _("This cue was added by hand and is not linked to the registry, so its owner is not known.")
    if cue.state not in STANDING:
        return _("This cue was removed from the cue sheet.")
    return ""


def evidence_of_cue(cue: Cue) -> snapshot.Evidence:
    """What would be frozen of a cue now: it first, then the other stretches of the same track in the recording."""
    recording, organisation = cue.recording, cue.organisation
    others = Cue.objects.filter(recording_id=recording.id, pair_id=cue.pair_id, state__in=STANDING).exclude(id=cue.id)
    ours = snapshot.Party(
        organisation=organisation.public_name,
        title=recording.title,
        contact=organisation.contact_route,
        duration_s=recording.duration_s,
    )
    theirs = snapshot.Party(
        organisation=cue.label,
        title=cue.title,
        artist=cue.artist,
        contact=cue.contact,
        registered=cue.registered,
        shares_excerpts=cue.shares_excerpts,
        duration_s=cue.ref_duration_s,
    )
    cues = [cue, *others.order_by("start_s")]
    return snapshot.Evidence(
        origin=Origin.CUE.value,
        pair_id=cue.pair_id,
        frozen_at=timezone.now(),
        ours=ours,
        theirs=theirs,
        findings=(_finding(cue, cues),),
        context=_context(recording, cue),
    )


def _finding(cue: Cue, cues: list[Cue]) -> snapshot.Finding:
    recording = cue.recording
    versions = {"extractor": recording.extractor_version, "matcher": recording.matcher_version}
    covered = sum(each.seconds for each in cues)
    return snapshot.Finding(
        facet="recording",
        kind="cue",
        alterations=(),
        score=cue.score,
        chance_probability=cue.chance_probability,
        tempo_ratio=cue.tempo_ratio,
        pitch_semitones=cue.pitch_semitones,
        own_share=min(1.0, covered / recording.duration_s) if recording.duration_s else None,
        other_share=None,
        found_by_us=True,
        found_at=recording.finished_at or recording.created_at,
        versions={name: value for name, value in versions.items() if value},
        threshold=recording.threshold,
        compared_with=recording.compared_with or None,
        stretches=tuple(_stretch(each) for each in cues),
        detail={"by_hand": cue.by_hand, "state": cue.state},
    )


def _stretch(cue: Cue) -> snapshot.Stretch:
    """A cue that was corrected by hand may lack its place in the track: then its start stands for it."""
    start_s = cue.ref_start_s if cue.ref_start_s is not None else 0.0
    return snapshot.Stretch(
        own_start_s=cue.start_s,
        own_end_s=cue.end_s,
        other_start_s=start_s,
        other_end_s=cue.ref_end_s if cue.ref_end_s is not None else start_s + cue.seconds,
        tempo_ratio=cue.tempo_ratio,
        pitch_semitones=cue.pitch_semitones or 0.0,
        confidence=1.0 - cue.chance_probability if cue.chance_probability is not None else None,
        score=cue.score,
    )


def _context(recording: LongRecording, cue: Cue) -> dict[str, str]:
    """Where and when it was heard; nothing but that of the source."""
    context = {"recording": recording.title}
    if recording.source is not None:
        context["source"] = recording.source.name
    if recording.started_at is not None:
        context["heard_at"] = (recording.started_at + timedelta(seconds=cue.start_s)).isoformat()
    return context
