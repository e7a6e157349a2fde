"""What one label learns of another in a whole check: everything that could leak is there, and nothing of it arrives."""

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.db import connection
from psycopg import sql

from apps.catalog.models import Track
from apps.catalog.selectors import current_asset
from apps.jobs.models import Job
from apps.rights.models import EvidenceFile, Match
from apps.tenancy.context import bind
from apps.tenancy.models import TenantModel
from tests.integration.rights.helpers import check, draft, label, registered, run_job, song

pytestmark = pytest.mark.django_db

PRIVATE = ("Zebra-title", "Zebra-version", "Zebra-artist", "Zebra-note", "Zebra Holdings", "Zebra-file")


def _everything(organisation):
    """Every column of every row of an organisation, as text."""
    rows = []
    with bind(organisation.id), connection.cursor() as cursor:
        for model in apps.get_models():
            if issubclass(model, TenantModel):
                table = sql.Identifier(model._meta.db_table)
                cursor.execute(sql.SQL("SELECT t::text FROM {} t").format(table))
                rows += [f"{model._meta.label} {text}" for (text,) in cursor.fetchall()]
    return rows


def _secretive(name):
    return label(name, public_name=f"{name} in public", contact_route="public@contact.example")


def _private_words(organisation, track):
    with bind(organisation.id):
        asset = current_asset(track.id)
    return [
        *PRIVATE,
        str(organisation.id),
        organisation.slug,
        str(track.id),
        str(asset.id),
        asset.storage_key,
        asset.sha256,
    ]


def _publish(organisation, track):
    with bind(organisation.id):
        Track.objects.filter(id=track.id).update(
            title="Zebra-title",
            version="Zebra-version",
            artist_line="Zebra-artist",
            notes="Zebra-note",
            public_title="Public title",
            public_artist="Public artist",
        )


@pytest.mark.parametrize("shares", [False, True])
def test_neither_side_learns_more_than_was_published(shares):
    older, newer = _secretive("Zebra Holdings"), label("Ours")
    older.share_excerpts = shares
    with bind(older.id):
        older.save()
    track = registered(older, song(1, 6.0), "Zebra-file")
    _publish(older, track)
    checked = check(newer, draft(newer, 0.9 * song(1, 6.0), "My demo"))
    assert checked.matches[0].other_title == "Public title"
    rows = _everything(newer)
    assert any("Public title" in row for row in rows)
    for word in _private_words(older, track):
        assert [row for row in rows if word in row.replace("Zebra Holdings in public", "")] == []
    with bind(newer.id):
        for file in EvidenceFile.objects.all():
            content = default_storage.open(file.storage_key).read()
            assert all(word.encode() not in content for word in _private_words(older, track))


def test_an_incoming_match_holds_published_fields_only():
    older, newer = label("Ours"), _secretive("Zebra Holdings")
    registered(older, 0.9 * song(1, 6.0), "My registered track")
    track = draft(newer, song(1, 6.0), "Zebra-file")
    _publish(newer, track)
    check(newer, track)
    with bind(older.id):
        incoming = Match.objects.get()
        assert (incoming.other_title, incoming.other_artist) == ("Public title", "Public artist")
        assert (incoming.other_organisation, incoming.other_contact) == (
            "Zebra Holdings in public", "public@contact.example",
        )  # fmt: skip
        assert (incoming.other_track_id, incoming.check_run_id) == (None, None)
        job = Job.objects.get(kind="rights.evidence")
    run_job(older, job)
    rows = _everything(older)
    assert any("Public title" in row for row in rows)
    for word in _private_words(newer, track):
        assert [row for row in rows if word in row.replace("Zebra Holdings in public", "")] == []


def test_the_other_side_s_sound_cannot_be_reached_without_its_consent():
    older, newer, stranger = label("Theirs"), label("Ours"), label("Stranger")
    registered(older, song(1, 6.0))
    (match,) = check(newer, draft(newer, song(1, 6.0))).matches

    def source(organisation):
        with bind(organisation.id), connection.cursor() as cursor:
            cursor.execute("SELECT storage_key FROM rights_excerpt_source(%s)", [match.pair_id])
            return cursor.fetchone()

    assert (source(newer), source(older), source(stranger)) == (None, None, None)
    older.share_excerpts = True
    with bind(older.id):
        older.save()
    assert source(newer) is not None
    assert (source(older), source(stranger)) == (None, None)
    with bind(stranger.id), connection.cursor() as cursor:
        cursor.execute("SELECT own_peaks FROM registry_pair_peaks(%s)", [match.pair_id])
        assert cursor.fetchone() is None
        cursor.execute("SELECT rights_tell_other_side(%s, 'recording', 'disputed', '')", [match.pair_id])
        assert cursor.fetchone() == (False,)


def test_a_stranger_cannot_deliver_a_match_of_others():
    older, newer, stranger = label("Theirs"), label("Ours"), label("Stranger")
    registered(older, song(1, 6.0))
    (match,) = check(newer, draft(newer, song(1, 6.0))).matches
    with (
        pytest.raises(Exception, match="Only matches of the bound organisation"),
        bind(stranger.id),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT rights_deliver_match(%s, 'recording', '{}', '')", [match.pair_id])
