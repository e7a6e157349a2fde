"""Proposals: structured terms, one answer each, whoever is faster."""

import json
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, connections
from django.utils import timezone

from apps.accounts.models import Notification
from apps.audit.models import AuditEvent
from apps.cases.models import Deadline, Entry, Proposal
from apps.cases.services import proposals, states
from apps.cases.services.proposals import Terms
from apps.core.errors import Conflict, InvalidInput
from tests.integration.cases.helpers import make_sides, opened
from tests.integration.registry.conftest import committed, empty_registry  # noqa: F401 – a fixture

LICENCE = Terms(
    "licence", fee_minor=125_000, currency="EUR", starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31),
    territory=" worldwide ", text="For the excerpt only.",
)  # fmt: skip
CREDIT = Terms("credit", credit_line="Contains parts of “Night train” by The Sleepers")
SHARE = Terms("share", share_percent=Decimal("12.5"))
TAKE_DOWN = Terms("take_down", take_down_on=date(2099, 1, 1))


@pytest.fixture
def sides(db):
    both = make_sides()
    opened(both)
    return both


def _offer(party, terms=LICENCE, **arguments):
    with party.bound():
        return proposals.propose(case_id=party.case.id, terms=terms, **arguments)


def _here(party, item):
    """A side's own row of a proposal."""
    with party.bound():
        return Proposal.objects.get(item=item)


def _answer(party, proposal_item, answer, **arguments):
    with party.bound():
        row = Proposal.objects.get(item=proposal_item)
        return answer(case_id=row.case_id, proposal_id=row.id, **arguments)


@pytest.mark.parametrize("terms", [LICENCE, CREDIT, SHARE, TAKE_DOWN], ids=lambda terms: terms.kind)
def test_terms_arrive_as_they_were_offered(sides, terms):
    item = _offer(sides.ours, terms, signed="Bea").item
    mine, theirs = _here(sides.ours, item), _here(sides.theirs, item)
    assert (mine.by_us, theirs.by_us) == (True, False)
    names = (
        "kind", "fee_minor", "currency", "starts_on", "ends_on", "territory", "credit_line", "share_percent",
        "take_down_on", "text", "signed", "state", "made_at",
    )  # fmt: skip
    assert {name: getattr(mine, name) for name in names} == {name: getattr(theirs, name) for name in names}
    assert (theirs.author_id, theirs.signed) == (None, "Bea")
    if terms is LICENCE:
        assert (theirs.fee_minor, theirs.currency, theirs.territory) == (125_000, "EUR", "worldwide")
        assert (theirs.starts_on, theirs.ends_on) == (date(2027, 1, 1), date(2027, 12, 31))


def test_accepting_makes_the_case_agreed_on_both_sides(sides):
    item = _offer(sides.ours).item
    _answer(sides.theirs, item, proposals.accept, text="Agreed.", signed="Ada")
    assert {_here(side, item).state for side in (sides.ours, sides.theirs)} == {"accepted"}
    assert (sides.ours.case.state, sides.theirs.case.state) == ("agreed", "agreed")
    with sides.ours.bound():
        entry = Entry.objects.get(kind="accepted")
        assert (entry.by_us, entry.text, entry.signed, entry.proposal.item) == (False, "Agreed.", "Ada", item)
        told = Notification.objects.get(kind="case.accepted").sentence
        assert told == "Aurora Records accepted your proposal in the case about “Street recording”."
    with sides.theirs.bound():
        assert AuditEvent.objects.get(action="case.accepted").actor_id == sides.theirs.user.id


def test_declining_and_withdrawing_leave_the_case_going(sides):
    first, second = _offer(sides.ours).item, _offer(sides.ours, CREDIT).item
    _answer(sides.theirs, first, proposals.decline, text="Too dear.")
    _answer(sides.ours, second, proposals.withdraw)
    assert [_here(sides.theirs, item).state for item in (first, second)] == ["declined", "withdrawn"]
    assert sides.ours.case.state == "in_discussion"


def test_a_counter_proposal_takes_the_place_of_the_first(sides):
    first = _offer(sides.ours).item
    theirs = _here(sides.theirs, first)
    second = _offer(sides.theirs, Terms("share", share_percent=Decimal(20)), counters=theirs.id).item
    assert {_here(side, first).state for side in (sides.ours, sides.theirs)} == {"countered"}
    mine = _here(sides.ours, second)
    assert (mine.counters, mine.share_percent, mine.by_us, mine.state) == (first, Decimal("20.00"), False, "open")
    with pytest.raises(Conflict, match="answered or withdrawn meanwhile: Answered with another proposal"):
        _answer(sides.theirs, first, proposals.accept)


def test_only_the_other_side_answers_and_only_the_maker_withdraws(sides):
    item = _offer(sides.ours).item
    with pytest.raises(Conflict, match="your own proposal"):
        _answer(sides.ours, item, proposals.accept)
    with pytest.raises(Conflict, match="Only the side that made"):
        _answer(sides.theirs, item, proposals.withdraw)
    with pytest.raises(Conflict, match="your own proposal"):
        _offer(sides.ours, CREDIT, counters=_here(sides.ours, item).id)


def test_the_database_itself_refuses_to_accept_for_the_other_side(sides):
    item = _offer(sides.ours).item
    payload = json.dumps({"answers": str(item), "becomes": "accepted"})
    query = "SELECT cases_send(%s, %s, 'accepted', %s::jsonb, 'agreed', '')"
    with pytest.raises(Exception, match="Only an open proposal"), sides.ours.bound(), connection.cursor() as cursor:
        cursor.execute(query, [sides.ours.case.reference, uuid.uuid4(), payload])
    assert sides.theirs.case.state == "open"


def test_repeating_makes_no_second_proposal_and_no_second_answer(sides):
    item, answer = uuid.uuid4(), uuid.uuid4()
    first = _offer(sides.ours, item=item)
    assert _offer(sides.ours, item=item).id == first.id
    _answer(sides.theirs, first.item, proposals.accept, item=answer)
    _answer(sides.theirs, first.item, proposals.accept, item=answer)
    with sides.ours.bound():
        assert Proposal.objects.count() == 1
        assert Entry.objects.filter(kind="accepted").count() == 1


def test_ending_the_case_ends_what_is_open(sides):
    item = _offer(sides.ours, answer_by=timezone.now() + timedelta(days=3)).item
    with sides.theirs.bound():
        states.decline_case(case_id=sides.theirs.case.id, reason="No.")
    for side in (sides.ours, sides.theirs):
        assert _here(side, item).state == "lapsed"
        with side.bound():
            assert Deadline.objects.get().state == "cancelled"
    with pytest.raises(Conflict, match="has ended"):
        _answer(sides.theirs, item, proposals.accept)


@pytest.mark.parametrize(("answer", "state"), [(proposals.accept, "met"), (proposals.decline, "met")])
def test_an_answer_settles_its_deadline(sides, answer, state):
    ends = datetime(2099, 3, 1, 12, tzinfo=UTC)
    with pytest.raises(InvalidInput):
        _offer(sides.ours, answer_by=ends)
    ends = timezone.now() + timedelta(days=5)
    item = _offer(sides.ours, answer_by=ends).item
    with sides.theirs.bound():
        mine = Deadline.objects.get()
        assert (mine.for_us, mine.for_them, mine.set_by_us, mine.due_at) == (True, False, False, ends)
        assert mine.proposal.item == item
    _answer(sides.theirs, item, answer)
    for side in (sides.ours, sides.theirs):
        with side.bound():
            assert Deadline.objects.get().state == state


@pytest.mark.parametrize(
    ("terms", "fields"),
    [
        (Terms("gift"), {"kind"}),
        (Terms("licence"), {"fee", "currency", "starts_on", "territory"}),
        (Terms("licence", -1, "XXX", date(2027, 1, 2), date(2027, 1, 1), "x"), {"fee", "currency", "ends_on"}),
        (Terms("credit", credit_line=" "), {"credit_line"}),
        (Terms("share", share_percent=Decimal("100.01")), {"share_percent"}),
        (Terms("share", share_percent=Decimal("0")), {"share_percent"}),
        (Terms("share", share_percent=Decimal("1.005")), {"share_percent"}),
        (Terms("take_down", take_down_on=date(2020, 1, 1)), {"take_down_on"}),
    ],
)
def test_terms_that_make_no_sense_are_refused_by_field(terms, fields):
    with pytest.raises(InvalidInput) as refused:
        proposals.clean_terms(terms)
    assert set(refused.value.fields) == fields


def test_terms_keep_only_what_their_kind_has():
    kept = proposals.clean_terms(Terms("credit", credit_line="By us", fee_minor=5, currency="EUR", territory="x"))
    assert kept == Terms("credit", credit_line="By us")


ROUNDS = 3


def test_simultaneous_answers_have_one_outcome(committed):  # noqa: F811
    """One administrator accepts, another declines, the other side withdraws: at the same moment."""
    try:
        sides = make_sides()
        opened(sides)
        for _round in range(ROUNDS):
            item = _offer(sides.ours, SHARE).item
            barrier = threading.Barrier(3)

            def act(party, answer, item=item, barrier=barrier):
                try:
                    barrier.wait()
                    return _answer(party, item, answer).state
                except Conflict as refused:
                    return refused.code
                finally:
                    connection.close()

            acts = [
                (sides.theirs, proposals.accept),
                (sides.theirs, proposals.decline),
                (sides.ours, proposals.withdraw),
            ]
            with ThreadPoolExecutor(3) as pool:
                ends = [future.result() for future in [pool.submit(act, *one) for one in acts]]
            assert ends.count("answered") == 2, ends
            (winner,) = [end for end in ends if end != "answered"]
            assert {_here(side, item).state for side in (sides.ours, sides.theirs)} == {winner}
            kinds = {"accepted": "accepted", "declined": "proposal_declined", "withdrawn": "proposal_withdrawn"}
            for side in (sides.ours, sides.theirs):
                with side.bound():
                    answers = Entry.objects.filter(proposal__item=item).exclude(kind="proposal")
                    assert [entry.kind for entry in answers] == [kinds[winner]]
                    numbers = list(Entry.objects.exclude(sequence=None).values_list("sequence", flat=True))
                    assert numbers == list(range(1, len(numbers) + 1))
    finally:
        _forget()


def test_both_sides_opening_at_once_get_one_case(committed):  # noqa: F811
    from apps.cases import services

    try:
        sides = make_sides()
        barrier = threading.Barrier(2)

        def act(party):
            try:
                barrier.wait()
                with party.bound():
                    case, is_new = services.open_from_match(match_id=party.match.id, text="Hello")
                return case.reference, is_new
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            ends = list(pool.map(act, (sides.ours, sides.theirs)))
        assert ends[0][0] == ends[1][0]
        assert sorted(is_new for _reference, is_new in ends) == [False, True]
        assert sides.ours.case.reference == sides.theirs.case.reference
        assert {sides.ours.case.side, sides.theirs.case.side} == {"opener", "answerer"}
    finally:
        _forget()


def _forget():
    """Take out what real transactions left."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE tenancy_organisation, accounts_user CASCADE")
    empty_registry()
