"""The main job on the pages: upload, watch, read the report, decide, register, verify. Without JavaScript."""

import hashlib
import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.models import Notification
from apps.catalog.models import Track
from apps.rights.models import Certificate, Check, Decision, Match
from apps.tenancy.context import bind
from tests.factories_catalog import audio_bytes
from tests.integration.rights.helpers import joined, registered, song

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
RATE = 22_050


def _file(samples, name):
    return SimpleUploadedFile(name, audio_bytes(samples), "audio/wav")


def _text(response):
    """What one reads: tags away, white space made one."""
    bare = re.sub(r"<(script|style|template).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", bare).replace("&nbsp;", " ")


@pytest.fixture
def conflict(aurora, borealis):
    """Borealis' demo holds seconds 20 to 32 of Aurora's registered Night train at its own seconds 15 to 27."""
    registered(aurora.organisation, song(11, 60.0), "Night train", artist="The Sleepers")
    sample = song(11, 60.0)[20 * RATE : 32 * RATE]
    samples = joined([song(77, 15.0), sample, song(78, 10.0)])
    borealis.post("rights:register", {"files": [_file(samples, "Demo.wav")], "check_now": "on"})
    assert borealis.work() == ["succeeded"]
    with bind(borealis.organisation.id):
        return Match.objects.get()


def test_a_clear_recording_goes_from_file_to_certificate(aurora):
    content = audio_bytes(song(11, 30.0))
    file = SimpleUploadedFile("夜行列车.wav", content, "audio/wav")
    answer = aurora.post("rights:register", {"files": [file], "check_now": "on"})
    assert answer.status_code == 302
    progress = answer.headers["Location"]
    assert progress.startswith(aurora.url("rights:register_progress") + "?since=")
    assert "Waiting for a free worker" in _text(aurora.client.get(progress))

    assert aurora.work() == ["succeeded"]
    page = aurora.client.get(progress)
    assert "夜行列车" in _text(page)
    assert "Nothing similar in the registry (compared with" in _text(page)
    with bind(aurora.organisation.id):
        track = Track.objects.get()
    assert aurora.url("rights:track_register", track_id=track.id) in page.content.decode()

    assert aurora.post("rights:track_register", track_id=track.id).status_code == 302
    assert aurora.post("rights:track_register", track_id=track.id).status_code in (302, 409), "Sent twice: harmless"
    with bind(aurora.organisation.id):
        certificate = Certificate.objects.get()
    assert certificate.code in _text(aurora.get("rights:registrations"))
    assert certificate.sha256 == hashlib.sha256(content).hexdigest()

    pdf = aurora.get("rights:certificate", certificate_id=certificate.id)
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-")

    public = Client().get(f"/verify/{certificate.code.lower()}/")
    text = _text(public)
    for said in ("夜行列车", "Aurora Records", certificate.sha256, certificate.digest, "This certificate is valid"):
        assert said in text
    assert "Aurora private" not in public.content.decode()


def test_the_report_says_what_is_like_what(conflict, borealis):
    page = borealis.get("rights:match", match_id=conflict.id)
    assert page.status_code == 200
    text = _text(page)
    found = re.search(
        r"Very likely an excerpt of the same recording: (\d:\d\d)–(\d:\d\d) of your track is like (\d:\d\d)–(\d:\d\d) "
        r"of “Night train” by The Sleepers, registered by Aurora Records\.",
        text,
    )
    assert found, text
    assert found.groups() in {("0:15", "0:27", "0:20", "0:32")}
    assert "How sure: likely" in text
    assert "Chance of a coincidence:" in text
    assert re.search(r"0:1[45]\.\d – 0:2[67]\.\d", text), "the stretch to a tenth of a second"
    assert "same tempo" in text
    assert "same pitch" in text
    assert "rights@aurora.example" in text
    assert "What the other side sees of you" in text
    assert "legal@borealis.example" in text
    assert "You see of them only what they chose to publish." in text
    assert "Aurora private" not in page.content.decode()
    assert "infring" not in text.lower()


def test_the_player_and_the_pictures_have_their_data(conflict, borealis):
    page = borealis.get("rights:match", match_id=conflict.id).content.decode()
    data = [json.loads(found) for found in re.findall(r'<script[^>]*type="application/json">(.*?)</script>', page)]
    alignment = next(entry for entry in data if "segments" in entry)
    (segment,) = alignment["segments"]
    assert segment["query_start_s"] == pytest.approx(15.0, abs=0.6)
    assert segment["reference_start_s"] == pytest.approx(20.0, abs=0.6)
    (excerpt,) = alignment["reference"]["excerpts"]
    sound = borealis.client.get(excerpt["url"], headers={"Range": "bytes=0-99"})
    assert (sound.status_code, len(b"".join(sound.streaming_content))) == (206, 100)
    whole = borealis.client.get(alignment["query"]["audio_url"])
    assert whole.status_code == 200
    picture = next(entry for entry in data if "links" in entry)
    assert len(picture["links"]) > 50
    for side in ("query", "reference"):
        image = borealis.client.get(picture[side]["image_url"])
        assert b"".join(image.streaming_content).startswith(b"\x89PNG")


def test_the_other_side_sees_only_what_is_published(conflict, aurora):
    with bind(aurora.organisation.id):
        incoming = Match.objects.get()
    aurora.work()
    page = aurora.get("rights:match", match_id=incoming.id)
    text = _text(page)
    assert "of “Demo”, checked by Borealis and not registered yet" in text
    assert "Found by another label’s check" in text
    assert "Found by a check of Borealis" in text
    assert "The other side does not share audio." in text
    assert "Borealis private" not in page.content.decode()
    assert str(conflict.id) not in page.content.decode()
    assert "1 row" in _text(aurora.get("rights:matches", "?direction=incoming"))
    assert "1 row" in _text(aurora.get("rights:matches", "?of=others"))
    assert "Nothing fits these filters." in _text(aurora.get("rights:matches", "?of=own"))
    assert "Nothing fits these filters." in _text(aurora.get("rights:matches", "?direction=outgoing"))


def test_a_decision_needs_a_reason_and_keeps_what_was_typed(conflict, borealis):
    answer = borealis.post("rights:match_decide", {"kind": "dispute", "reason": " "}, match_id=conflict.id)
    assert answer.status_code == 422
    text = _text(answer)
    assert "Say why: a licence, a contract, a mistake." in text
    assert re.search(r'value="dispute"[^>]*checked', answer.content.decode())
    answer = borealis.post(
        "rights:match_decide", {"kind": "withdraw", "reason": "A mistake of ours"}, match_id=conflict.id
    )
    assert answer.status_code == 422
    assert "Tick this to withdraw it." in _text(answer)
    assert "A mistake of ours" in answer.content.decode()
    with bind(borealis.organisation.id):
        assert Decision.objects.count() == 0
        assert Match.objects.get().state == "open"


def test_own_or_licensed_is_told_to_the_other_side_undone_and_decided_again(conflict, aurora, borealis):
    decision = {"kind": "own_or_licensed", "reason": "Licensed by contract 114."}
    answer = borealis.post("rights:match_decide", decision, match_id=conflict.id)
    assert answer.headers["Location"] == borealis.url("rights:match", match_id=conflict.id)
    text = _text(borealis.get("rights:match", match_id=conflict.id))
    assert "Own or licensed Licensed by contract 114." in text
    assert "Edda Editor" in text
    with bind(aurora.organisation.id):
        told = Notification.objects.get(kind="match.own_or_licensed")
        incoming = Match.objects.get()
    assert told.link == aurora.url("rights:match", match_id=incoming.id)
    assert "contract 114" not in aurora.get("rights:match", match_id=incoming.id).content.decode()

    again = borealis.post("rights:match_decide", decision, match_id=conflict.id)
    assert again.status_code == 422, "The same decision twice changes nothing and says so"
    with bind(borealis.organisation.id):
        decided = Decision.objects.get()
    question = borealis.get("rights:decision_undo", decision_id=decided.id)
    assert "Take this decision back?" in _text(question)
    borealis.post("rights:decision_undo", decision_id=decided.id)
    assert "Taken back: Own or licensed" in _text(borealis.get("rights:match", match_id=conflict.id))

    borealis.post("rights:match_decide", decision, match_id=conflict.id)
    with bind(borealis.organisation.id):
        track = Track.objects.get()
    assert borealis.post("rights:track_register", track_id=track.id).status_code == 302
    assert "Own or licensed, with a reason on record" in _text(borealis.get("rights:registrations", "?columns=basis"))


def test_withdrawing_takes_the_track_out(conflict, borealis):
    values = {"kind": "withdraw", "reason": "A mistake of ours", "confirm_withdraw": "on"}
    assert borealis.post("rights:match_decide", values, match_id=conflict.id).status_code == 302
    with bind(borealis.organisation.id):
        assert Track.objects.get().status == "withdrawn"


def test_the_report_as_pdf(conflict, borealis):
    answer = borealis.get("rights:match_pdf", match_id=conflict.id)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'inline; filename="match-report-demo.pdf"'
    assert answer.content.startswith(b"%PDF-")
    assert len(answer.content) > 20_000, "with both spectrograms"


def test_uploader_answers_in_json(borealis):
    content = audio_bytes(song(5))

    def send(name, data):
        file = SimpleUploadedFile(name, data, "audio/wav")
        return borealis.client.post(
            borealis.url("rights:register"), {"files": file, "check_now": "on"}, headers={"Accept": "application/json"}
        )

    first = send("One.wav", content)
    with bind(borealis.organisation.id):
        track = Track.objects.get()
        assert Check.objects.get().track_id == track.id
    assert first.status_code == 201
    assert first.json() == {
        "title": "One",
        "url": borealis.url("catalog:track", track_id=track.id),
        "status": "created",
        "message": "Received. The check has started.",
    }
    second = send("Two.wav", content)
    assert (second.status_code, second.json()["status"]) == (200, "duplicate")
    assert second.json()["message"] == "You have this recording already: “One”. It was not stored again."
    empty = send("Empty.wav", b"")
    assert (empty.status_code, empty.json()["status"]) == (201, "rejected")
    assert empty.json()["message"].startswith("This file is empty")
    nothing = borealis.client.post(borealis.url("rights:register"), {}, headers={"Accept": "application/json"})
    assert (nothing.status_code, nothing.json()["detail"]) == (422, "No file arrived. Choose it again.")


def test_several_files_at_once_bad_ones_explained_and_kept(borealis):
    content = audio_bytes(song(5))
    files = [
        SimpleUploadedFile("Good.wav", content, "audio/wav"),
        SimpleUploadedFile("Same.wav", content, "audio/wav"),
        SimpleUploadedFile("Empty.wav", b"", "audio/wav"),
        SimpleUploadedFile("Words.mp3", b"not sound at all" * 50, "audio/mpeg"),
    ]
    answer = borealis.client.post(borealis.url("rights:register"), {"files": files, "check_now": "on"}, follow=True)
    assert sorted(str(state) for state in borealis.work()) == ["failed", "succeeded"]
    text = _text(answer)
    assert "Good.wav: You have this recording already: “Good”. It was not stored again." in text
    assert "Empty.wav: This file is empty: it holds no sound." in text
    page = _text(borealis.client.get(answer.redirect_chain[-1][0]))
    assert "This file is not audio that we can read." in page
    with bind(borealis.organisation.id):
        assert sorted(Track.objects.values_list("title", flat=True)) == ["Empty", "Good", "Words"]


def test_a_form_without_a_file_says_so(borealis):
    answer = borealis.post("rights:register", {"check_now": "on"})
    assert answer.status_code == 422
    assert "Choose at least one recording." in _text(answer)


def test_without_the_tick_nothing_is_checked(borealis):
    borealis.post("rights:register", {"files": [_file(song(5), "Later.wav")]})
    with bind(borealis.organisation.id):
        assert Check.objects.count() == 0
        assert Track.objects.get().status == "draft"
