"""Claiming a place in the registry."""

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apps.registry.tasks.database import rows

if TYPE_CHECKING:
    from ml.fingerprint.extract import Peaks

EXTRACTOR_VERSION = "landmarks-2"


@dataclass(frozen=True, slots=True)
class Claim:
    """What is claimed for a recording: computed before any transaction opens.

    sha256: of the uploaded file. digest: SHA-256 of the stored peaks. postings: how many the index will hold.
    """

    track_id: uuid.UUID
    asset_id: uuid.UUID
    sha256: str
    digest: str
    duration_s: float
    postings: int
    peaks: bytes


def prepare(track_id: uuid.UUID, asset_id: uuid.UUID, sha256: str, peaks: "Peaks") -> Claim:
    """Everything that the registry stores of a recording, from its peaks. Pure computation."""
    from ml.fingerprint.extract import digest, landmarks
    from ml.fingerprint.grid import STORED_PEAKS_PER_SECOND

    stored = peaks.strongest(STORED_PEAKS_PER_SECOND)
    return Claim(
        track_id=track_id,
        asset_id=asset_id,
        sha256=sha256,
        digest=digest(peaks),
        duration_s=stored.duration_s,
        postings=len(landmarks(stored)),
        peaks=stored.to_bytes(),
    )


def make(claim: Claim) -> int:
    """Claim a place and answer its number, in the transaction of the bound organisation.

    Idempotent: the same track with the same fingerprint keeps its number. Whoever commits later has the higher
    number, and sees every lower one in a search that starts after the commit.
    """
    given: int = rows(
        "SELECT registry_claim(%s, %s, %s, %s, %s, %s, %s, %b)",
        [
            claim.track_id,
            claim.asset_id,
            claim.sha256,
            claim.digest,
            claim.duration_s,
            claim.postings,
            EXTRACTOR_VERSION,
            claim.peaks,
        ],
    )[0][0]
    return given


def renew(number: int, claim: Claim) -> str | None:
    """Give a standing entry of the bound organisation the fingerprint of a newer extractor, in place of its own.

    The entry keeps its number; its peaks change at once, and upkeep makes its postings anew. Answers the version that
    was replaced, None when the stored one is as new. Idempotent.
    """
    replaced: str | None = rows(
        "SELECT registry_renew(%s, %s, %s, %s, %s, %s, %b)",
        [number, claim.asset_id, claim.digest, claim.duration_s, claim.postings, EXTRACTOR_VERSION, claim.peaks],
    )[0][0]
    return replaced


def make_of_work(
    work_id: uuid.UUID, score_id: uuid.UUID, sha256: str, digest: str, duration_s: float, version: str
) -> int:
    """Claim a place for a work's melody, as ``make`` does for a recording.

    digest: SHA-256 of the stored melody. Idempotent: the same work with the same melody keeps its number.
    """
    given: int = rows(
        "SELECT registry_claim_work(%s, %s, %s, %s, %s, %s)", [work_id, score_id, sha256, digest, duration_s, version]
    )[0][0]
    return given
