"""Evidence of matches that another label's check found: made from our own recording and both fingerprints."""

import logging
import uuid

from apps.catalog.selectors import current_asset
from apps.catalog.storage import local_copy
from apps.jobs.runner import JobRun
from apps.registry.tasks.database import rows
from apps.rights.models import Facet, Match, MatchSegment, SubjectKind
from apps.rights.selectors import get_match
from apps.rights.services import record_evidence
from apps.rights.tasks.evidence import EvidenceMaker, listener
from ml.fingerprint.extract import FingerprintError, Peaks
from ml.fingerprint.results import Segment

logger = logging.getLogger(__name__)


def make_evidence(run: JobRun, match_id: uuid.UUID) -> None:
    """Pictures of our own recording, the matching landmarks, and the other side's stretch where it shares it.

    A recording or a fingerprint that is gone or can't be read leaves the match without pictures.
    """
    with run.transaction():
        match = get_match(match_id)
        segments = list(match.segments.all())
        asset = current_asset(match.track_id) if match.track_id else None
        stored = rows("SELECT own_peaks, other_peaks FROM registry_pair_peaks(%s)", [match.pair_id])
    if match.facet != Facet.RECORDING:
        _hear_other(run, match, segments)
        return
    if asset is None or not stored or not asset.storage_key:
        with run.commit({"files": 0}):
            return
    try:
        own, other = (Peaks.from_bytes(bytes(data)) for data in stored[0])
    except FingerprintError:
        logger.exception("Match %s has no pictures, for a fingerprint can't be read", match_id)
        with run.commit({"files": 0}):
            return
    maker = EvidenceMaker(run.organisation_id)
    try:
        with local_copy(asset.storage_key) as path:
            files = maker.make(
                match.pair_id,
                [_segment(segment) for segment in segments],
                listener(None, path),
                own,
                other,
                may_hear=match.other_shares_excerpts,
            )
        with run.commit({"files": sum(len(of_segment) for of_segment in files)}):
            record_evidence(match=Match.objects.get(id=match_id), evidence=dict(enumerate(files)))
    except BaseException:
        maker.discard()
        raise


def _hear_other(run: JobRun, match: Match, segments: list[MatchSegment]) -> None:
    """What a match of music or melody shows came with it; only the other side's sound is still to be cut."""
    maker = EvidenceMaker(run.organisation_id)
    heard = match.other_shares_excerpts and match.other_kind == SubjectKind.RECORDING
    spans = [(segment.other_start_s, segment.other_end_s) for segment in segments]
    try:
        files = maker.excerpts(match.pair_id, spans) if heard else []
        with run.commit({"files": sum(len(of_segment) for of_segment in files)}):
            record_evidence(match=Match.objects.get(id=match.id), evidence=dict(enumerate(files)))
    except BaseException:
        maker.discard()
        raise


def _segment(row: MatchSegment) -> Segment:
    return Segment(
        query_start_s=row.own_start_s,
        query_end_s=row.own_end_s,
        reference_start_s=row.other_start_s,
        reference_end_s=row.other_end_s,
        tempo_ratio=row.tempo_ratio or 1.0,
        pitch_semitones=row.pitch_semitones,
        score=row.score,
        chance_probability=1.0 - row.confidence,
    )
