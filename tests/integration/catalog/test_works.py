"""Works: what a person may say of them, their pages, and their undoing."""

import csv
import io
from typing import Any

import pytest
from django.contrib.messages import get_messages

from apps.catalog import selectors, services
from apps.catalog.models import Track, TrackStatus, Work
from apps.catalog.services import CreditInput
from apps.core.errors import Conflict, InvalidInput
from tests.factories_catalog import make_recording, make_track
from tests.factories_works import make_read_score, make_work, midi_bytes

pytestmark = pytest.mark.django_db


def _messages(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_every_page_answers(label: Any):
    work = selectors.get_work(make_read_score().work_id)
    services.update_work(
        work_id=work.id, changes={"iswc": "T-034.524.680-1"}, credited=[CreditInput("Anna", "composer")]
    )
    for path in (
        "works/",
        "works/new/",
        "works/upload/",
        "works/deleted/",
        f"works/{work.id}/",
        f"works/{work.id}/edit/",
        f"works/{work.id}/score/",
        f"works/{work.id}/delete/",
    ):
        assert label.get(path).status_code == 200, path
    assert "T-034.524.680-1" in label.get(f"works/{work.id}/").content.decode()


def test_an_empty_list_leads_to_the_upload(label: Any):
    text = label.get("works/").content.decode()
    assert "No works yet" in text
    assert label.path("works/upload/") in text


def test_a_work_is_made_by_hand_and_changed(label: Any):
    sent = {
        "title": "Harbour Waltz",
        "iswc": "t-034.524.680-1",
        "form-TOTAL_FORMS": "2",
        "form-INITIAL_FORMS": "0",
        "form-0-name": "Clara Weiss",
        "form-0-role": "composer",
        "form-1-name": "Anna Vogel",
        "form-1-role": "lyricist",
    }
    answer = label.post("works/new/", sent)
    work = Work.objects.get()
    assert answer.url == label.path(f"works/{work.id}/")
    assert (work.title, work.iswc, work.composer_line) == ("Harbour Waltz", "T0345246801", "Clara Weiss")
    assert [(c.artist.name, c.role) for c in selectors.work_credits_of(work.id)] == [
        ("Clara Weiss", "composer"),
        ("Anna Vogel", "lyricist"),
    ]
    answer = label.post(f"works/{work.id}/edit/", {**sent, "title": "Harbour Waltz in D", "form-1-name": ""})
    assert answer.status_code == 302
    work.refresh_from_db()
    assert work.title == "Harbour Waltz in D"
    edited = selectors.work_history_of(work.id)[0]
    assert set(edited.data) == {"title", "credits"}
    assert edited.data["credits"]["to"] == ["Clara Weiss (composer)"]


def test_more_lines_keep_what_was_typed(label: Any):
    sent = {"title": "Draft", "more": "1", "form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "0", "form-0-name": "Anna"}
    page = label.post("works/new/", sent).content.decode()
    assert 'value="Anna"' in page
    assert 'value="Draft"' in page
    assert Work.objects.count() == 0


def test_a_wrong_check_digit_is_told(label: Any):
    sent = {"title": "X", "iswc": "T-034.524.680-2", "form-TOTAL_FORMS": "0", "form-INITIAL_FORMS": "0"}
    answer = label.post("works/new/", sent)
    assert answer.status_code == 422
    assert "last digit" in answer.content.decode()
    assert Work.objects.count() == 0


def test_one_iswc_is_one_work(label: Any):
    make_work("First", iswc="T0345246801")
    other = make_work("Second")
    with pytest.raises(InvalidInput) as refused:
        services.update_work(work_id=other.id, changes={"iswc": "T-034.524.680-1"})
    assert "First" in refused.value.fields["iswc"]


def test_the_list_is_sorted_filtered_and_exported(label: Any):
    make_work("Beta", composer="Zoe", iswc="T0345246801")
    alpha = make_work("alpha", composer="Anna")
    make_track("Recorded", work=alpha)
    make_work("=1+1")

    def titles(query: str) -> list[str]:
        return [work.title for work in label.get(f"works/?{query}").context["table"].rows]

    assert titles("sort=title") == ["=1+1", "alpha", "Beta"]
    assert titles("sort=composer") == ["alpha", "Beta", "=1+1"]
    assert titles("sort=-recordings")[0] == "alpha"
    assert titles("q=zoe") == ["Beta"]
    assert titles("q=T0345246801") == ["Beta"]
    assert titles("status=registered") == []
    anna = selectors.artist_named("Anna")
    assert anna is not None
    assert titles(f"artist={anna.id}") == ["alpha"]
    rows = list(csv.reader(io.StringIO(label.get("works/?format=csv&sort=title").content.decode("utf-8-sig"))))
    assert rows[0][:4] == ["Title", "Composer", "ISWC", "Recordings"]
    assert [row[0] for row in rows[1:]] == ["'=1+1", "alpha", "Beta"]
    assert rows[2][3] == "1"


def test_a_recording_names_its_work(label: Any):
    work = make_work("Harbour Waltz", iswc="T0345246801")
    track = selectors.get_track(make_recording().track_id)
    services.update_track(track_id=track.id, changes={"work_named": "T-034.524.680-1"})
    assert Track.objects.get(id=track.id).work_id == work.id
    assert track.title in label.get(f"works/{work.id}/").content.decode()
    assert "Harbour Waltz" in label.get(f"tracks/{track.id}/").content.decode()
    with pytest.raises(InvalidInput) as refused:
        services.update_track(track_id=track.id, changes={"work_named": "No such work"})
    assert "Add the work first" in refused.value.fields["work_named"]
    make_work("Twin")
    make_work("Twin")
    with pytest.raises(InvalidInput):
        services.update_track(track_id=track.id, changes={"work_named": "Twin"})
    services.update_track(track_id=track.id, changes={"work_named": ""})
    assert Track.objects.get(id=track.id).work_id is None


def test_deleting_can_be_undone(label: Any):
    content = midi_bytes()
    work = selectors.get_work(make_read_score(content).work_id)
    answer = label.post(f"works/{work.id}/delete/")
    assert answer.url == label.path("works/")
    assert label.path("works/deleted/") in _messages(answer)[0]
    assert label.get(f"works/{work.id}/").status_code == 404
    assert work.title in label.get("works/deleted/").content.decode()
    label.post(f"works/{work.id}/restore/")
    assert label.get(f"works/{work.id}/").status_code == 200
    # Deleted, its content may come anew; then the old work can't come back.
    services.delete_work(work_id=work.id)
    make_read_score(content)
    with pytest.raises(Conflict) as refused:
        services.restore_work(work_id=work.id)
    assert refused.value.code == "restore_conflict"


def test_what_the_registry_knows_is_not_deleted(label: Any):
    registered, draft = make_work("Registered"), make_work("Draft")
    for status in (TrackStatus.CHECKING, TrackStatus.CLEAR, TrackStatus.REGISTERED):
        services.transition_work(work=registered, to=status)
    answer = label.post("works/bulk/", {"action": "delete", "selected": [registered.id, draft.id]})
    told = " ".join(_messages(answer))
    assert "1 work is deleted." in told
    assert "Registered: The registry knows this work. Withdraw it first." in told
    assert list(Work.objects.filter(deleted_at=None)) == [registered]
    with pytest.raises(Conflict):
        services.transition_work(work=registered, to=TrackStatus.CHECKING)


def test_artists_of_works_are_merged_and_renamed(label: Any):
    work = make_work("Harbour Waltz", composer="Clara Weis")
    make_work("Other", composer="Clara Weiss")
    wrong, right = selectors.artist_named("Clara Weis"), selectors.artist_named("Clara Weiss")
    assert wrong
    assert right
    services.merge_artists(source_id=wrong.id, target_id=right.id)
    services.rename_artist(artist_id=right.id, name="Clara Weiß")
    assert selectors.get_work(work.id).composer_line == "Clara Weiß"
    merged: Any = selectors.get_artist(right.id)
    assert merged.work_count == 2
    page = label.get(f"artists/{right.id}/").content.decode()
    assert "Harbour Waltz" in page
    assert "No tracks credit this artist" not in page


def test_the_search_finds_works(label: Any):
    work = make_work("Harbour Waltz", composer="Clara Weiss", iswc="T0345246801")
    for words in ("harbour", "clara", "T0345246801", "Harbuor Waltz"):
        assert selectors.search(words).works == [work], words
    page = label.get("search/?q=waltz", HTTP_HX_REQUEST="true").content.decode()
    assert label.path(f"works/{work.id}/") in page


def test_a_long_score_is_drawn_in_stretches(label: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("apps.core.roll_axis.MOST_NOTES", 8)
    work_id = make_read_score(midi_bytes([(n, 1, 60 + n % 12) for n in range(20)])).work_id
    first = label.get(f"works/{work_id}/").content.decode()
    assert first.count('<rect class="roll-note is-melody"') == 8 + 1  # and one in the legend
    assert "Bars 1–2" in first
    second = label.get(f"works/{work_id}/?part=2")
    assert 'aria-current="page">Bars 3–4<' in second.content.decode()
    assert label.get(f"works/{work_id}/?part=nonsense").status_code == 200
