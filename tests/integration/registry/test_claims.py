"""Claims: the order of commits is the order of numbers, and of two who come at once one sees the other."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import connection, transaction

from apps.catalog.models import Track, TrackStatus
from apps.catalog.services import delete_track
from apps.registry.selectors import disclose, entry_of
from apps.registry.services import activate, pair_of
from apps.registry.tasks import claims
from apps.registry.tasks.store import PostgresPostingStore
from apps.tenancy.context import bind
from tests.factories import make_organisation
from tests.factories_catalog import make_track
from tests.integration.registry.helpers import claim, random_peaks, set_status

ROUNDS = 40


def _prepared(label, seed=1):
    with bind(label.id):
        track = make_track(status=TrackStatus.CHECKING)
    return claims.prepare(track.id, uuid.uuid4(), f"{seed:064x}", random_peaks(seed, 3.0))


def test_of_labels_that_claim_at_the_same_moment_exactly_one_sees_no_other(committed):
    labels = [make_organisation() for _ in range(3)]
    barrier = threading.Barrier(len(labels))

    def take_part(label, prepared):
        try:
            barrier.wait()
            with bind(label.id):
                number = claims.make(prepared)
            return number, set(PostgresPostingStore(label.id, number).durations)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(labels)) as pool:
        for _ in range(ROUNDS):
            entries = [(label, _prepared(label)) for label in labels]
            outcomes = sorted(future.result() for future in [pool.submit(take_part, *entry) for entry in entries])
            numbers = [number for number, _ in outcomes]
            seen = [others & set(numbers) for _, others in outcomes]
            assert seen == [set(), {numbers[0]}, {numbers[0], numbers[1]}]


def test_a_number_is_given_out_when_its_claim_commits_not_when_it_starts(committed):
    first, second = make_organisation(), make_organisation()
    one, two = _prepared(first), _prepared(second)
    started, finish = threading.Event(), threading.Event()
    numbers: dict[str, int] = {}
    seen: set[int] = set()

    def hold():
        try:
            with bind(first.id):
                numbers["first"] = claims.make(one)
                started.set()
                finish.wait(20)
        finally:
            connection.close()

    def follow():
        try:
            with bind(second.id):
                numbers["second"] = claims.make(two)
            seen.update(PostgresPostingStore(second.id, numbers["second"]).durations)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        holding = pool.submit(hold)
        started.wait(20)
        following = pool.submit(follow)
        following_too_early = following.done()
        finish.set()
        holding.result()
        following.result()
    assert following_too_early is False
    assert seen == {numbers["first"]}


@pytest.mark.django_db
def test_the_same_recording_of_a_track_keeps_its_number_and_another_one_gets_a_new_one():
    label = make_organisation()
    prepared = _prepared(label)
    with bind(label.id):
        number = claims.make(prepared)
        assert claims.make(prepared) == number
        other = claims.prepare(prepared.track_id, uuid.uuid4(), "f" * 64, random_peaks(2, 3.0))
        assert claims.make(other) > number
        assert entry_of(prepared.track_id).asset_id == other.asset_id


@pytest.mark.django_db
def test_only_a_track_of_ours_that_is_being_checked_can_be_claimed():
    ours, theirs = make_organisation(), make_organisation()
    foreign = _prepared(theirs)
    with bind(ours.id), pytest.raises(psycopg.Error, match="bound organisation"), transaction.atomic():
        claims.make(foreign)
    prepared = _prepared(ours)
    set_status(ours, prepared.track_id, TrackStatus.DRAFT)
    with bind(ours.id), pytest.raises(psycopg.Error, match="is being checked"), transaction.atomic():
        claims.make(prepared)


@pytest.mark.django_db
@pytest.mark.parametrize("status", [TrackStatus.DRAFT, TrackStatus.WITHDRAWN])
def test_a_claim_ends_with_its_track_s_place(status):
    label = make_organisation()
    one = claim(label, 1)
    set_status(label, one.track_id, TrackStatus.CLEAR)
    with bind(label.id):
        assert activate(one.track_id) == one.number
        assert entry_of(one.track_id).state == "active"
    set_status(label, one.track_id, status)
    with bind(label.id):
        assert entry_of(one.track_id) is None
        assert activate(one.track_id) is None


@pytest.mark.django_db
def test_a_claim_ends_when_its_track_is_deleted_or_purged():
    label = make_organisation()
    one, two = claim(label, 1), claim(label, 2)
    set_status(label, one.track_id, TrackStatus.CLEAR)
    with bind(label.id):
        delete_track(track_id=one.track_id)
        assert entry_of(one.track_id) is None
        Track.objects.get(id=two.track_id).delete()
        assert entry_of(two.track_id) is None


@pytest.mark.django_db
def test_disclosure_gives_what_is_published_and_nothing_else():
    theirs = make_organisation("Secret Holding Ltd")
    theirs.public_name, theirs.contact_route, theirs.share_excerpts = "Bright Label", "rights@bright.example", True
    ours = make_organisation()
    with bind(theirs.id):
        theirs.save()
    one, two = claim(theirs, 1, title="Working title"), claim(theirs, 2, title="Plain title")
    with bind(theirs.id):
        Track.objects.filter(id=one.track_id).update(
            public_title="Public title",
            public_artist="Public artist",
            artist_line="Private artist",
            notes="Private note",
        )
        Track.objects.filter(id=two.track_id).update(version="Live", artist_line="Anna feat. Ben")
        activate(two.track_id)
    own = claim(ours, 3)
    with bind(ours.id):
        told = disclose(own.number, [one.number, two.number])
    assert [told[one.number].title, told[one.number].artist] == ["Public title", "Public artist"]
    assert [told[two.number].title, told[two.number].artist] == ["Plain title (Live)", "Anna feat. Ben"]
    assert [told[one.number].registered, told[two.number].registered] == [False, True]
    assert told[one.number].organisation == "Bright Label"
    assert told[one.number].contact == "rights@bright.example"
    assert told[one.number].shares_excerpts is True
    assert told[one.number].own_track is None
    everything = str(told)
    for private in ("Working title", "Private", "Secret Holding", str(theirs.id), str(one.track_id), theirs.slug):
        assert private not in everything


@pytest.mark.django_db
def test_a_stranger_learns_nothing_through_another_s_number():
    theirs, ours = make_organisation(), make_organisation()
    one, two = claim(theirs, 1), claim(theirs, 2)
    with bind(ours.id):
        assert disclose(two.number, [one.number]) == {}
        with pytest.raises(Exception, match="bound organisation"), transaction.atomic():
            pair_of(two.number, one.number)


@pytest.mark.django_db
def test_withdrawn_entries_are_not_disclosed():
    theirs, ours = make_organisation(), make_organisation()
    one, own = claim(theirs, 1), claim(ours, 2)
    set_status(theirs, one.track_id, TrackStatus.WITHDRAWN)
    with bind(ours.id):
        assert disclose(own.number, [one.number]) == {}
