"""Identifiers that sort by time of creation (RFC 9562, version 7)."""

import time
import uuid

from apps.core.ids import uuid7


def test_version_variant_and_time():
    before = time.time_ns() // 1_000_000
    made = uuid7()
    after = time.time_ns() // 1_000_000
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert before <= made.int >> 80 <= after


def test_a_thousand_differ():
    assert len({uuid7() for _ in range(1000)}) == 1000
