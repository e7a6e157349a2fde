"""Cancelling, failing, retrying, racing: a check ends one way, and a track is never left in between."""

import uuid

import numpy as np
import pytest

from apps.accounts.models import Notification
from apps.catalog.models import AudioAsset, Track, TrackEvent, TrackStatus
from apps.catalog.services import delete_track, receive_upload
from apps.core.errors import Conflict, NotFound
from apps.jobs import runner
from apps.jobs import services as jobs
from apps.jobs.models import Job, JobState
from apps.registry.selectors import entry_of
from apps.registry.selectors import figures as registry_figures
from apps.registry.tasks import claims
from apps.rights import services
from apps.rights.models import Check, EvidenceFile, Match
from apps.rights.tasks import recordings, steps
from apps.rights.tasks.folding import one_story
from apps.rights.tasks.tracks import TrackCheck
from apps.tenancy.context import bind
from tests.factories_catalog import make_track, upload
from tests.integration.rights.helpers import audio_bytes, check, draft, label, outcome, registered, run_job, song

pytestmark = pytest.mark.django_db


def _started(organisation, track):
    with bind(organisation.id):
        return services.start_check(track_id=track.id)


def test_cancelled_while_waiting():
    ours = label()
    started = _started(ours, draft(ours, song(1)))
    with bind(ours.id):
        cancelled = services.cancel_check(check_id=started.id)
        assert cancelled.state == "cancelled"
        assert Track.objects.get(id=started.track_id).status == TrackStatus.DRAFT
    assert run_job(ours, started.job) is None


@pytest.mark.parametrize(
    ("owner", "step"),
    [(TrackCheck, "_listen"), (recordings, "compare"), (TrackCheck, "told")],
)
def test_cancelled_at_any_step_nothing_of_it_stays(monkeypatch, owner, step):
    theirs, ours = label(), label()
    registered(theirs, song(1))
    started = _started(ours, draft(ours, song(1)))
    real = getattr(owner, step)

    def cancel_on_the_way(*args, **options):
        with bind(ours.id):
            jobs.cancel(job_id=started.job_id)
        return real(*args, **options)

    monkeypatch.setattr(owner, step, cancel_on_the_way)
    monkeypatch.setattr(runner, "PROGRESS_INTERVAL_S", 0.0)
    assert run_job(ours, started.job) == JobState.CANCELLED
    found = outcome(ours, started)
    assert (found.check.state, found.check.verdict, found.matches) == ("cancelled", "", [])
    assert found.track.status == TrackStatus.DRAFT
    with bind(ours.id):
        assert entry_of(found.track.id) is None
        assert EvidenceFile.objects.count() == 0
    with bind(theirs.id):
        assert Match.objects.count() == 0


def test_cancelled_in_the_last_moment_before_the_verdict(monkeypatch):
    ours = label()
    started = _started(ours, draft(ours, song(1)))

    def cancel_and_tell(*args):
        with bind(ours.id):
            jobs.cancel(job_id=started.job_id)
        return one_story(*args)

    monkeypatch.setattr(steps, "one_story", cancel_and_tell)
    assert run_job(ours, started.job) == JobState.CANCELLED
    assert outcome(ours, started).track.status == TrackStatus.DRAFT


def test_a_failure_puts_the_track_back_to_draft_with_a_message(monkeypatch):
    ours = label()
    started = _started(ours, draft(ours, song(1), "Night train"))

    def broken(*args, **options):
        raise ValueError("secret detail")

    monkeypatch.setattr(claims, "prepare", broken)
    assert run_job(ours, started.job) == JobState.FAILED
    found = outcome(ours, started)
    assert (found.check.state, found.check.error_code) == ("failed", "internal_error")
    assert "secret" not in found.check.error_message
    assert found.track.status == TrackStatus.DRAFT
    with bind(ours.id):
        assert entry_of(found.track.id) is None
        told = Notification.objects.get(kind="check.failed")
        assert told.sentence.startswith("The check of “Night train” did not finish: Something went wrong")
        event = TrackEvent.objects.filter(track_id=found.track.id, to_status="draft", from_status="checking").get()
        assert event.reason == found.check.error_message


def test_a_failed_check_can_be_repeated_by_its_job(monkeypatch):
    ours = label()
    started = _started(ours, draft(ours, song(1)))
    with monkeypatch.context() as patch:
        patch.setattr(claims, "prepare", lambda *args, **options: 1 / 0)
        run_job(ours, started.job)
    with bind(ours.id):
        jobs.retry(job_id=started.job_id)
    assert run_job(ours, started.job) == JobState.SUCCEEDED
    found = outcome(ours, started)
    assert (found.check.state, found.check.verdict, found.check.error_message) == ("done", "clear", "")
    assert found.track.status == TrackStatus.CLEAR


def test_a_worker_that_dies_after_claiming_loses_nothing_and_doubles_nothing(monkeypatch):
    ours = label()
    started = _started(ours, draft(ours, song(1)))

    class Killed(BaseException):
        pass

    def killed(*args, **options):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(recordings, "compare", killed)
        with pytest.raises(Killed):
            run_job(ours, started.job)
    with bind(ours.id):
        first = entry_of(started.track_id).number
        Job.objects.filter(id=started.job_id).update(state="queued", lease=None)
    assert run_job(ours, started.job) == JobState.SUCCEEDED
    assert outcome(ours, started).check.entry_number == first
    assert registry_figures().pending == 1


def test_silence_is_refused_with_its_reason():
    ours = label()
    started = _started(ours, draft(ours, np.zeros(22_050 * 3, np.float32)))
    assert run_job(ours, started.job) == JobState.FAILED
    found = outcome(ours, started)
    assert found.check.error_code == "silent"
    assert "silent" in found.check.error_message
    assert found.track.status == TrackStatus.DRAFT
    with bind(ours.id), pytest.raises(Conflict) as refused:
        services.start_check(track_id=found.track.id)
    assert refused.value.code == "silent"


def test_what_cannot_be_checked_says_why():
    ours = label()
    with bind(ours.id):
        with pytest.raises(Conflict) as refused:
            services.start_check(track_id=make_track().id)
        assert refused.value.code == "no_recording"
        with pytest.raises(NotFound):
            services.start_check(track_id=uuid.uuid4())


def test_deleting_the_draft_ends_its_claim():
    ours, others = label(), label()
    checked = check(ours, draft(ours, song(1)))
    with bind(ours.id):
        assert entry_of(checked.track.id).state == "pending"
        delete_track(track_id=checked.track.id)
        assert entry_of(checked.track.id) is None
    assert check(others, draft(others, song(1))).check.verdict == "clear"


def test_replacing_the_recording_ends_its_claim_and_the_new_one_gets_its_own():
    ours, others = label(), label()
    checked = check(ours, draft(ours, song(1)))
    with bind(ours.id):
        receive_upload(file=upload(audio_bytes(song(2))), filename="new.wav", track_id=checked.track.id, ingest=False)
        assert entry_of(checked.track.id) is None
        with pytest.raises(Conflict) as refused:
            services.register(track_id=checked.track.id)
        assert refused.value.code == "not_registrable"
    again = check(ours, checked.track)
    assert again.check.entry_number > checked.check.entry_number
    assert check(others, draft(others, song(1))).check.verdict == "clear"
    assert check(others, draft(others, song(2))).check.verdict == "conflict"


def test_a_recording_replaced_during_the_check_gets_no_verdict_of_the_old_one():
    ours = label()
    started = _started(ours, draft(ours, song(1)))
    with bind(ours.id):
        services.cancel_check(check_id=started.id)
        receive_upload(file=upload(audio_bytes(song(2))), filename="new.wav", track_id=started.track_id, ingest=False)
        jobs.retry(job_id=started.job_id)
    assert run_job(ours, started.job) == JobState.FAILED
    found = outcome(ours, started)
    assert (found.check.job.error_code, found.check.verdict) == ("recording_replaced", "")
    assert found.track.status == TrackStatus.DRAFT


def test_the_one_whose_claim_comes_first_is_clear_and_the_other_is_not(monkeypatch):
    first, second = label(), label()
    one, two = _started(first, draft(first, song(1))), _started(second, draft(second, song(1)))
    real = recordings.compare

    def let_the_other_pass(*args, **options):
        monkeypatch.setattr(recordings, "compare", real)
        assert run_job(second, two.job) == JobState.SUCCEEDED
        return real(*args, **options)

    monkeypatch.setattr(recordings, "compare", let_the_other_pass)
    assert run_job(first, one.job) == JobState.SUCCEEDED
    assert (outcome(first, one).check.verdict, outcome(second, two).check.verdict) == ("clear", "conflict")
    with bind(second.id):
        assert Match.objects.get().other_registered is False


def test_an_uploaded_recording_is_analysed_once_by_its_check():
    ours = label()
    checked = check(ours, draft(ours, song(1)))
    with bind(ours.id):
        asset = AudioAsset.objects.get(track_id=checked.track.id)
        assert asset.state == "ready"
        assert asset.duration_s == pytest.approx(12.0, abs=0.01)
        assert Check.objects.get().asset_id == asset.id
