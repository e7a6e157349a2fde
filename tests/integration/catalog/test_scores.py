"""Scores: received once, read by a worker, refused with words that help."""

from typing import Any

import pytest
from django.core.files.base import ContentFile

from apps.catalog import selectors, services, tasks
from apps.catalog.models import ScoreContent, ScoreFile, TrackStatus, Work, WorkEvent
from apps.catalog.services import CreditInput
from apps.core.errors import Conflict, TooLarge
from apps.jobs import runner
from apps.jobs.models import Job, JobState
from apps.jobs.runner import JobRun
from tests.factories_works import (
    make_read_score,
    make_score,
    make_work,
    midi_bytes,
    musicxml_bytes,
    mxl_bytes,
    score_upload,
)
from tests.integration.catalog.conftest import stored_files

pytestmark = pytest.mark.django_db


def _read(content: bytes, **arguments: Any) -> Work:
    score = make_read_score(content, **arguments)
    return selectors.get_work(score.work_id)


def test_a_midi_file_is_read_note_for_note(label: Any):
    score = make_read_score(midi_bytes(((0, 1, 60), (1, 0.5, 64), (2, 2, 67))), filename="a_tune.mid")
    assert (score.state, score.format, score.note_count, score.melody_note_count) == ("ready", "midi", 3, 3)
    assert score.bar_count == 1
    assert score.duration_s == 2.0  # four quarters at 120 a minute
    stored = ScoreContent.objects.get(score_id=score.id)
    assert stored.drawing["notes"] == [[0, 1, 60, 0], [1, 0.5, 64, 0], [2, 2, 67, 0]]
    assert (stored.drawing["bars"], stored.drawing["seconds_per_unit"]) == ([0], 0.5)
    from ml.similarity.melody.notes import Melody

    assert [note.pitch for note in Melody.from_bytes(bytes(stored.melody)).notes] == [60, 64, 67]
    assert selectors.get_work(score.work_id).title == "a tune"


def test_a_file_names_the_work_and_its_people(label: Any):
    creators = [("composer", "Clara Weiss; Ben Okafor"), ("lyricist", "Anna Vogel"), ("publisher", "Nobody")]
    content = musicxml_bytes(title="Nachtlied", creators=[*creators, ("arranger", "Composer")])
    for data, name in (
        (content, "x.musicxml"),
        (mxl_bytes(musicxml_bytes(title="Morgenlied", creators=creators)), "y.mxl"),
    ):
        work = _read(data, filename=name)
        assert [(credit.artist.name, credit.role) for credit in selectors.work_credits_of(work.id)] == [
            ("Clara Weiss", "composer"),
            ("Ben Okafor", "composer"),
            ("Anna Vogel", "lyricist"),
        ]
        assert work.composer_line == "Clara Weiss, Ben Okafor"
    assert sorted(Work.objects.values_list("title", flat=True)) == ["Morgenlied", "Nachtlied"]


def test_what_a_person_typed_is_kept(label: Any):
    work = _read(musicxml_bytes(title="Nachtlied"), title="Lullaby", credited=[CreditInput("Anna", "lyricist")])
    assert (work.title, work.composer_line) == ("Lullaby", "Anna")


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"Dear Sir or Madam", "not_a_score", "MIDI (.mid), MusicXML"),
        (musicxml_bytes()[:-60], "damaged", "cut off or damaged"),
        (midi_bytes(()), "no_notes", "holds no notes"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><score-partwise>&b;</score-partwise>", "unsafe", "no score needs"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(label: Any, content: bytes, code: str, words: str):
    score = make_read_score(content, filename="letter.mid")
    assert (score.state, score.error_code) == ("rejected", code)
    assert words in score.error_message
    job = Job.objects.get(kind="catalog.read_score")
    assert (job.state, job.error_code, job.error_message) == (JobState.FAILED, code, score.error_message)
    page = label.get(f"works/{score.work_id}/").content.decode()
    assert words in page
    assert "Upload another file" in page


def test_no_bytes_and_too_many_are_kept_as_drafts(label: Any, media: Any, monkeypatch: pytest.MonkeyPatch):
    empty = make_score(b"", filename="empty.mid")
    assert (empty.state, empty.error_code) == ("rejected", "empty")
    monkeypatch.setattr("apps.catalog.services.scores.SCORE_MAX_BYTES", 10)
    large = make_score(midi_bytes(), filename="large.mid")
    assert (large.state, large.error_code) == ("rejected", "too_large")
    assert stored_files(media) == []
    with pytest.raises(TooLarge):
        services.refuse_large_score(ContentFile(b"x" * 11))


def test_the_same_content_is_stored_once(label: Any, media: Any):
    content = midi_bytes()
    first = make_score(content, filename="one.mid")
    again = services.receive_score(file=ContentFile(content), filename="two.mid")
    assert again.duplicate
    assert (again.score.id, again.work.id, again.job) == (first.id, first.work_id, None)
    assert len(stored_files(media)) == 1
    assert Work.objects.count() == 1


def test_a_new_score_takes_the_place_of_the_old_one(label: Any, media: Any):
    first = make_read_score()
    work = services.transition_work(work=first.work_id, to=TrackStatus.CHECKING)
    with pytest.raises(Conflict) as refused:
        make_score(work_id=work.id)
    assert refused.value.code == "score_in_registry"
    services.transition_work(work=work, to=TrackStatus.CLEAR)
    second = make_score(work_id=work.id)
    assert selectors.current_score(work.id) == second
    assert selectors.get_work(work.id).status == TrackStatus.DRAFT
    assert ScoreFile.objects.get(id=first.id).deleted_at is not None
    assert len(stored_files(media)) == 2


def test_another_job_gets_the_melody_and_reads_only_once(label: Any):
    score = make_score(read=False)
    job = Job.objects.create(kind="test", idempotency_key="one", state=JobState.RUNNING)
    run = JobRun(job)
    first = tasks.ensure_score_read(run, score.id)
    read_at = ScoreFile.objects.get(id=score.id).read_at
    again = tasks.ensure_score_read(run, score.id)
    assert first.melody == again.melody
    assert again.score.read_at == read_at
    assert again.score.is_ready


def test_a_job_that_is_given_up_lets_the_score_wait(label: Any):
    score = make_score(read=False)
    services.start_reading(score_id=score.id)
    services.release_score(score_id=score.id)
    assert ScoreFile.objects.get(id=score.id).state == "uploaded"


def test_cleaning_takes_purged_works_and_their_files(label: Any, media: Any):
    from datetime import timedelta

    from django.utils import timezone

    kept, gone = make_score(), make_score()
    services.delete_work(work_id=gone.work_id)
    long_ago = timezone.now() - timedelta(days=31)
    Work.objects.filter(id=gone.work_id).update(deleted_at=long_ago)
    ScoreFile.objects.filter(id=gone.id).update(deleted_at=long_ago)
    assert label.organisation.id in services.purgeable_organisations()
    assert services.clean_organisation() == 1
    assert list(Work.objects.values_list("id", flat=True)) == [kept.work_id]
    assert stored_files(media) == [kept.storage_key]


def test_the_uploader_is_answered_in_json(label: Any, django_capture_on_commit_callbacks: Any):
    content = midi_bytes()
    answer = label.post("works/upload/", {"files": score_upload(content)}, HTTP_ACCEPT="application/json")
    assert answer.status_code == 201
    assert answer.json()["status"] == "created"
    assert answer.json()["title"] == "harbour waltz"
    again = label.post("works/upload/", {"files": score_upload(content)}, HTTP_ACCEPT="application/json")
    assert (again.status_code, again.json()["status"]) == (200, "duplicate")
    assert "already" in again.json()["message"]
    bad = label.post("works/upload/", {"files": score_upload(b"", "none.mid")}, HTTP_ACCEPT="application/json")
    assert (bad.status_code, bad.json()["status"]) == (201, "rejected")
    assert label.post("works/upload/", {}, HTTP_ACCEPT="application/json").status_code == 422


def test_many_files_of_a_plain_form_become_a_work_each(label: Any):
    files = [score_upload(name=f"piece_{number}.mid") for number in range(3)]
    answer = label.post("works/upload/", {"files": files})
    assert answer.url == label.path("works/")
    assert sorted(Work.objects.values_list("title", flat=True)) == ["piece 0", "piece 1", "piece 2"]
    assert label.post("works/upload/", {}).status_code == 422


def test_a_work_without_a_score_gets_one(label: Any):
    work = make_work()
    answer = label.post(f"works/{work.id}/score/", {"file": score_upload()})
    assert answer.url == label.path(f"works/{work.id}/")
    score = selectors.current_score(work.id)
    assert score is not None
    runner.run(Job.objects.get(kind="catalog.read_score").id, label.organisation.id)
    page = label.get(f"works/{work.id}/").content.decode()
    assert 'data-component="score-player"' in page
    download = label.get(f"scores/{score.id}/")
    assert download["Content-Type"] == "audio/midi"
    assert download["Content-Disposition"] == 'attachment; filename="harbour_waltz.mid"'


def test_the_first_score_of_a_work_replaces_nothing(label: Any):
    work = services.create_work(changes={"title": "Lullaby"})
    for shift in (0, 1):
        services.receive_score(file=score_upload(midi_bytes(shift=shift)), filename="lullaby.mid", work_id=work.id)
    kinds = list(WorkEvent.objects.filter(work_id=work.id).order_by("created_at", "id").values_list("kind", flat=True))
    assert kinds == ["created", "uploaded", "replaced"]
