"""Deadlines: both sides see them in their own time zone, are reminded once, and told when they are missed."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import Notification
from apps.cases import selectors
from apps.cases.models import Deadline, Entry
from apps.cases.services import deadlines, thread
from apps.cases.services.deadlines import Due
from apps.cases.tasks import tend
from apps.core.errors import Conflict, InvalidInput
from apps.tenancy.models import Organisation
from tests.integration.cases.helpers import make_sides, opened

pytestmark = pytest.mark.django_db


@pytest.fixture
def sides():
    both = make_sides()
    opened(both)
    both.theirs.work()
    return both


def _set(party, days=10.0, **arguments):
    due = Due(timezone.now() + timedelta(days=days), **({"text": "Send the contract"} | arguments))
    with party.bound():
        return deadlines.set_deadline(case_id=party.case.id, due=due)


def _only(party):
    with party.bound():
        return Deadline.objects.get()


def _tick(party, now=None):
    with party.bound():
        return deadlines.remind_and_notice(now=now)


def _told(party, kind):
    with party.bound():
        return [notification.sentence for notification in Notification.objects.filter(kind=kind)]


def test_a_deadline_is_mirrored_for_whom_it_is(sides):
    row = _set(sides.ours, for_us=False, for_them=True)
    mine, theirs = _only(sides.ours), _only(sides.theirs)
    assert (mine.set_by_us, mine.for_us, mine.for_them) == (True, False, True)
    assert (theirs.set_by_us, theirs.for_us, theirs.for_them) == (False, True, False)
    assert theirs.due_at == row.due_at
    assert theirs.text == "Send the contract"


def test_the_other_side_reads_it_in_its_own_time_zone(sides):
    with sides.theirs.bound():
        Organisation.objects.filter(id=sides.theirs.organisation.id).update(time_zone="Asia/Shanghai")
    due_at = (timezone.now() + timedelta(days=30)).replace(hour=20, minute=30, second=0, microsecond=0)
    with sides.ours.bound():
        deadlines.set_deadline(case_id=sides.ours.case.id, due=Due(due_at))
    there = due_at.astimezone(UTC) + timedelta(hours=8)
    assert _told(sides.theirs, "case.deadline") == [
        f"Borealis Records set a deadline in the case about “Night train”: {there:%Y-%m-%d %H:%M} Asia/Shanghai."
    ]


def test_each_side_is_reminded_once_and_told_once_when_it_is_missed(sides):
    due_at = _set(sides.ours, days=10).due_at
    for party, mine in ((sides.ours, False), (sides.theirs, True)):
        assert _tick(party, due_at - timedelta(hours=49)) == 0
        assert _tick(party, due_at - timedelta(hours=47)) == 1
        assert _tick(party, due_at - timedelta(hours=46)) == 0
        (reminder,) = _told(party, "case.reminder")
        assert reminder.startswith("A deadline of yours in" if mine else "A deadline of Aurora Records in")
        assert reminder.endswith(f"is near: {due_at:%Y-%m-%d %H:%M} UTC.")
        assert _tick(party, due_at) == 1
        assert _tick(party, due_at + timedelta(days=1)) == 0
        assert len(_told(party, "case.deadline_missed")) == 1
        assert _only(party).state == "missed"
        with party.bound():
            assert Entry.objects.get(kind="deadline_missed").sequence is None


def test_a_short_deadline_is_reminded_of_half_way(sides):
    row = _set(sides.ours, days=0.5)
    assert _tick(sides.ours, row.due_at - timedelta(hours=6, minutes=1)) == 0
    assert _tick(sides.ours, row.due_at - timedelta(hours=5, minutes=59)) == 1


def test_the_clockwork_finds_the_organisations_that_have_something_to_do(sides):
    row = _set(sides.ours, days=10)
    assert tend() == 0
    for party in (sides.ours, sides.theirs):
        with party.bound():
            Deadline.objects.filter(item=row.item).update(due_at=timezone.now() - timedelta(minutes=1))
    assert tend() == 2
    assert tend() == 0
    assert _only(sides.theirs).state == "missed"


def test_only_who_set_it_settles_it_also_when_it_was_missed(sides):
    row = _set(sides.ours)
    theirs = _only(sides.theirs)
    with sides.theirs.bound(), pytest.raises(Conflict, match="other side set"):
        deadlines.settle_deadline(case_id=theirs.case_id, deadline_id=theirs.id, outcome="met")
    _tick(sides.ours, row.due_at)
    _tick(sides.theirs, row.due_at)
    with sides.ours.bound():
        deadlines.settle_deadline(case_id=row.case_id, deadline_id=row.id, outcome="met")
        deadlines.settle_deadline(case_id=row.case_id, deadline_id=row.id, outcome="met")
        with pytest.raises(Conflict, match="settled already"):
            deadlines.settle_deadline(case_id=row.case_id, deadline_id=row.id, outcome="cancelled")
    assert (_only(sides.ours).state, _only(sides.theirs).state) == ("met", "met")
    assert len(_told(sides.theirs, "case.deadline_met")) == 1


@pytest.mark.parametrize(
    ("due", "fields"),
    [
        (Due(datetime(2020, 1, 1, tzinfo=UTC)), {"due_at"}),
        (Due(datetime(2999, 1, 1, tzinfo=UTC)), {"due_at"}),
        (Due(datetime(2020, 1, 1, tzinfo=UTC), for_us=False, for_them=False), {"due_at", "for_whom"}),
    ],
)
def test_a_deadline_makes_sense(sides, due, fields):
    with sides.ours.bound(), pytest.raises(InvalidInput) as refused:
        deadlines.set_deadline(case_id=sides.ours.case.id, due=due)
    assert set(refused.value.fields) == fields


def test_the_list_knows_near_and_missed_deadlines_and_what_needs_us(sides):
    def found(party, **filters):
        with party.bound():
            return selectors.cases(selectors.CaseFilters(**filters)).count()

    assert (found(sides.ours, tab="needs"), found(sides.theirs, tab="needs")) == (0, 1)
    with sides.theirs.bound():
        thread.write_message(case_id=sides.theirs.case.id, text="We answered")
    assert found(sides.theirs, tab="needs") == 0
    _set(sides.ours, days=3)
    assert (found(sides.ours, deadline="near"), found(sides.theirs, tab="needs")) == (1, 1)
    assert (found(sides.ours, tab="needs"), found(sides.ours, deadline="overdue")) == (0, 0)
    _tick(sides.ours, timezone.now() + timedelta(days=4))
    assert (found(sides.ours, deadline="overdue"), found(sides.ours, deadline="any")) == (1, 0)
