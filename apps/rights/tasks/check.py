"""One copyright check, from the sound to the verdict. No transaction is open while anything is computed."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.catalog.models import AudioAsset
from apps.catalog.storage import local_copy
from apps.catalog.tasks import ensure_ingested
from apps.jobs.runner import Cancelled, JobRun
from apps.registry.selectors import Disclosed, disclose
from apps.registry.services import pair_of
from apps.registry.tasks import claims
from apps.registry.tasks.store import PostgresPostingStore
from apps.rights import services
from apps.rights.services import FoundMatch, FoundSegment, Outcome
from apps.rights.tasks.evidence import EvidenceMaker, Listen, listener
from apps.rights.tasks.extraction import PeakExtractor
from ml.fingerprint.extract import Peaks
from ml.fingerprint.match import match as find
from ml.fingerprint.plausibility import CALIBRATION_FILE, shipped_calibration
from ml.fingerprint.results import Match, Segment

LISTENED, CLAIMED, COMPARED = 0.35, 0.4, 0.9


def run_check(run: JobRun, check_id: uuid.UUID) -> None:
    """Listen, claim a place, compare with every earlier entry, make the evidence, write the verdict.

    Killed at any point, it starts again from the beginning: the claim keeps its number, and nothing else was written.
    """
    clock = _Clock()
    with run.transaction():
        check = services.begin_check(check_id=check_id)
    with clock.step("listen"):
        peaks, asset, extractor = _listen(run, check.asset_id)
    run.progress(CLAIMED, _("Taking a place in the registry"))
    with clock.step("claim"):
        claim = claims.prepare(check.track_id, asset.id, asset.sha256, peaks)
        with run.transaction():
            number = claims.make(claim)
    with clock.step("compare"):
        store = PostgresPostingStore(run.organisation_id, number)
        found = _compare(run, peaks, store)
    maker = EvidenceMaker(run.organisation_id)
    try:
        with clock.step("evidence"), local_copy(asset.storage_key) as path:
            matches = _with_evidence(run, maker, number, found, store, peaks, listener(extractor.samples, path))
        outcome = Outcome(
            entry_number=number,
            digest=claim.digest,
            compared_with=len(store.durations),
            extractor_version=claims.EXTRACTOR_VERSION,
            matcher_version=matcher_version(),
            threshold=shipped_calibration().threshold,
            matches=matches,
            seconds=clock.seconds,
        )
        result = {"check_id": str(check_id), "verdict": "conflict" if outcome.conflicts else "clear"}
        with run.commit(result) as job:
            if job.cancel_requested_at:
                raise Cancelled
            services.record_outcome(check_id=check_id, outcome=outcome)
    except BaseException:
        maker.discard()
        raise


def matcher_version() -> str:
    """Names the matcher's constants: another calibration is another version."""
    return f"votes-1-{sha256(CALIBRATION_FILE.read_bytes()).hexdigest()[:8]}"


def _listen(run: JobRun, asset_id: uuid.UUID) -> tuple[Peaks, AudioAsset, PeakExtractor]:
    message, extractor = _("Listening to the recording"), PeakExtractor()
    run.progress(0.01, message)
    listened = ensure_ingested(
        run,
        asset_id,
        progress=lambda fraction: run.progress(LISTENED * fraction, message),
        consume=extractor.add,
    )
    return extractor.finish(), listened.asset, extractor


def _compare(run: JobRun, peaks: Peaks, store: PostgresPostingStore) -> list[Match]:
    count = len(store.durations)
    message = ngettext(
        "Comparing with %(count)d registered recording", "Comparing with %(count)d registered recordings", count
    ) % {"count": count}
    return find(
        peaks,
        store,
        progress=lambda fraction: run.progress(CLAIMED + (COMPARED - CLAIMED) * fraction, message),
    )


def _with_evidence(
    run: JobRun,
    maker: EvidenceMaker,
    number: int,
    found: list[Match],
    store: PostgresPostingStore,
    peaks: Peaks,
    listen: Listen,
) -> tuple[FoundMatch, ...]:
    """What each match's owner publishes, and its evidence. Entries that were withdrawn meanwhile are left out."""
    with run.transaction():
        known = disclose(number, [match.track for match in found])
        pairs = {other: pair_of(number, other) for other in known}
    standing = [match for match in found if match.track in known]
    made = []
    for done, match in enumerate(standing):
        run.progress(COMPARED + (0.99 - COMPARED) * done / len(standing), _("Preparing the evidence"))
        other = known[match.track]
        evidence = maker.make(
            pairs[match.track],
            match.segments,
            listen,
            peaks,
            store.peaks(match.track),
            may_hear=other.shares_excerpts or other.already_ours,
        )
        segments = [_segment(segment) for segment in match.segments]
        segments[: len(evidence)] = [
            replace(segment, evidence=files) for segment, files in zip(segments, evidence, strict=False)
        ]
        made.append(_found(match, pairs[match.track], other, tuple(segments)))
    return tuple(made)


def _found(match: Match, pair_id: uuid.UUID, other: Disclosed, segments: tuple[FoundSegment, ...]) -> FoundMatch:
    return FoundMatch(
        pair_id=pair_id,
        other=other,
        kind=match.kind.value,
        alterations=tuple(alteration.value for alteration in match.alterations),
        score=match.score,
        chance_probability=match.chance_probability,
        own_share=match.query_share,
        other_share=match.reference_share,
        segments=segments,
    )


def _segment(segment: Segment) -> FoundSegment:
    return FoundSegment(
        own_start_s=segment.query_start_s,
        own_end_s=segment.query_end_s,
        other_start_s=segment.reference_start_s,
        other_end_s=segment.reference_end_s,
        tempo_ratio=segment.tempo_ratio,
        pitch_semitones=segment.pitch_semitones,
        confidence=segment.confidence,
        score=segment.score,
    )


class _Clock:
    """Seconds spent in each step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = round(time.monotonic() - started, 3)
