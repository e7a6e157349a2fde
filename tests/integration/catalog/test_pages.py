"""Pages of the catalogue as people use them."""

import csv
import io
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.catalog import selectors, services
from apps.catalog.models import Track
from apps.catalog.services import CreditInput, ReleaseDetails
from tests.factories_catalog import make_recording, make_track

pytestmark = pytest.mark.django_db


def _titles(response: Any) -> list[str]:
    return [track.title for track, _sound in response.context["rows"]]


def _messages(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_every_page_answers(label: Any):
    asset = make_recording()
    track = services.update_track(
        track_id=asset.track_id, changes={"release_title": "Timetable"}, credited=[CreditInput("Anna")]
    )
    artist = services.create_artist(name="anna")
    for path in (
        "tracks/",
        f"tracks/{track.id}/",
        f"tracks/{track.id}/edit/",
        f"tracks/{track.id}/recording/",
        f"tracks/{track.id}/delete/",
        "tracks/deleted/",
        "releases/",
        "releases/new/",
        f"releases/{track.release_id}/",
        f"releases/{track.release_id}/edit/",
        f"releases/{track.release_id}/delete/",
        "artists/",
        "artists/new/",
        f"artists/{artist.id}/",
        f"artists/{artist.id}/edit/",
        f"artists/{artist.id}/merge/",
        "search/",
        "search/?q=train",
    ):
        assert label.get(path).status_code == 200, path


def test_an_empty_catalogue_leads_to_the_upload(label: Any):
    text = label.get("tracks/").content.decode()
    assert "No tracks yet" in text
    assert f"/o/{label.organisation.slug}/registry/register/" in text


def test_the_list_is_sorted_and_filtered_by_its_address(label: Any):
    make_track("Beta", artist="Anna", status="registered", isrc="QZABC2600002")
    make_track("Alpha", artist="Ben")
    make_track("夜行列车", artist="李")
    make_track("قِطار", artist="فيروز", status="conflict")
    anna = selectors.artist_named("anna")
    assert anna is not None
    assert _titles(label.get("tracks/?sort=title"))[:2] == ["Alpha", "Beta"]
    assert _titles(label.get("tracks/")) == ["قِطار", "夜行列车", "Alpha", "Beta"]
    assert _titles(label.get("tracks/?status=registered")) == ["Beta"]
    assert _titles(label.get(f"tracks/?artist={anna.id}")) == ["Beta"]
    assert _titles(label.get("tracks/?q=列车")) == ["夜行列车"]
    assert _titles(label.get("tracks/?q=قطار")) == ["قِطار"]
    assert _titles(label.get("tracks/?q=qzabc2600002")) == ["Beta"]
    assert _titles(label.get("tracks/?q=ALPHA ben")) == ["Alpha"]
    assert _titles(label.get("tracks/?q=alpha anna")) == []
    assert _titles(label.get("tracks/?status=nonsense&artist=x&sort=y&page=99")) == [
        "قِطار",
        "夜行列车",
        "Alpha",
        "Beta",
    ]


def test_titles_are_sorted_as_people_expect(label: Any):
    # As in Unicode's collation chart (root locale): digits, Latin without regard to case and accents, Arabic, Han.
    wanted = ["9 lives", "alpha", "Émile", "eve", "Zebra", "قطار", "夜行列车"]
    for title in reversed(wanted):
        make_track(title)
    assert _titles(label.get("tracks/?sort=title")) == wanted
    assert _titles(label.get("tracks/?sort=-title")) == wanted[::-1]


def test_tracks_without_an_artist_come_last(label: Any):
    make_track("None")
    make_track("B", artist="ben")
    make_track("A", artist="Anna")
    assert _titles(label.get("tracks/?sort=artist")) == ["A", "B", "None"]
    assert _titles(label.get("tracks/?sort=-artist")) == ["B", "A", "None"]


def test_the_list_is_sorted_by_length(label: Any):
    from tests.factories_catalog import audio_bytes

    long = make_recording(audio_bytes(seconds=3.0), filename="long.wav")
    short = make_recording(audio_bytes(seconds=1.5), filename="short.wav")
    make_track("none")
    assert _titles(label.get("tracks/?sort=length")) == ["short", "long", "none"]
    assert _titles(label.get("tracks/?sort=-length")) == ["long", "short", "none"]
    assert (short.duration_s, long.duration_s) == (1.5, 3.0)


def test_the_list_costs_the_same_queries_for_twenty_tracks_as_for_two(label: Any):
    label.get("tracks/")  # what only a first request asks for
    counts = []
    for more in (2, 18):
        for number in range(more):
            make_track(f"T{number}", artist=f"A{number}")
        with CaptureQueriesContext(connection) as queries:
            rows = _titles(label.get("tracks/"))
        counts.append((len(rows), len(queries)))
    (few, queries_for_few), (many, queries_for_many) = counts
    assert (few, many) == (2, 20)
    assert queries_for_few == queries_for_many


def test_the_csv_holds_every_row_and_no_formula(label: Any):
    services.create_track(
        changes={"title": '=HYPERLINK("x")', "isrc": "USS1Z9900001", "release_title": "R"},
        credited=[CreditInput("Anna, Ben")],
    )
    make_track("夜行列车")
    response = label.get("tracks/?format=csv&sort=title")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="tracks.csv"'
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [row["Title"] for row in rows] == ['\'=HYPERLINK("x")', "夜行列车"]
    assert (rows[0]["Artist"], rows[0]["ISRC"], rows[0]["Release"], rows[0]["Status"]) == (
        "Anna, Ben",
        "USS1Z9900001",
        "R",
        "draft",
    )
    filtered = label.get("tracks/?format=csv&q=列车").content.decode("utf-8-sig")
    assert len(filtered.splitlines()) == 2


def test_deleting_several_can_be_undone(label: Any):
    draft, registered = make_track("Draft"), make_track("Known", status="registered")
    response = label.post("tracks/bulk/", {"action": "delete", "selected": [draft.id, registered.id, "nonsense"]})
    first, second = _messages(response)
    assert "1 track is deleted." in first
    assert label.path("tracks/deleted/") in first
    assert second == "Known: The registry knows this track. Withdraw it first."
    assert _titles(label.get("tracks/")) == ["Known"]
    assert "Draft" in label.get("tracks/deleted/").content.decode()
    label.post(f"tracks/{draft.id}/restore/")
    assert sorted(_titles(label.get("tracks/"))) == ["Draft", "Known"]


def test_several_tracks_are_edited_at_once(label: Any):
    tracks = [make_track(f"T{number}", public_artist="P") for number in range(3)]
    chosen = [track.id for track in tracks[:2]]
    page = label.post("tracks/bulk/", {"action": "edit", "selected": chosen})
    assert "T0" in page.content.decode()
    label.post("tracks/bulk/", {"action": "apply", "selected": chosen, "release_title": "Together"})
    found = {track.title: (str(track.release or ""), track.public_artist) for track in Track.objects.all()}
    assert found == {"T0": ("Together", "P"), "T1": ("Together", "P"), "T2": ("", "P")}


def test_a_mistake_in_a_bulk_edit_changes_nothing_and_keeps_the_text(label: Any):
    track = make_track()
    data = {"action": "apply", "selected": [track.id], "release_title": "R", "public_artist": "z" * 501}
    response = label.post("tracks/bulk/", data)
    assert response.status_code == 422
    assert "z" * 501 in response.content.decode()
    assert selectors.get_track(track.id).release is None


def test_nothing_selected_is_said(label: Any):
    assert _messages(label.post("tracks/bulk/", {"action": "delete"})) == ["Select one track or more first."]


def test_editing_sets_fields_and_credits(label: Any):
    track = make_track("Old", artist="Gone")
    data = {
        "title": "New",
        "version": "live",
        "isrc": "US-S1Z-99-00001",
        "release_title": "Timetable",
        "track_number": "7",
        "public_title": "Shown",
        "public_artist": "",
        "notes": "Two\nlines",
        "form-TOTAL_FORMS": "3",
        "form-INITIAL_FORMS": "1",
        "form-0-name": "Anna",
        "form-0-role": "main",
        "form-1-name": "",
        "form-1-role": "main",
        "form-2-name": "Clara",
        "form-2-role": "composer",
    }
    response = label.post(f"tracks/{track.id}/edit/", data)
    assert response["Location"] == label.path(f"tracks/{track.id}/")
    track = selectors.get_track(track.id)
    assert (track.title, track.version, track.isrc, track.track_number) == ("New", "live", "USS1Z9900001", 7)
    assert (str(track.release), track.public_title, track.artist_line) == ("Timetable", "Shown", "Anna")
    assert track.notes.splitlines() == ["Two", "lines"]
    assert [credit.role for credit in selectors.credits_of(track.id)] == ["main", "composer"]


def test_a_release_page_lists_its_tracks_in_order(label: Any):
    release = services.create_release(details=ReleaseDetails("Timetable", artist="Anna", upc="036000291452"))
    for number, title in ((2, "Second"), (1, "First"), (None, "Unnumbered")):
        services.create_track(changes={"title": title, "release": release.id, "track_number": number})
    response = label.get(f"releases/{release.id}/")
    assert _titles(response) == ["First", "Second", "Unnumbered"]
    assert "036000291452" in response.content.decode()


def test_a_wrong_bar_code_is_named_and_kept(label: Any):
    response = label.post("releases/new/", {"title": "R", "artist": "Anna", "upc": "036000291453"})
    assert response.status_code == 422
    text = response.content.decode()
    assert "one digit is mistyped" in text
    assert 'value="036000291453"' in text
    assert list(selectors.releases()) == []


def test_artists_are_renamed_and_merged_on_their_pages(label: Any):
    track = make_track(artist="Ana")
    ana, anna = services.create_artist(name="Ana"), services.create_artist(name="Anna")
    taken = label.post(f"artists/{ana.id}/edit/", {"name": "Anna"})
    assert taken.status_code == 422
    assert "Merge the two instead." in taken.content.decode()
    unknown = label.post(f"artists/{ana.id}/merge/", {"into": "Nobody"})
    assert "There is no artist of this name." in unknown.content.decode()
    response = label.post(f"artists/{ana.id}/merge/", {"into": "anna"})
    assert response["Location"] == label.path(f"artists/{anna.id}/")
    assert selectors.get_track(track.id).artist_line == "Anna"


@pytest.mark.parametrize("query", ["night", "NIGHT tr", "vogel", "uss1z9900001", "timet", "nihgt train"])
def test_search_finds_by_any_part_and_forgives_a_slip(label: Any, query: str):
    track = services.create_track(
        changes={"title": "Night train", "isrc": "USS1Z9900001", "release_title": "Timetable"},
        credited=[CreditInput("Anna Vogel")],
    )
    make_track("Something else", artist="Ben Okafor")
    assert selectors.search(query).tracks == [track]


def test_search_forgives_accents_and_knows_any_script(label: Any):
    wanted = {title: make_track(title) for title in ("Déjà vu", "夜行列车", "قِطَارُ اللَّيْل", "Ночной поезд")}
    for query, title in (
        ("deja", "Déjà vu"),
        ("列", "夜行列车"),
        ("الليل", "قِطَارُ اللَّيْل"),
        ("НОЧНОЙ", "Ночной поезд"),
    ):
        assert selectors.search(query).tracks == [wanted[title]]


def test_titles_that_start_with_the_words_come_first(label: Any):
    make_track("A train at night")
    second = make_track("Night and day")
    assert selectors.search("night").tracks[0] == second


def test_the_search_dialog_gets_a_fragment_and_others_a_page(label: Any):
    track = make_track("<i>Night</i>")
    fragment = label.get("search/?q=night", headers={"HX-Request": "true"})
    assert "<!doctype" not in fragment.content.decode().lower()
    assert label.path(f"tracks/{track.id}/") in fragment.content.decode()
    assert "&lt;i&gt;Night" in fragment.content.decode()
    assert fragment["Cache-Control"] == "private, no-store"
    assert "<!doctype" in label.get("search/?q=night").content.decode().lower()
    assert "Nothing in your catalogue is called so." in label.get("search/?q=zzzz").content.decode()


def test_deleted_tracks_are_found_nowhere(label: Any):
    track = services.create_track(changes={"title": "Gone", "release_title": "Here"}, credited=[CreditInput("Anna")])
    services.delete_track(track_id=track.id)
    assert selectors.search("gone").is_empty
    assert label.get(f"tracks/{track.id}/").status_code == 404
    assert _titles(label.get("tracks/")) == []
    assert [release.track_count for release in selectors.releases()] == [0]
    assert [artist.track_count for artist in selectors.artists()] == [0]
