"""Background upkeep of the index: many small parts become few large ones, withdrawn postings go.

After O'Neil et al., "The log-structured merge-tree" (1996), in its tiered form. Parts are immutable; a merge builds a
new one range by range, each range in its own transaction, and flips in the last one. Whoever is killed leaves a
building part that the next run continues. Readers are never blocked: they keep the parts that their snapshot named.
"""

import contextlib
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from apps.registry.tasks import damage
from apps.registry.tasks.database import call, rows
from apps.registry.tasks.packing import columns, from_row, readable
from ml.fingerprint.blocks import BUCKETS, BlockError, Part, Tracks
from ml.fingerprint.extract import FingerprintError, Peaks
from ml.fingerprint.merging import Plan, merge_range
from ml.fingerprint.pages import page_width
from ml.fingerprint.store import FORMAT, part_of

FRESH_A_PART = 16
"""So many fresh entries make a part; each costs every search a millisecond or two until then."""
MOST_FRESH_A_PART = 64
FAN_IN = 4
MOST_TRACKS = 10_000
"""A merge makes no larger part than this."""
REWRITE_SHARE = 0.2
"""Share of withdrawn tracks from which a part is written anew without them."""
BYTES_A_RANGE = 8 * 1024**2
GRACE_S = 900.0
"""How long what was merged away stays readable for searches that began before. A search that takes longer reads the
layout again.
"""
LEASE_S = 120.0
STEPS_A_RUN = 500


class DamagedSource(RuntimeError):
    """A segment that is to be merged can't be read."""

    def __init__(self, segment: int, error: BlockError) -> None:
        super().__init__(str(error))
        self.segment = segment


@dataclass(frozen=True, slots=True)
class Segment:
    """A live part of the index."""

    id: int
    tracks: int
    withdrawn: int


def maintain(*, grace_s: float = GRACE_S) -> int:
    """Do what is due; answers the number of steps. Two at a time: the second does nothing."""
    holder = uuid.uuid4()
    steps = 0
    while steps < STEPS_A_RUN and call("SELECT registry_take_lease(%s, %s)", [holder, LEASE_S]):
        if steps == 0:
            call("SELECT registry_drop_building(%s)", [FORMAT])
            _mend()
        if not step():
            call("SELECT registry_sweep(%s)", [grace_s])
            call("SELECT registry_release_lease(%s)", [holder])
            break
        steps += 1
    return steps


def step() -> bool:
    """One transaction's worth of work; False when nothing is due."""
    fresh, withdrawn, building = rows("SELECT fresh, withdrawn, building FROM registry_merge_plan(%s)", [FORMAT])[0]
    if building is not None:
        try:
            return _continue(building)
        except DamagedSource as error:
            damage.report_segment(error.segment, error)
            return call("SELECT registry_remake()") > 0
    if len(fresh) >= FRESH_A_PART or withdrawn:
        taken = fresh[:MOST_FRESH_A_PART] if len(fresh) >= FRESH_A_PART else []
        return _merge_fresh(taken, withdrawn)
    query = "SELECT segment, tracks, withdrawn FROM registry_live_segments(%s)"
    parts = [Segment(*row) for row in rows(query, [FORMAT])]
    sources = choose(parts)
    return bool(sources) and _begin(sources)


def choose(parts: Sequence[Segment]) -> list[int]:
    """Which parts to merge next: a tier that is full, the smallest first, or one that is worth cleaning; or none."""
    tiers: dict[int, list[Segment]] = defaultdict(list)
    for part in sorted(parts, key=lambda p: (p.tracks, p.id)):
        tiers[_tier(part.tracks)].append(part)
    for tier in sorted(tiers):
        taken = _within_limit(tiers[tier])
        if len(taken) >= FAN_IN:
            return sorted(part.id for part in taken)
    dirty = [part for part in parts if part.withdrawn > REWRITE_SHARE * max(part.tracks, 1)]
    return [dirty[0].id] if dirty else []


def _tier(tracks: int) -> int:
    return int(np.log(max(tracks, 1) / FRESH_A_PART) / np.log(FAN_IN) + 1e-9) if tracks > FRESH_A_PART else 0


def _within_limit(parts: Sequence[Segment]) -> list[Segment]:
    taken: list[Segment] = []
    for part in parts:
        if sum(p.tracks for p in taken) + part.tracks > MOST_TRACKS:
            break
        taken.append(part)
    return taken


def _mend() -> None:
    """Segments that could not be read are made anew; reports of peaks that can be read by now are taken back."""
    call("SELECT registry_remake()")
    fine = []
    for number, data in rows("SELECT entry, peaks FROM registry_suspect_peaks()"):
        with contextlib.suppress(FingerprintError):
            Peaks.from_bytes(bytes(data))
            fine.append(number)
    if fine:
        call("SELECT registry_take_back(%s::integer[])", [fine])


def _merge_fresh(numbers: list[int], dropped: list[int]) -> bool:
    stored = rows("SELECT entry, peaks FROM registry_fresh_peaks(%s::integer[])", [numbers])
    found = readable((number, bytes(data)) for number, data in stored)
    if len(found) < len(numbers):
        # What was reported is no longer planned for.
        return True
    made = part_of(found)
    width = page_width(made.size)
    return (
        call(
            "SELECT registry_merge_fresh(%s::integer[], %s::integer[], %s, %s, %b, %s::integer[], %s::integer[], "
            "%b::bytea[])",
            [numbers, dropped, FORMAT, width, made.tracks.to_bytes(), made.stopped.tolist(), *columns(made, width)],
        )
        is not None
    )


def _begin(sources: list[int]) -> bool:
    size = sum(table.size for table in _tables(sources))
    query = "SELECT registry_merge_begin(%s::integer[], %s, %s)"
    return call(query, [sources, FORMAT, page_width(size)]) is not None


@dataclass(frozen=True, slots=True)
class _Table:
    """A source of a merge."""

    id: int
    size: int
    width: int
    tracks: Tracks
    stopped: list[int]


def _tables(segments: Sequence[int]) -> list[_Table]:
    found = rows(
        "SELECT segment, bytes, width, layout, stopped FROM registry_segment_tables(%s::integer[])", [list(segments)]
    )
    return [
        _Table(part, size, width, Tracks.from_bytes(bytes(layout)), stopped)
        for part, size, width, layout, stopped in found
    ]


def _continue(part: int) -> bool:
    """The next range of a building part, or its flip. Always True: somebody else may have done it meanwhile."""
    state = rows("SELECT sources, dropped, next_bucket, width FROM registry_merge_state(%s)", [part])
    if not state:
        return True
    sources, dropped, start, width = state[0]
    tables = _tables(sources)
    plan = Plan.of([table.tracks for table in tables], dropped)
    if start >= BUCKETS:
        call("SELECT registry_merge_finish(%s, %b)", [part, plan.tracks.to_bytes()])
        return True
    size = sum(table.size for table in tables)
    end = min(BUCKETS, start + max(1, BUCKETS * BYTES_A_RANGE // max(size, 1) // width) * width)
    merged = merge_range([_read(table, start, end) for table in tables], plan, start, end)
    call(
        "SELECT registry_merge_write(%s, %s, %s, %s::integer[], %s::integer[], %b::bytea[])",
        [part, start, end, merged.stopped.tolist(), *columns(merged, width, start, end)],
    )
    return True


def _read(table: _Table, start: int, end: int) -> Part:
    """A source, with at least these buckets."""
    pages = list(range(start // table.width, -(-end // table.width)))
    row = rows("SELECT pages, sizes, bodies FROM registry_pages(%s, %s::integer[])", [table.id, pages])[0]
    try:
        return from_row((row[0], row[1], row[2]), table.width, table.tracks, table.stopped)
    except BlockError as error:
        raise DamagedSource(table.id, error) from error
