"""Checking again in place, in bulk, what changed; and claims that end because nobody registered them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import Notification
from apps.catalog.models import Track, TrackStatus
from apps.jobs.models import Job
from apps.registry.selectors import entry_of
from apps.registry.tasks import claims
from apps.rights import services
from apps.rights.models import Certificate, Check, Match, Registration
from apps.rights.services import changes
from apps.rights.tasks import recordings
from apps.tenancy.context import bind
from tests.integration.rights.helpers import check, draft, label, outcome, registered, run_job, song

pytestmark = pytest.mark.django_db


def _again(organisation, track):
    with bind(organisation.id):
        started = services.start_check(track_id=track.id)
    assert run_job(organisation, started.job) == "succeeded"
    return outcome(organisation, started)


def _standing(organisation, track):
    with bind(organisation.id):
        registration = Registration.objects.get(track_id=track.id)
        return registration.state, registration.entry_number, entry_of(track.id).number, Certificate.objects.get().code


def test_a_registered_track_is_checked_again_without_leaving_the_registry():
    ours = label()
    track = registered(ours, song(1))
    before = _standing(ours, track)
    again = _again(ours, track)
    assert again.check.keeps_place is True
    assert again.track.status == TrackStatus.REGISTERED
    assert _standing(ours, track) == before
    assert changes.differs(again.check.changes) is False
    with bind(ours.id):
        assert Check.objects.filter(track_id=track.id, state="done").count() == 2
        assert Notification.objects.get(kind="check.again").sentence == (
            "“Night train” was checked again: nothing has changed."
        )


def test_what_is_found_now_is_told_and_the_other_side_is_told_once():
    theirs, ours = label("Theirs"), label("Ours")
    other = registered(theirs, song(1), "First")
    own = draft(ours, song(1), "Second")
    (match,) = check(ours, own).matches
    with bind(ours.id):
        services.decide_match(match_id=match.id, kind="own_or_licensed", reason="Licence 5")
        services.register(track_id=own.id)
        # As if the check before had been made by a recogniser that did not find it.
        Check.objects.filter(track_id=own.id).update(findings=[])
        Match.objects.all().update(state="superseded")
    again = _again(ours, own)
    (found,) = again.check.changes["found"]
    assert (found["title"], found["facet"]) == ("First", "recording")
    assert again.check.changes["gone"] == []
    assert again.track.status == TrackStatus.REGISTERED
    with bind(ours.id):
        assert Match.objects.get().state == "open"
        assert "something has changed" in Notification.objects.get(kind="check.again").sentence
    with bind(theirs.id):
        assert Match.objects.filter(track_id=other.id).count() == 1
        assert Notification.objects.filter(kind="match.incoming").count() == 1


def test_what_is_no_longer_found_is_told_and_history_is_kept():
    theirs, ours = label(), label()
    other = registered(theirs, song(1), "First")
    own = draft(ours, song(1), "Second")
    first = check(ours, own)
    with bind(ours.id):
        services.decide_match(match_id=first.matches[0].id, kind="own_or_licensed", reason="Licence 5")
        services.register(track_id=own.id)
    with bind(theirs.id):
        services.withdraw(track_id=other.id)
    again = _again(ours, own)
    assert [entry["title"] for entry in again.check.changes["gone"]] == ["First"]
    assert (again.check.verdict, again.track.status) == ("clear", TrackStatus.REGISTERED)
    with bind(ours.id):
        assert Check.objects.get(id=first.check.id).findings[0]["title"] == "First"


def test_everything_of_an_older_version_is_checked_again_in_one_job(monkeypatch):
    ours = label()
    tracks = [registered(ours, song(seed), f"Track {seed}") for seed in (1, 2)]
    with bind(ours.id):
        nothing = services.start_recheck(scope="older")
    assert run_job(ours, nothing.job) == "succeeded"
    with bind(ours.id):
        assert Job.objects.get(id=nothing.job_id).result["total"] == 0
    monkeypatch.setattr(recordings, "version", lambda: "votes-9-new")
    with bind(ours.id):
        recheck = services.start_recheck(scope="older")
        assert services.start_recheck(scope="older").id == recheck.id
    assert run_job(ours, recheck.job) == "succeeded"
    with bind(ours.id):
        recheck.refresh_from_db()
        done = list(Check.objects.filter(recheck=recheck))
        assert {check.track_id for check in done} == {track.id for track in tracks}
        assert all(
            check.changes["versions"]["recording"][1] == f"{claims.EXTRACTOR_VERSION} · votes-9-new" for check in done
        )
        assert Job.objects.get(id=recheck.job_id).result | {"recheck_id": ""} == {
            "recheck_id": "", "total": 2, "done": 2, "failed": 0, "changed": 0,
        }  # fmt: skip
        assert Notification.objects.filter(kind="recheck.done").count() == 2
        assert set(Track.objects.values_list("status", flat=True)) == {"registered"}
        assert Registration.objects.filter(state="registered").count() == 2


def test_one_check_that_fails_does_not_stop_the_others(monkeypatch):
    ours = label()
    bad, good = registered(ours, song(1), "Bad"), registered(ours, song(2), "Good")
    prepare, failures = claims.prepare, [RuntimeError("no")]

    def broken(*args):
        if failures:
            raise failures.pop()
        return prepare(*args)

    monkeypatch.setattr(claims, "prepare", broken)
    with bind(ours.id):
        recheck = services.start_recheck(scope="all")
    assert run_job(ours, recheck.job) == "succeeded"
    with bind(ours.id):
        states = {check.track_id: check.state for check in Check.objects.filter(recheck=recheck)}
        assert states == {bad.id: "failed", good.id: "done"}
        assert Track.objects.get(id=bad.id).status == "registered"


def _aged(organisation, track, days, told_days=None):
    now = timezone.now()
    with bind(organisation.id):
        Check.objects.filter(track_id=track.id).update(
            finished_at=now - timedelta(days=days),
            expiry_told_at=None if told_days is None else now - timedelta(days=told_days),
        )
        return services.expire_claims(), Track.objects.get(id=track.id).status


def test_a_claim_that_nobody_registered_is_announced_and_then_ends():
    ours, others = label(), label()
    track = draft(ours, song(1))
    check(ours, track)
    kept = registered(ours, song(2), "Registered")
    assert _aged(ours, track, 70) == (0, "clear")
    assert ours.id not in services.organisations_with_stale_claims()
    assert _aged(ours, track, 80) == (0, "clear")
    assert ours.id in services.organisations_with_stale_claims()
    with bind(ours.id):
        assert Notification.objects.filter(kind="claim.expires").count() == 1
    assert _aged(ours, track, 120, told_days=3) == (0, "clear"), "Announced three days ago only"
    assert _aged(ours, track, 91, told_days=15) == (1, "draft")
    assert _aged(ours, kept, 400, told_days=300) == (0, "registered")
    with bind(ours.id):
        assert entry_of(track.id) is None
        assert Notification.objects.filter(kind="claim.expired").count() == 1
    found = check(others, draft(others, song(1))).matches
    assert "Night train" not in {match.other_title for match in found}
