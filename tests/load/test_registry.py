"""Tracks are registered and merged while clients search: no wrong answer, no reader that waits.

Small in the suite. Full size: ``LOAD_TRACKS=200 LOAD_CLIENTS=10 make test ARGS="tests/load/test_registry.py -s"``.
"""

import os
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pytest
from django.db import connection

from apps.registry.tasks import merge
from apps.registry.tasks.store import PostgresPostingStore
from ml.fingerprint import grid
from ml.fingerprint.extract import Peaks
from ml.fingerprint.match import match
from tests.factories import make_organisation
from tests.integration.registry.conftest import committed as committed
from tests.integration.registry.helpers import Claimed, claim, random_peaks

pytestmark = [pytest.mark.slow]

TRACKS = int(os.environ.get("LOAD_TRACKS", "40"))
CLIENTS = int(os.environ.get("LOAD_CLIENTS", "3"))
EXCERPT = slice(round(4 / grid.FRAME_SECONDS), round(12 / grid.FRAME_SECONDS))
LONGEST_WAIT_S = 20.0


@dataclass
class Tally:
    """What the clients saw."""

    right: int = 0
    wrong: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)


def _excerpt(peaks: Peaks) -> Peaks:
    part = peaks.between(EXCERPT.start, EXCERPT.stop)
    return Peaks(part.frame - np.float32(EXCERPT.start), part.band, part.rank, EXCERPT.stop - EXCERPT.start)


def _client(label, claimed: list[Claimed], seed: int, done: threading.Event) -> Tally:
    tally, random = Tally(), np.random.default_rng(seed)
    try:
        while not done.is_set() or not tally.waits:
            own = claimed[-1]
            known = [one for one in list(claimed) if one.number < own.number]
            started = time.perf_counter()
            store = PostgresPostingStore(label.id, own.number)
            target = known[random.integers(len(known))] if random.random() < 0.8 else None
            query = _excerpt(target.peaks if target else random_peaks(int(random.integers(10**6, 10**7))))
            found = [m.track for m in match(query, store)]
            tally.waits.append(time.perf_counter() - started)
            expected = [target.number] if target else []
            if found == expected and set(store.durations) >= {one.number for one in known}:
                tally.right += 1
            else:
                tally.wrong.append(f"{found} instead of {expected}")
    finally:
        connection.close()
    return tally


def test_searches_are_right_and_never_wait_while_tracks_are_registered(committed):
    label = make_organisation()
    claimed = [claim(label, seed) for seed in range(4)]
    # What the first search of a process compiles is no wait for a writer.
    match(_excerpt(random_peaks(10**7)), PostgresPostingStore(label.id, claimed[-1].number))
    done = threading.Event()
    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(_client, label, claimed, seed, done) for seed in range(CLIENTS)]
        try:
            for seed in range(4, TRACKS):
                claimed.append(claim(label, seed))
                if seed % merge.FRESH_A_PART == 0:
                    merge.maintain(grace_s=1.0)
            merge.maintain(grace_s=1.0)
        finally:
            done.set()
        tallies = [one.result() for one in clients]
    waits = sorted(wait for tally in tallies for wait in tally.waits)
    median = statistics.median(waits)
    print(f"\n{TRACKS} tracks, {CLIENTS} clients: {len(waits)} searches, {median:.2f} s median, {waits[-1]:.2f} s most")
    assert [wrong for tally in tallies for wrong in tally.wrong] == []
    assert sum(tally.right for tally in tallies) >= CLIENTS
    assert waits[-1] < LONGEST_WAIT_S
