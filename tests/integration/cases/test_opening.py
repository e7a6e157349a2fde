"""Opening a case: both sides have it, with the same frozen evidence, and nobody learns more than was published."""

import hashlib
import json
import uuid
from typing import Any

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.db import connection
from psycopg import sql

from apps.accounts.models import Notification
from apps.audit.models import AuditEvent
from apps.cases import selectors, services, snapshot, storage
from apps.cases.models import Case, Entry, Exhibit
from apps.cases.services import freezing
from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.rights.models import EvidenceFile, Match
from apps.tenancy.context import bind
from apps.tenancy.models import TenantModel
from tests.integration.cases.helpers import FIRST_MESSAGE, make_sides, opened
from tests.integration.rights.helpers import label

pytestmark = pytest.mark.django_db


@pytest.fixture
def sides():
    return make_sides()


def test_both_sides_have_the_case_with_the_same_reference_and_evidence(sides):
    ours = opened(sides)
    theirs = sides.theirs.case
    assert ours.id != theirs.id
    assert ours.reference == theirs.reference
    assert len(ours.reference) == 14
    assert (ours.side, theirs.side) == ("opener", "answerer")
    assert (ours.state, theirs.state) == ("open", "open")
    assert ours.evidence == theirs.evidence
    assert ours.evidence_sha256 == theirs.evidence_sha256 == hashlib.sha256(ours.evidence.encode()).hexdigest()
    assert (theirs.own_title, theirs.other_title) == ("Night train", "Street recording")
    assert (theirs.other_organisation, theirs.other_contact) == ("Borealis Records", "legal@borealis.example")
    assert (theirs.origin_id, theirs.opened_by_id) == (sides.theirs.match.id, None)


def test_the_evidence_says_what_was_found_as_each_side_sees_it(sides):
    ours = opened(sides)
    mine = snapshot.read(ours.evidence, as_opener=True)
    other = snapshot.read(ours.evidence, as_opener=False)
    assert (mine.ours.title, mine.theirs.organisation) == ("Street recording", "Aurora Records")
    assert (other.ours, other.theirs) == (mine.theirs, mine.ours)
    stretch, mirrored = mine.main.stretches[0], other.main.stretches[0]
    assert (stretch.own_start_s, stretch.own_end_s, stretch.other_start_s) == (31.2, 41.7, 62.4)
    assert (mirrored.own_start_s, mirrored.other_end_s) == (62.4, 41.7)
    assert (stretch.tempo_ratio, mirrored.tempo_ratio) == (1.02, 0.9804)
    assert (mine.main.pitch_semitones, other.main.pitch_semitones) == (1.0, -1.0)
    assert (mine.main.alterations, other.main.alterations) == (("faster",), ("slower",))
    assert (mine.main.own_share, other.main.own_share) == (0.5, 0.1)
    assert (mine.main.found_by_us, other.main.found_by_us) == (True, False)
    assert mine.main.threshold == 1e-3
    assert mine.main.versions == {"extractor": "landmarks-1", "matcher": "match-2"}
    assert mine.main.compared_with == 7


def test_the_incoming_side_opens_the_same_case(sides):
    with sides.theirs.bound():
        case, is_new = services.open_from_match(match_id=sides.theirs.match.id, text="We heard it.")
    assert is_new
    assert case.side == "opener"
    evidence = snapshot.read(sides.ours.case.evidence, as_opener=False)
    assert (evidence.ours.title, evidence.theirs.title) == ("Street recording", "Night train")
    assert evidence.main.found_by_us


def test_opening_twice_gives_the_case_that_stands_whoever_asks(sides):
    first = opened(sides)
    assert opened(sides, text="Once more").id == first.id
    with sides.theirs.bound():
        again, is_new = services.open_from_match(match_id=sides.theirs.match.id, text="From our side")
        assert (again.reference, is_new) == (first.reference, False)
        assert Case.objects.count() == 1
        assert [entry.text for entry in Entry.objects.all()] == [FIRST_MESSAGE]
        assert Notification.objects.filter(kind="case.opened").count() == 1


def test_the_other_side_is_told_with_published_names_and_a_link_to_its_own_case(sides):
    opened(sides)
    with sides.theirs.bound():
        told = Notification.objects.get(kind="case.opened")
    assert told.sentence == "Borealis Records opened a case with you about “Night train”."
    assert told.link == f"/o/{sides.theirs.organisation.slug}/cases/{sides.theirs.case.id}/"
    assert told.recipient_id is None


def test_pictures_are_copied_for_each_side_and_survive_the_deletion_of_the_match(
    sides, django_capture_on_commit_callbacks
):
    ours = opened(sides)
    sides.theirs.work()
    with sides.ours.bound():
        assert [e.kind for e in Exhibit.objects.all()] == ["landmarks", "other_spectrogram", "own_spectrogram"]
        originals = [default_storage.open(f.storage_key).read() for f in EvidenceFile.objects.order_by("kind")]
        with django_capture_on_commit_callbacks(execute=True):
            keys = list(EvidenceFile.objects.values_list("storage_key", flat=True))
            Match.objects.all().delete()
        for key in keys:
            default_storage.delete(key)
        kept = Exhibit.objects.order_by("kind")
        assert [storage.read(exhibit.storage_key) for exhibit in kept] == originals
        assert [exhibit.sha256 for exhibit in kept] == [hashlib.sha256(content).hexdigest() for content in originals]
        case = selectors.get_case(ours.id)
        assert snapshot.read(case.evidence, as_opener=True).main.stretches[0].own_start_s == 31.2
        assert freezing.verify(case_id=case.id).problems == []
        assert selectors.case_report(case).evidence.theirs.title == "Night train"
    with sides.theirs.bound():
        assert [e.kind for e in Exhibit.objects.all()] == ["landmarks", "own_spectrogram"]
        assert sides.theirs.case.frozen_at is not None


def test_the_digest_covers_every_frozen_file_and_shows_a_change(sides):
    ours = opened(sides)
    with sides.ours.bound():
        manifest = freezing.manifest(ours, list(Exhibit.objects.all()))
        case = selectors.get_case(ours.id)
        assert case.digest == hashlib.sha256(manifest.encode()).hexdigest()
        listed = json.loads(manifest)
        assert listed["evidence"]["sha256"] == case.evidence_sha256
        assert [file["name"] for file in listed["files"]] == [
            "01-landmarks.json", "02-other_spectrogram.png", "03-own_spectrogram.png",
        ]  # fmt: skip
        exhibit = Exhibit.objects.get(kind="own_spectrogram")
        with default_storage.open(exhibit.storage_key, "wb") as stored:
            stored.write(b"forged")
        found = freezing.verify(case_id=case.id)
        assert found.problems == ["03-own_spectrogram.png is not what was frozen."]
        Case.objects.filter(id=case.id).update(evidence=case.evidence.replace("Night", "Light"))
        assert len(freezing.verify(case_id=case.id).problems) == 3
        assert AuditEvent.objects.filter(action="case.verified").count() == 2


def test_evidence_that_is_still_being_drawn_is_waited_for(sides):
    with sides.ours.bound():
        EvidenceFile.objects.all().delete()
    ours = opened(sides)
    assert ours.frozen_at is None
    with sides.ours.bound():
        assert freezing.freeze(case_id=ours.id) is False
        Case.objects.filter(id=ours.id).update(created_at=ours.created_at - freezing.PATIENCE)
        assert freezing.freeze(case_id=ours.id) is True
        assert freezing.freeze(case_id=ours.id) is True
        assert Exhibit.objects.count() == 0
        assert len(selectors.get_case(ours.id).digest) == 64


@pytest.mark.parametrize(
    ("change", "error", "code"),
    [
        ({"already_ours": True}, Conflict, "already_ours"),
        ({"state": "superseded"}, Conflict, "superseded"),
        ({}, InvalidInput, "text_needed"),
    ],
)
def test_what_can_t_become_a_case(sides, change, error, code):
    with sides.ours.bound():
        Match.objects.update(**change or {"score": 1.0})
        with pytest.raises(error) as refused:
            services.open_from_match(match_id=sides.ours.match.id, text="Hello" if change else " \n ")
        assert refused.value.code == code
        assert Case.objects.count() == 0


def test_a_match_of_another_organisation_does_not_exist(sides):
    with sides.ours.bound(), pytest.raises(NotFound):
        services.open_from_match(match_id=sides.theirs.match.id, text="Hello")


def test_a_stranger_can_open_nothing_and_reach_no_channel(sides):
    ours = opened(sides)
    stranger = label("Stranger")
    item, pair = uuid.uuid4(), sides.ours.match.pair_id
    with bind(stranger.id):
        assert _call("SELECT * FROM cases_hold(%s)", [ours.reference]) == []
        assert _call("SELECT * FROM cases_file_source(%s, %s)", [ours.reference, item]) == []
    refusals: tuple[tuple[str, str, list[Any]], ...] = (
        ("Only what the bound organisation", "SELECT cases_open('X','match',%s,'{}','{}',%s,'','','')", [pair, item]),
        ("Only entries of a case", "SELECT cases_send(%s,%s,'message','{}',NULL,'')", [ours.reference, item]),
        ("permission denied", "SELECT * FROM cases_channel", []),
    )
    for message, query, arguments in refusals:
        with pytest.raises(Exception, match=message), bind(stranger.id):
            _call(query, arguments)


def _call(query, arguments):
    with connection.cursor() as cursor:
        cursor.execute(query, arguments)
        return cursor.fetchall()


def test_internal_kinds_can_t_be_sent(sides):
    ours = opened(sides)
    for kind in ("note", "assigned", "opened", "deadline_missed", "nonsense"):
        with pytest.raises(Exception, match="Only entries of a case"), sides.ours.bound():
            _call("SELECT cases_send(%s, %s, %s, '{}', NULL, '')", [ours.reference, uuid.uuid4(), kind])


def _everything(organisation):
    """Every column of every row of an organisation, as text."""
    rows = []
    with bind(organisation.id), connection.cursor() as cursor:
        for model in apps.get_models():
            if issubclass(model, TenantModel):
                cursor.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(model._meta.db_table)))
                rows += [f"{model._meta.label} {text}" for (text,) in cursor.fetchall()]
    return rows


def test_neither_side_learns_more_than_was_published(sides):
    opened(sides)
    sides.theirs.work()
    for here, there in ((sides.theirs, sides.ours), (sides.ours, sides.theirs)):
        rows = _everything(here.organisation)
        assert any(there.organisation.public_name in row for row in rows)
        private = [
            there.organisation.name,
            str(there.organisation.id),
            there.organisation.slug,
            str(there.track.id),
            str(there.match.id),
            str(there.case.id),
            str(there.user.id),
            there.user.email,
            there.user.name,
            "secret.wav",
            f"Secret of {there.organisation.name}",
        ]
        own = [row for row in rows if "catalog.AudioAsset" not in row or here is sides.theirs]
        for word in private[:-2] + private[-1:]:
            assert [row for row in own if word in row] == [], word
