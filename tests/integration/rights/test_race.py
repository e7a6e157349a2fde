"""Labels that check the same recording at the same moment: exactly one comes out clear."""

import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from apps.jobs.models import JobState
from apps.rights import services
from apps.tenancy.context import bind
from tests.integration.registry.conftest import committed  # noqa: F401 – a fixture
from tests.integration.rights.helpers import draft, label, outcome, run_job, song

ROUNDS = 4


def test_never_are_both_clear(committed):  # noqa: F811
    labels = [label() for _ in range(2)]
    barrier = threading.Barrier(len(labels))

    def run(organisation, job):
        try:
            barrier.wait()
            return run_job(organisation, job)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(labels)) as pool:
        for round_number in range(ROUNDS):
            started = []
            for organisation in labels:
                track = draft(organisation, song(round_number, 6.0), f"Round {round_number}")
                with bind(organisation.id):
                    started.append(services.start_check(track_id=track.id))
            running = [pool.submit(run, o, check.job) for o, check in zip(labels, started, strict=True)]
            assert [future.result() for future in running] == [JobState.SUCCEEDED] * 2
            ends = [outcome(o, check) for o, check in zip(labels, started, strict=True)]
            by_number = sorted(ends, key=lambda end: end.check.entry_number or 0)
            assert [end.check.verdict for end in by_number] == ["clear", "conflict"]
            assert by_number[1].matches[0].other_title == f"Round {round_number}"
