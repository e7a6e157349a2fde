"""What may be done in which state, by which side, and until when."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.cases.models import CaseState
from apps.cases.rules import Act, Standing, after_contribution, allowed, remind_at

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TALKING = {Act.TALK, Act.PROPOSE, Act.CLOSE}


@pytest.mark.parametrize(
    ("state", "side", "acts"),
    [
        ("open", "opener", TALKING | {Act.WITHDRAW}),
        ("open", "answerer", TALKING | {Act.DECLINE}),
        ("in_discussion", "opener", TALKING | {Act.WITHDRAW}),
        ("in_discussion", "answerer", TALKING | {Act.DECLINE}),
        ("agreed", "opener", TALKING),
        ("agreed", "answerer", TALKING),
        ("declined", "opener", {Act.REOPEN}),
        ("declined", "answerer", {Act.REOPEN}),
        ("withdrawn", "opener", {Act.REOPEN}),
        ("withdrawn", "answerer", set()),
        ("closed", "opener", {Act.REOPEN}),
        ("closed", "answerer", {Act.REOPEN}),
    ],
)
def test_acts_of_each_state_and_side(state, side, acts):
    assert allowed(Standing(state, side, NOW), NOW) == acts


def test_every_state_is_covered():
    for state in CaseState.values:
        assert isinstance(allowed(Standing(state, "opener", NOW), NOW), frozenset)


def test_a_case_is_opened_again_within_ninety_days_and_three_times_a_side():
    assert Act.REOPEN in allowed(Standing("closed", "opener", NOW - timedelta(days=90)), NOW)
    assert Act.REOPEN not in allowed(Standing("closed", "opener", NOW - timedelta(days=90, seconds=1)), NOW)
    assert Act.REOPEN in allowed(Standing("closed", "opener", NOW, reopened=2), NOW)
    assert Act.REOPEN not in allowed(Standing("closed", "opener", NOW, reopened=3), NOW)


@pytest.mark.parametrize(
    ("state", "side", "then"),
    [
        ("open", "opener", "open"),
        ("open", "answerer", "in_discussion"),
        ("in_discussion", "opener", "in_discussion"),
        ("agreed", "answerer", "agreed"),
    ],
)
def test_the_first_answer_begins_the_discussion(state, side, then):
    assert after_contribution(state, side) == then


def test_reminders_come_two_days_before_or_half_way():
    assert remind_at(NOW, NOW + timedelta(days=10)) == NOW + timedelta(days=8)
    assert remind_at(NOW, NOW + timedelta(days=4)) == NOW + timedelta(days=2)
    assert remind_at(NOW, NOW + timedelta(hours=6)) == NOW + timedelta(hours=3)
