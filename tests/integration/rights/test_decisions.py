"""Registering, deciding, taking back, withdrawing, and certificates, as both sides see them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import Notification
from apps.audit.models import AuditEvent
from apps.catalog.models import TrackEvent, TrackStatus
from apps.catalog.selectors import current_asset
from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.registry.selectors import entry_of
from apps.rights import selectors, services
from apps.rights.models import Certificate, Decision, Match, Registration
from apps.rights.selectors import MatchFilters
from apps.tenancy.context import bind
from tests.factories import make_user
from tests.integration.rights.helpers import check, draft, label, registered, song

pytestmark = pytest.mark.django_db


@pytest.fixture
def sides():
    """Two labels: theirs has registered the recording that ours has checked."""
    theirs, ours = label("Theirs", public_name="Theirs in public"), label("Ours", public_name="Ours in public")
    their_track = registered(theirs, song(1, 6.0), "Night train")
    checked = check(ours, draft(ours, song(1, 6.0), "My demo"))
    return theirs, ours, their_track, checked


def _incoming(organisation):
    with bind(organisation.id):
        return Match.objects.select_related("track").get()


def _told(organisation, kind):
    with bind(organisation.id):
        return [notification.sentence for notification in Notification.objects.filter(kind=kind)]


def test_a_conflict_must_be_decided_before_registering(sides):
    _, ours, _, checked = sides
    with bind(ours.id):
        panel = selectors.track_panel(checked.track)
        assert (panel.may_register, panel.may_check, panel.may_withdraw) == (False, True, True)
        assert [match.id for match in panel.conflicts] == [checked.matches[0].id]
        with pytest.raises(Conflict) as refused:
            services.register(track_id=checked.track.id)
        assert refused.value.code == "not_registrable"
        assert Registration.objects.count() == 0


def test_own_or_licensed_registers_with_the_reason_on_record_and_tells_both_sides(sides):
    theirs, ours, _, checked = sides
    user = make_user(name="Ada")
    with bind(ours.id, user_id=user.id):
        decision = services.decide_match(
            match_id=checked.matches[0].id, kind="own_or_licensed", reason="  Licence 77 of May  "
        )
        assert (decision.reason, decision.actor_id) == ("Licence 77 of May", user.id)
        assert selectors.track_panel(checked.track).may_register is True
        registration = services.register(track_id=checked.track.id)
        assert (registration.basis, registration.reason) == ("own_or_licensed", "Licence 77 of May")
        checked.track.refresh_from_db()
        assert checked.track.status == TrackStatus.REGISTERED
        assert entry_of(checked.track.id).state == "active"
        assert AuditEvent.objects.filter(action="match.decided", actor=user).count() == 1
        assert AuditEvent.objects.filter(action="track.registered").count() == 1
        assert TrackEvent.objects.filter(to_status="registered").get().reason == "Licence 77 of May"
    assert _told(ours, "match.decided") == ["Ada decided about a match of “My demo”: own or licensed."]
    assert _told(theirs, "match.own_or_licensed") == [
        "Ours in public says that its “My demo”, similar to your “Night train”, is its own or licensed."
    ]
    incoming = _incoming(theirs)
    assert (incoming.state, incoming.other_state, incoming.other_registered) == ("open", "own_or_licensed", True)


def test_a_dispute_is_shown_to_both_sides_and_can_be_settled(sides):
    theirs, ours, _, checked = sides
    match_id = checked.matches[0].id
    with bind(ours.id):
        services.decide_match(match_id=match_id, kind="dispute", reason="We recorded it in 1999")
        checked.track.refresh_from_db()
        assert checked.track.status == TrackStatus.DISPUTED
        with pytest.raises(Conflict):
            services.register(track_id=checked.track.id)
    assert _incoming(theirs).other_state == "disputed"
    assert _told(theirs, "match.disputed") == [
        "Ours in public disputes the match of its “My demo” with your “Night train”."
    ]
    with bind(ours.id):
        services.decide_match(match_id=match_id, kind="own_or_licensed", reason="Settled by contract")
        checked.track.refresh_from_db()
        assert checked.track.status == TrackStatus.CONFLICT
        assert services.register(track_id=checked.track.id).reason == "Settled by contract"


def test_the_older_side_can_dispute_an_incoming_match_and_keeps_its_registration(sides):
    theirs, ours, their_track, checked = sides
    with bind(theirs.id):
        services.decide_match(match_id=_incoming(theirs).id, kind="dispute", reason="That is our recording")
        their_track.refresh_from_db()
        assert their_track.status == TrackStatus.REGISTERED
    with bind(ours.id):
        match = Match.objects.get(id=checked.matches[0].id)
        assert (match.state, match.other_state) == ("open", "disputed")
    assert _told(ours, "match.disputed") == [
        "Theirs in public disputes the match of its “Night train” with your “My demo”."
    ]


def test_withdrawing_because_of_a_match_ends_our_place_and_tells_both_sides(sides):
    theirs, ours, _, checked = sides
    with bind(ours.id):
        services.decide_match(match_id=checked.matches[0].id, kind="withdraw", reason="Our mistake")
        checked.track.refresh_from_db()
        assert checked.track.status == TrackStatus.WITHDRAWN
        assert entry_of(checked.track.id) is None
        assert Match.objects.get().state == "withdrawn"
    incoming = _incoming(theirs)
    assert (incoming.state, incoming.other_state) == ("open", "withdrawn")
    assert _told(theirs, "match.withdrawn") == [
        "Ours in public withdrew its “My demo”, which is similar to your “Night train”."
    ]


@pytest.mark.parametrize(
    ("kind", "status"), [("own_or_licensed", "conflict"), ("dispute", "conflict"), ("withdraw", "draft")]
)
def test_a_decision_can_be_taken_back_for_a_while(sides, kind, status):
    theirs, ours, _, checked = sides
    with bind(ours.id):
        decision = services.decide_match(match_id=checked.matches[0].id, kind=kind, reason="Because")
        report = selectors.match_report(selectors.get_match(checked.matches[0].id))
        assert report.undoable == decision
        services.undo_decision(decision_id=decision.id)
        services.undo_decision(decision_id=decision.id)
        checked.track.refresh_from_db()
        assert checked.track.status == status
        assert Match.objects.get().state == "open"
        assert selectors.match_report(selectors.get_match(checked.matches[0].id)).undoable is None
    assert _incoming(theirs).other_state == "open"
    assert len(_told(theirs, "match.open")) == 1
    assert len(_told(ours, "match.undone")) == 1


def test_a_decision_cannot_be_taken_back_too_late_or_when_something_was_built_on_it(sides):
    _, ours, _, checked = sides
    with bind(ours.id):
        decision = services.decide_match(match_id=checked.matches[0].id, kind="own_or_licensed", reason="Because")
        services.register(track_id=checked.track.id)
        with pytest.raises(Conflict, match="registered on the ground"):
            services.undo_decision(decision_id=decision.id)
        Decision.objects.filter(id=decision.id).update(created_at=timezone.now() - timedelta(hours=1, seconds=1))
        with pytest.raises(Conflict, match="too late"):
            services.undo_decision(decision_id=decision.id)


def test_a_decision_needs_a_known_kind_and_a_reason(sides):
    _, ours, _, checked = sides
    match_id = checked.matches[0].id
    with bind(ours.id):
        for arguments, field in (
            ({"kind": "ignore", "reason": "x"}, "kind"),
            ({"kind": "dispute", "reason": " "}, "reason"),
        ):
            with pytest.raises(InvalidInput) as refused:
                services.decide_match(match_id=match_id, **arguments)
            assert set(refused.value.fields) == {field}
        services.decide_match(match_id=match_id, kind="dispute", reason="x")
        with pytest.raises(Conflict, match="decided already"):
            services.decide_match(match_id=match_id, kind="dispute", reason="x")
        assert Decision.objects.count() == 1


def test_another_organisation_s_rows_do_not_exist(sides):
    theirs, ours, _, checked = sides
    incoming = _incoming(theirs)
    with bind(ours.id):
        decision = services.decide_match(match_id=checked.matches[0].id, kind="dispute", reason="x")
        with pytest.raises(NotFound):
            services.decide_match(match_id=incoming.id, kind="dispute", reason="x")
        with pytest.raises(NotFound):
            selectors.get_match(incoming.id)
    with bind(theirs.id):
        for act in (
            lambda: services.undo_decision(decision_id=decision.id),
            lambda: selectors.get_check(checked.check.id),
            lambda: services.register(track_id=checked.track.id),
            lambda: services.withdraw(track_id=checked.track.id),
            lambda: services.cancel_check(check_id=checked.check.id),
        ):
            with pytest.raises(NotFound):
                act()


def test_registering_twice_gives_one_registration_and_one_certificate():
    ours = label("Ours", public_name="Ours in public")
    track = registered(ours, song(1, 6.0), "Night train", public_title="Night train (public)")
    with bind(ours.id):
        first = services.register(track_id=track.id)
        assert services.register(track_id=track.id).id == first.id
        certificate = services.issue_certificate(registration_id=first.id)
        assert services.issue_certificate(registration_id=first.id).id == certificate.id
        assert Certificate.objects.count() == 1
        asset = current_asset(track.id)
        assert (certificate.sha256, certificate.digest) == (asset.sha256, selectors.latest_check(track.id).digest)
        assert (certificate.title, certificate.registrant_name) == ("Night train (public)", "Ours in public")


def test_anybody_may_verify_a_certificate_by_its_code_and_sees_when_it_ended():
    ours = label("Ours", public_name="Ours in public")
    track = registered(ours, song(1, 6.0), "Night train")
    with bind(ours.id):
        certificate = Certificate.objects.get()
        registration = Registration.objects.get()
    shown = selectors.verify_certificate(certificate.code.lower().replace("-", ""))
    assert shown == selectors.PublicCertificate(
        code=certificate.code,
        registrant="Ours in public",
        title="Night train",
        artist="",
        sha256=certificate.sha256,
        digest=certificate.digest,
        duration_s=6.0,
        registered_at=registration.registered_at,
        issued_at=certificate.issued_at,
        state="registered",
    )
    assert selectors.verify_certificate("0000-0000-0000-0000") is None
    assert selectors.verify_certificate("") is None
    with bind(ours.id):
        services.withdraw(track_id=track.id, reason="Sold")
        with pytest.raises(Conflict):
            services.issue_certificate(registration_id=registration.id)
    assert selectors.verify_certificate(certificate.code).state == "withdrawn"


def test_lists_can_be_narrowed(sides):
    theirs, ours, _, checked = sides
    with bind(ours.id):
        for filters, count in (
            (MatchFilters(), 1),
            (MatchFilters(text="night"), 1),
            (MatchFilters(text="theirs in"), 1),
            (MatchFilters(text="nothing"), 0),
            (MatchFilters(direction="incoming"), 0),
            (MatchFilters(kind="same_recording", state="open", track_id=checked.track.id), 1),
        ):
            assert selectors.matches(filters).count() == count
        assert selectors.checks(text="demo", verdict="conflict").count() == 1
        assert selectors.checks(state="failed").count() == 0
        summary = selectors.home_summary()
        assert (summary.open_conflicts, summary.open_incoming, summary.registered) == (1, 0, 0)
    with bind(theirs.id):
        assert selectors.registrations(text="night", state="registered").count() == 1
        summary = selectors.home_summary()
        assert (summary.open_conflicts, summary.open_incoming, summary.registered) == (0, 1, 1)


def test_the_report_says_what_the_other_side_sees_of_us(sides):
    _, ours, _, checked = sides
    with bind(ours.id):
        report = selectors.match_report(selectors.get_match(checked.matches[0].id))
    assert (report.shown.title, report.shown.organisation, report.shown.shares_excerpts) == (
        "My demo", "Ours in public", False,
    )  # fmt: skip
    assert (report.other.title, report.other.organisation, report.other.track) == (
        "Night train",
        "Theirs in public",
        None,
    )
    assert report.sureness == "likely"
    assert report.segments[0].landmarks is not None
    assert report.segments[0].other_excerpt is None
    assert report.compared_with == 1
