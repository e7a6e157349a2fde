"""Reads of the registry: what it discloses, and where the bound organisation's own tracks stand."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import DEFAULT_DB_ALIAS, connection, connections


@dataclass(frozen=True)
class Disclosed:
    """All that one organisation may learn of what another registered. ``own_track`` and ``own_work`` only of its own.

    subject: ``recording`` or ``work``.
    """

    number: int
    title: str
    artist: str
    organisation: str
    contact: str
    registered: bool
    shares_excerpts: bool
    duration_s: float
    already_ours: bool
    own_track: uuid.UUID | None
    subject: str = "recording"
    own_work: uuid.UUID | None = None


@dataclass(frozen=True)
class Entry:
    """A track's own place in the registry."""

    number: int
    state: str
    asset_id: uuid.UUID
    digest: str


@dataclass(frozen=True)
class WorkEntry:
    """A work's own place in the registry."""

    number: int
    state: str
    score_id: uuid.UUID
    digest: str


@dataclass(frozen=True)
class RegistryFigures:
    """How large the registry is. Counts of all organisations together."""

    active: int
    pending: int
    segments: int
    fresh: int
    bytes: int
    postings: int


def disclose(number: int, others: Sequence[int]) -> dict[int, Disclosed]:
    """What the registry tells the owner of entry ``number`` about other entries, by number.

    Withdrawn entries are not in the answer.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT entry, title, artist, organisation, contact, registered, shares_excerpts, duration_s, "
            "already_ours, own_track, subject, own_work FROM registry_disclose(%s, %s::integer[])",
            [number, list(others)],
        )
        return {row[0]: Disclosed(*row) for row in cursor.fetchall()}


def entry_of(track_id: uuid.UUID) -> Entry | None:
    """Where a track of the bound organisation stands; None when it has no claim."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, state, asset_id, digest FROM registry_entry_of(%s)", [track_id])
        row = cursor.fetchone()
    return Entry(*row) if row else None


def entry_of_work(work_id: uuid.UUID) -> WorkEntry | None:
    """Where a work of the bound organisation stands; None when it has no claim."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, state, score_id, digest FROM registry_entry_of_work(%s)", [work_id])
        row = cursor.fetchone()
    return WorkEntry(*row) if row else None


def print_versions(number: int) -> dict[str, str]:
    """With which version each print of an entry of the bound organisation was made, by kind.

    ``fingerprint``, ``cover``, ``melody``, ``transcription``.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, version FROM registry_print_versions(%s)", [number])
        return dict(cursor.fetchall())


def outdated(subject: str, kind: str, version: str) -> set[uuid.UUID]:
    """Tracks (``recording``) or works (``work``) of the bound organisation whose print of a kind has another version,
    or that have none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(track_id, work_id) FROM registry_outdated(%s, %s, %s)", [subject, kind, version]
        )
        return {row[0] for row in cursor.fetchall()}


@dataclass(frozen=True)
class RegistryBytes:
    """What the registry takes on disk, indexes and row headers included.

    kept_for_readers: postings that were merged away and are dropped when the grace is over, or are just being written.
    """

    postings: int
    kept_for_readers: int
    peaks: int
    entries: int
    prints: int

    @property
    def fingerprints(self) -> int:
        """All that recordings are recognised by."""
        return self.postings + self.kept_for_readers + self.peaks + self.entries


def sizes() -> RegistryBytes:
    """Bytes on disk, as they stand."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT postings, kept_for_readers, peaks, entries, prints FROM registry_sizes()")
        return RegistryBytes(*(int(value) for value in cursor.fetchone()))


def figures(alias: str = DEFAULT_DB_ALIAS) -> RegistryFigures:
    """The registry's size."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT active, pending, segments, fresh, bytes, postings FROM registry_figures()")
        return RegistryFigures(*cursor.fetchone())
