"""The pages, as a member works with them."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from apps.monitoring import services
from apps.monitoring.models import Cue, CueState, LongRecording, MonitoringSource, WatchedFolder, WatchList
from apps.monitoring.services import counting
from apps.tenancy.context import bind
from tests.integration.rights_pages.conftest import make_desk

pytestmark = pytest.mark.django_db


def text_of(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def desk(sheet):
    with bind(sheet.organisation.id):
        counting.recount(sheet.recording)
    return sheet.desk


def test_an_empty_room_says_what_it_is_for(label_without_anything):
    desk = label_without_anything
    for name, words in [
        ("list", "No recordings yet"),
        ("chart", "No plays yet"),
        ("watchlists", "No watchlists yet"),
        ("sources", "No sources yet"),
    ]:
        assert words in text_of(desk.get(f"monitoring:{name}"))


@pytest.fixture
def label_without_anything(db):
    from tests.integration.rights.helpers import label

    return make_desk(label("Empty"))


def test_the_list_filters_sorts_and_exports(sheet, desk):
    assert "Morning show" in text_of(desk.get("monitoring:list", "?sort=-cues"))
    assert "Nothing fits these filters" in text_of(desk.get("monitoring:list", "?text=evening"))
    csv = desk.get("monitoring:list", "?format=csv").content.decode()
    assert csv.splitlines()[1].startswith("Morning show,Radio North,2026-07-01")


def test_the_cue_sheet_shows_cues_gaps_and_the_time_line(sheet, desk):
    page = text_of(desk.get("monitoring:detail", recording_id=sheet.recording.id))
    assert "0:30 – 1:15" in page
    assert "23:59:00" in page  # on air, in Oslo
    assert "Unknown: nothing of the registry was recognised" in page
    assert page.count("cue-bar-gap") == 4  # before, between, after; and the legend
    assert f'id="cue-{sheet.own.id}"' in page
    assert "Northern Lights" in page


def test_submitting_without_javascript_and_with_it(sheet, desk):
    source = str(sheet.source.id)
    values = {"source": source, "title": "", "started_at": "2026-07-03T10:00"}
    sent = desk.post("monitoring:new", values | {"files": SimpleUploadedFile("set.mp3", b"sound")})
    assert sent.status_code == 302
    with bind(sheet.organisation.id):
        made = LongRecording.objects.exclude(id=sheet.recording.id).get()
        assert (made.title, made.source_id, made.origin) == ("set", sheet.source.id, "upload")
        assert made.started_at.isoformat() == "2026-07-03T08:00:00+00:00"  # ten o'clock in Oslo
    answer = desk.client.post(
        desk.url("monitoring:new"),
        {"title": "Two", "files": SimpleUploadedFile("set.mp3", b"sound")},
        headers={"Accept": "application/json"},
    )
    assert (answer.status_code, answer.json()["title"], answer.json()["status"]) == (201, "Two", "created")


def test_a_file_that_is_too_large_or_missing_is_refused(sheet, desk, settings):
    settings.MONITORING_MAX_BYTES = 10
    large = desk.client.post(
        desk.url("monitoring:new"),
        {"files": SimpleUploadedFile("set.mp3", b"more than ten bytes")},
        headers={"Accept": "application/json"},
    )
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    assert desk.post("monitoring:new", {"title": "x"}).status_code == 422


def test_limits_of_uploads_follow_the_page(sheet, desk, settings):
    settings.UPLOAD_MAX_BYTES, settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 100, 0
    settings.UPLOAD_LIMITS = {"monitoring:new": 5000}
    kept = desk.post("monitoring:new", {"files": SimpleUploadedFile("set.mp3", b"x" * 4000)})
    assert kept.status_code == 302
    with bind(sheet.organisation.id):
        assert LongRecording.objects.filter(size_bytes=4000).exists()


def test_correcting_confirming_removing_and_undoing(sheet, desk):
    assert desk.post("monitoring:cue_confirm", cue_id=sheet.own.id).status_code == 302
    form = text_of(desk.get("monitoring:cue_edit", cue_id=sheet.own.id))
    assert 'value="0:30.0"' in form
    assert "What was recognised" in form
    values = {"start": "0:31.5", "end": "1:15", "track": "", "title": "Own song (live)", "artist": "Anna", "label": ""}
    assert desk.post("monitoring:cue_edit", values, cue_id=sheet.own.id).status_code == 302
    assert desk.post("monitoring:cue_edit", values | {"end": "abc"}, cue_id=sheet.own.id).status_code == 422
    assert desk.post("monitoring:cue_edit", values | {"end": "0:10"}, cue_id=sheet.own.id).status_code == 422
    history = text_of(desk.get("monitoring:cue_edit", cue_id=sheet.own.id))
    assert "title: Own song → Own song (live)" in history
    assert "Edda Editor" in history
    assert desk.get("monitoring:cue_remove", cue_id=sheet.own.id).status_code == 200
    desk.post("monitoring:cue_remove", cue_id=sheet.own.id)
    assert "Taken off the sheet" in text_of(desk.get("monitoring:detail", recording_id=sheet.recording.id))
    desk.post("monitoring:cue_undo", cue_id=sheet.own.id)
    with bind(sheet.organisation.id):
        cue = Cue.objects.get(id=sheet.own.id)
    assert (cue.state, cue.title, cue.start_s) == (CueState.CORRECTED, "Own song (live)", 31.5)


def test_a_cue_is_corrected_in_a_dialog(sheet, desk):
    sheet_page = text_of(desk.get("monitoring:detail", recording_id=sheet.recording.id))
    address = desk.url("monitoring:cue_edit", cue_id=sheet.own.id)
    assert f'href="{address}" hx-get="{address}?dialog=1"' in sheet_page
    dialog = desk.get("monitoring:cue_edit", "?dialog=1", cue_id=sheet.own.id)
    assert "<html" not in text_of(dialog)
    assert f'action="{address}"' in text_of(dialog)
    values = {"start": "0:31.5", "end": "0:10", "track": "", "title": "Own song", "artist": "Anna", "label": ""}
    wrong = desk.post("monitoring:cue_edit", values | {"dialog": "1"}, cue_id=sheet.own.id)
    assert (wrong.status_code, wrong["HX-Retarget"], wrong["HX-Push-Url"]) == (422, "#cue-dialog-body", "false")
    assert "A cue ends after it begins." in text_of(wrong)
    right = desk.post("monitoring:cue_edit", values | {"dialog": "1", "end": "1:10"}, cue_id=sheet.own.id)
    assert right["Location"].endswith(f"#cue-{sheet.own.id}")
    page = text_of(desk.get("monitoring:detail", recording_id=sheet.recording.id))
    undo = desk.url("monitoring:cue_undo", cue_id=sheet.own.id)
    assert f'form="undo-{sheet.own.id}">Undo</button>' in page  # in the message that it is corrected
    assert page.count(f'action="{undo}" id="undo-{sheet.own.id}"') == 1
    desk.post("monitoring:cue_undo", cue_id=sheet.own.id)
    with bind(sheet.organisation.id):
        cue = Cue.objects.get(id=sheet.own.id)
    assert (cue.state, cue.start_s, cue.end_s) == (CueState.FOUND, 30.0, 75.0)
    assert undo not in text_of(desk.get("monitoring:detail", recording_id=sheet.recording.id))


def test_naming_a_gap(sheet, desk):
    form = desk.get("monitoring:cue_add", "?start=165.0&end=600.0", recording_id=sheet.recording.id)
    assert 'value="2:45.0"' in text_of(form)
    values = {"start": "2:45", "end": "10:00", "track": "", "title": "Talk", "artist": "", "label": ""}
    desk.post("monitoring:cue_add", values, recording_id=sheet.recording.id)
    with bind(sheet.organisation.id):
        assert Cue.objects.get(title="Talk").state == CueState.ADDED


@pytest.mark.parametrize(
    ("name", "kind"),
    [("csv", "text/csv"), ("broadcast", "text/csv"), ("cue", "application/x-cue"), ("json", "application/json")],
)
def test_exports(sheet, desk, name, kind):
    made = desk.get("monitoring:export", f"?as={name}", recording_id=sheet.recording.id)
    assert made["Content-Type"].startswith(kind)
    assert "attachment" in made["Content-Disposition"]
    assert "Night train" in made.content.decode()
    assert desk.get("monitoring:export", "?as=midi", recording_id=sheet.recording.id).status_code == 404


def test_the_sheet_on_paper(sheet, desk):
    made = desk.get("monitoring:export", "?as=pdf", recording_id=sheet.recording.id)
    assert made["Content-Type"] == "application/pdf"
    assert made["Content-Disposition"] == 'attachment; filename="morning-show.pdf"'
    assert made.content.startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("language", "head", "unknown", "times"), [("en", "Cue sheet", "Unknown", 4), ("zh-hans", "播出单", "未知", 5)]
)
def test_the_paper_says_what_the_page_says(sheet, monkeypatch, language, head, unknown, times):
    from apps.core.paper.document import Paper
    from apps.monitoring.exports.paper import as_pdf
    from apps.monitoring.selectors import cues_of

    written: list[str] = []
    for name in ("cell", "multi_cell"):
        kept = getattr(Paper, name)

        def writing(paper, *args, _kept=kept, **values):
            written.append(str(args[2]))
            return _kept(paper, *args, **values)

        monkeypatch.setattr(Paper, name, writing)
    with bind(sheet.organisation.id), translation.override(language):
        as_pdf(sheet.recording, cues_of(sheet.recording.id))
    said = " ".join(written)
    for words in (head, "Morning show", "Radio North", "2026-07-01 23:58:30 (Europe/Oslo)", "16 %", "Night train"):
        assert words in said
    assert "Ben feat. Cy · Northern Lights" in said
    assert "1:55–2:45" in said  # in the recording
    assert "00:00:25–00:01:15" in said  # on air, in Oslo
    assert written.count(unknown) == times  # gaps, their sum; the legend


def test_plays_chart_table_and_csv(sheet, desk):
    query = "?since=2026-07-01&until=2026-07-03&step=day"
    page = text_of(desk.get("monitoring:chart", query))
    assert page.count('<rect class="bar"') == 3
    assert "Own song" in page
    assert 'name="since" value="2026-07-02"' in text_of(desk.get("monitoring:chart", "?until=2026-07-31"))
    only = text_of(desk.get("monitoring:chart", f"{query}&track=%232"))
    assert "Only “Night train”" in only
    csv = desk.get("monitoring:chart", f"{query}&format=csv").content.decode().splitlines()
    assert csv[1] == "2026-07-01,Radio North,Own song,Anna,,1,45.0"


def test_watchlists_by_hand(sheet, desk):
    desk.post("monitoring:watchlist_new", {"name": "Autumn", "alert": "on"})
    with bind(sheet.organisation.id):
        made = WatchList.objects.get()
    assert (made.alert, made.digest, made.own_tracks) == (True, False, False)
    desk.post("monitoring:watchlist_add", {"kind": "artist", "name": "Ben", "track": ""}, watchlist_id=made.id)
    desk.post("monitoring:cue_watch", {"watchlist": str(made.id)}, cue_id=sheet.other.id)
    page = text_of(desk.get("monitoring:watchlists"))
    assert "Ben" in page
    assert "Night train · Ben feat. Cy" in page
    assert desk.post("monitoring:watchlist_new", {"name": "Autumn"}).status_code == 422
    desk.post("monitoring:watchlist_delete", watchlist_id=made.id)
    with bind(sheet.organisation.id):
        assert not WatchList.objects.exists()


def test_sources_and_folders(sheet, desk, settings):
    settings.MONITORING_BUCKETS = ["broadcasts"]
    desk.post("monitoring:source_new", {"name": "Club", "kind": "venue", "time_zone": "Asia/Shanghai"})
    with bind(sheet.organisation.id):
        club = MonitoringSource.objects.get(name="Club")
    assert desk.get("monitoring:folder_new").status_code == 403  # an editor may not
    admin = make_desk(sheet.organisation, "admin", "Ada Admin")
    values = {"source": str(club.id), "bucket": "broadcasts", "prefix": "club", "enabled": "on"}
    assert admin.post("monitoring:folder_new", values).status_code == 302
    assert admin.post("monitoring:folder_new", values).status_code == 422
    assert "broadcasts/club/" in text_of(admin.get("monitoring:sources"))
    desk.post("monitoring:source_archive", source_id=club.id)
    with bind(sheet.organisation.id):
        assert WatchedFolder.objects.get().enabled is False
    desk.post("monitoring:source_archive", {"back": "1"}, source_id=club.id)
    assert "Club" in text_of(desk.get("monitoring:new"))


def test_deleting_and_restoring(sheet, desk):
    desk.post("monitoring:delete", recording_id=sheet.recording.id)
    assert desk.get("monitoring:detail", recording_id=sheet.recording.id).status_code == 404
    assert desk.get("monitoring:cue_edit", cue_id=sheet.own.id).status_code == 404
    assert "Morning show" in text_of(desk.get("monitoring:deleted"))
    desk.post("monitoring:restore", recording_id=sheet.recording.id)
    assert desk.get("monitoring:detail", recording_id=sheet.recording.id).status_code == 200


def test_a_viewer_reads_and_changes_nothing(sheet, desk):
    viewer = make_desk(sheet.organisation, "viewer", "Vera Viewer")
    page = text_of(viewer.get("monitoring:detail", recording_id=sheet.recording.id))
    assert "Own song" in page
    assert 'cue-acts"> </td>' in page
    assert viewer.post("monitoring:cue_confirm", cue_id=sheet.own.id).status_code == 403
    assert viewer.get("monitoring:new").status_code == 403


def test_the_outline_is_served_for_players(sheet, desk):
    with bind(sheet.organisation.id):
        LongRecording.objects.filter(id=sheet.recording.id).update(outline=bytes([129, 127, 0, 64]))
    body = json.loads(desk.get("monitoring:waveform", recording_id=sheet.recording.id).content)
    assert body == {"peaks": [[1.0, 0.504], [-1.0, 0.0]], "duration_s": 600.0}


def test_listening_again_keeps_what_people_said(sheet, desk):
    from django.core.files.base import ContentFile

    with bind(sheet.organisation.id):
        recording = services.receive_recording(file=ContentFile(b"x"), filename="x.mp3")
        LongRecording.objects.filter(id=recording.id).update(state="done")
    assert desk.get("monitoring:again", recording_id=recording.id).status_code == 200
    assert desk.post("monitoring:again", recording_id=recording.id).status_code == 302
    with bind(sheet.organisation.id):
        again = LongRecording.objects.get(id=recording.id)
        assert (again.state, again.job_id != recording.job_id) == ("queued", True)
    assert desk.post("monitoring:again", recording_id=recording.id).status_code == 409
    assert desk.post("monitoring:again", recording_id=sheet.recording.id).status_code == 409  # its sound is gone
