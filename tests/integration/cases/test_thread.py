"""What is said reaches the other side once, in order, signed or not; what is internal never does."""

import json
import uuid

import pytest
from django.db import connection

from apps.accounts.models import Notification
from apps.audit.models import AuditEvent
from apps.cases import selectors
from apps.cases.models import Case, Entry
from apps.cases.services import states, thread
from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.tenancy.context import bind
from apps.tenancy.models import Organisation
from tests.integration.cases.helpers import make_sides, opened

pytestmark = pytest.mark.django_db


@pytest.fixture
def sides():
    both = make_sides()
    opened(both)
    return both


def _say(party, text, **arguments):
    with party.bound():
        return thread.write_message(case_id=party.case.id, text=text, **arguments)


def _texts(party):
    with party.bound():
        return [(entry.sequence, entry.by_us, entry.text) for entry in Entry.objects.exclude(kind="opened")]


def test_messages_have_one_order_on_both_sides(sides):
    _say(sides.theirs, "Which part?")
    _say(sides.ours, "From 0:31 on.")
    _say(sides.theirs, "We listen.")
    assert _texts(sides.ours) == [(2, False, "Which part?"), (3, True, "From 0:31 on."), (4, False, "We listen.")]
    assert _texts(sides.theirs) == [(2, True, "Which part?"), (3, False, "From 0:31 on."), (4, True, "We listen.")]


def test_the_first_answer_of_the_other_side_begins_the_discussion_on_both(sides):
    _say(sides.ours, "Hello?")
    assert (sides.ours.case.state, sides.theirs.case.state) == ("open", "open")
    _say(sides.theirs, "Yes?")
    assert (sides.ours.case.state, sides.theirs.case.state) == ("in_discussion", "in_discussion")


def test_a_repeated_message_is_sent_once(sides):
    item = uuid.uuid4()
    first = _say(sides.ours, "Once", item=item)
    assert _say(sides.ours, "Once", item=item) == first
    assert [text for _n, _us, text in _texts(sides.theirs)] == ["Once"]
    with sides.theirs.bound():
        assert Notification.objects.filter(kind="case.message").count() == 1


def test_a_repeated_delivery_changes_nothing_on_the_other_side(sides):
    entry = _say(sides.ours, "Once")
    payload = json.dumps({"text": "Twice"})
    with sides.ours.bound(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM cases_send(%s, %s, 'message', %s, NULL, '')",
            [sides.ours.case.reference, entry.item, payload],
        )
        assert cursor.fetchone()[0] == entry.sequence
    assert _texts(sides.theirs) == [(2, False, "Once")]


def test_names_go_along_only_when_signed(sides):
    _say(sides.ours, "Unsigned")
    _say(sides.ours, "Signed", signed="  Bea \n Borealis ")
    with sides.theirs.bound():
        unsigned, signed = Entry.objects.filter(kind="message")
        assert (unsigned.signed, unsigned.author_id) == ("", None)
        assert (signed.signed, signed.author_id) == ("Bea Borealis", None)


def test_notes_and_assignment_stay_on_our_side(sides):
    case_id = sides.ours.case.id
    with sides.ours.bound():
        thread.write_note(case_id=case_id, text="Zebra: do not go below 500.")
        thread.assign(case_id=case_id, user_id=sides.ours.user.id)
        thread.assign(case_id=case_id, user_id=sides.ours.user.id)
        assert [entry.kind for entry in Entry.objects.filter(sequence=None)] == ["note", "assigned"]
    with bind(sides.theirs.organisation.id), connection.cursor() as cursor:
        cursor.execute("SELECT e::text FROM cases_entry e UNION ALL SELECT n::text FROM accounts_notification n")
        rows = [row[0] for row in cursor.fetchall()]
        assert len(rows) == 2, "the opening, and the notification of it"
        assert [row for row in rows if "Zebra" in row or "Bea" in row] == []
        assert Case.objects.get().assigned_to_id is None


def test_who_is_in_charge_alone_is_told(sides):
    with sides.theirs.bound():
        thread.assign(case_id=sides.theirs.case.id, user_id=sides.theirs.user.id)
        with pytest.raises(InvalidInput):
            thread.assign(case_id=sides.theirs.case.id, user_id=sides.ours.user.id)
    _say(sides.ours, "Hello")
    with sides.theirs.bound():
        assert Notification.objects.get(kind="case.message").recipient_id == sides.theirs.user.id


def test_unread_marks_belong_to_each_member(sides):
    _say(sides.theirs, "News")

    def unread(user_id):
        with sides.ours.bound():
            found = selectors.cases(user_id=user_id).get()
            assert selectors.cases(selectors.CaseFilters(unread=True), user_id=user_id).count() == found.is_unread
            return found.is_unread

    me, colleague = sides.ours.user.id, uuid.uuid4()
    assert unread(me)
    with sides.ours.bound():
        thread.mark_seen(case=sides.ours.case, user_id=me)
    assert not unread(me)
    assert unread(colleague)
    _say(sides.ours, "My own words are not news to me")
    assert not unread(me)
    _say(sides.theirs, "More news")
    assert unread(me)
    with sides.ours.bound():
        thread.mark_seen(case=sides.ours.case, user_id=me)
        thread.mark_unseen(case_id=sides.ours.case.id, user_id=me)
    assert unread(me)


@pytest.mark.parametrize("text", ["", " \n\t ", "x" * 10_001, "\x00"])
def test_a_message_has_something_to_say(sides, text):
    with pytest.raises(InvalidInput):
        _say(sides.ours, text)
    assert _texts(sides.theirs) == []


def test_signs_of_any_script_arrive_as_they_were_sent(sides):
    text = "Grüße \U0001f3b6 你好 مرحبا <b>&amp;</b> %(x)s {slug} \\u0041 $1 '; DROP TABLE"
    _say(sides.ours, text)
    assert _texts(sides.theirs) == [(2, False, text)]


def test_the_current_public_name_is_shown(sides):
    with sides.ours.bound():
        Organisation.objects.filter(id=sides.ours.organisation.id).update(public_name="Borealis & Sons")
    _say(sides.ours, "We have a new name.")
    assert sides.theirs.case.other_organisation == "Borealis & Sons"


@pytest.mark.parametrize(
    ("act", "side", "state"),
    [
        (states.decline_case, "theirs", "declined"),
        (states.withdraw_case, "ours", "withdrawn"),
        (states.close_case, "ours", "closed"),
        (states.close_case, "theirs", "closed"),
    ],
)
def test_a_case_ends_on_both_sides_with_a_reason_and_may_go_on(sides, act, side, state):
    party, other = (sides.ours, sides.theirs) if side == "ours" else (sides.theirs, sides.ours)
    with party.bound():
        act(case_id=party.case.id, reason="Enough said")
        assert AuditEvent.objects.filter(action=f"case.{state}").get().data == {"reason": "Enough said"}
    assert (sides.ours.case.state, sides.theirs.case.state) == (state, state)
    with other.bound():
        assert Entry.objects.get(kind=state).text == "Enough said"
        assert Notification.objects.filter(kind=f"case.{state}").count() == 1
    with pytest.raises(Conflict, match="has ended"):
        _say(other, "But")
    with other.bound():
        thread.write_note(case_id=other.case.id, text="Notes are still possible")
    with sides.ours.bound():
        states.reopen_case(case_id=sides.ours.case.id, reason="One more thing")
    assert (sides.ours.case.state, sides.theirs.case.state) == ("in_discussion", "in_discussion")
    assert (sides.ours.case.reopened, sides.theirs.case.reopened) == (1, 0)


def test_the_wrong_side_can_t_end_it_so(sides):
    with sides.ours.bound(), pytest.raises(Conflict, match="addressed"):
        states.decline_case(case_id=sides.ours.case.id, reason="x")
    with sides.theirs.bound(), pytest.raises(Conflict, match="opened it"):
        states.withdraw_case(case_id=sides.theirs.case.id, reason="x")
    with sides.theirs.bound(), pytest.raises(Conflict):
        states.reopen_case(case_id=sides.theirs.case.id, reason="x")


def test_a_case_of_another_organisation_does_not_exist(sides):
    with sides.ours.bound():
        for act in (
            lambda: thread.write_message(case_id=sides.theirs.case.id, text="x"),
            lambda: thread.write_note(case_id=sides.theirs.case.id, text="x"),
            lambda: states.close_case(case_id=sides.theirs.case.id, reason="x"),
            lambda: selectors.get_case(sides.theirs.case.id),
        ):
            with pytest.raises(NotFound):
                act()


def test_when_the_other_organisation_is_gone_the_case_stays_and_says_so(sides):
    reference = sides.ours.case.reference
    with connection.cursor() as cursor, sides.theirs.bound():
        cursor.execute("DELETE FROM cases_entry; DELETE FROM cases_case")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(Exception, match="other side of this case is gone"):
        _say(sides.ours, "Anybody there?")
    assert sides.ours.case.reference == reference
