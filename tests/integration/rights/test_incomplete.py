"""A comparison that fails: the others count, nothing comes out clear, and only what failed is compared again."""

from typing import Any

import pytest

from apps.accounts.models import Notification
from apps.catalog.models import TrackStatus
from apps.catalog.services import receive_upload
from apps.core.errors import Conflict
from apps.jobs import services as jobs
from apps.jobs.models import JobState
from apps.registry.selectors import entry_of
from apps.rights import explain, selectors, services
from apps.rights.models import Check, Facet, Match
from apps.rights.tasks import covers, evidence, hearing, melodies, recordings
from apps.tenancy.context import bind
from tests.factories_catalog import audio_bytes, upload
from tests.integration.rights.helpers import Checked, check, draft, label, outcome, registered, run_job, song
from tests.integration.rights.scores import check_work, played, registered_work, tune, work_of

pytestmark = pytest.mark.django_db

COMPARED = {Facet.RECORDING: recordings, Facet.COVER: covers, Facet.MELODY: melodies}
LONG = 110


def broken(*args: Any, **options: Any) -> Any:
    raise RuntimeError("secret detail")


def _states(checked: Checked) -> dict[str, str]:
    return {name: facet["state"] for name, facet in checked.check.facets.items()}


def _rest(organisation: Any, checked: Checked, *, ends: str = "succeeded") -> Checked:
    """Compare the rest."""
    with bind(organisation.id):
        started = services.compare_rest(check_id=checked.check.id)
    assert started.id == checked.check.id
    assert run_job(organisation, started.job) == ends
    return outcome(organisation, started)


@pytest.mark.parametrize("facet", list(Facet))
def test_a_facet_that_fails_leaves_the_others_and_is_compared_alone_later(facet, monkeypatch):
    theirs, ours = label(), label()
    registered(theirs, song(1))
    track = draft(ours, song(2), "Lone")
    with monkeypatch.context() as patch:
        patch.setattr(COMPARED[facet], "compare", broken)
        first = check(ours, track)
    assert _states(first) == {one.value: "failed" if one == facet else "done" for one in Facet}
    assert (first.check.verdict, first.track.status) == ("incomplete", TrackStatus.INCOMPLETE)
    assert "secret" not in str(first.check.facets)
    with bind(ours.id):
        told = Notification.objects.get(kind="check.incomplete")
        assert told.sentence == "“Lone” could not be compared in every way. Compare the rest before you register it."
        number = entry_of(track.id).number
        with pytest.raises(Conflict) as refused:
            services.register(track_id=track.id)
        assert "Compare the rest first" in str(refused.value.message)
        assert not selectors.track_panel(first.track).may_register
        assert selectors.track_panel(first.track).may_retry
        (problem,) = [report for report in explain.of_check(first.check) if report.state == "failed"]
        assert (problem.facet, problem.problem[:32]) == (facet, "This comparison did not finish: ")
    for other in set(Facet) - {facet}:
        monkeypatch.setattr(COMPARED[other], "compare", broken)
    second = _rest(ours, first)
    assert _states(second) == {"recording": "done", "cover": "done", "melody": "done"}
    assert (second.check.verdict, second.track.status) == ("clear", TrackStatus.CLEAR)
    assert second.check.failed_facets == []
    with bind(ours.id):
        assert entry_of(track.id).number == number
        job = second.check.job_id
        assert services.compare_rest(check_id=first.check.id).job_id == job, "Nothing is left: no second job"
        assert services.register(track_id=track.id).entry_number == number


@pytest.mark.parametrize(("name", "facet"), [("cover_print", "cover"), ("_transcribed", "melody")])
def test_what_could_not_be_heard_was_not_compared(name, facet, monkeypatch):
    ours = label()
    with monkeypatch.context() as patch:
        patch.setattr(hearing, name, broken)
        first = check(ours, draft(ours, song(1)))
    assert _states(first)[facet] == "failed"
    assert first.check.verdict == "incomplete"
    assert _rest(ours, first).check.verdict == "clear"


def test_a_print_that_came_late_is_compared_with_later_entries_too(monkeypatch):
    ours, theirs = label(), label()
    with monkeypatch.context() as patch:
        patch.setattr(hearing, "cover_print", broken)
        first = check(ours, draft(ours, played(tune(3, LONG)), "Early"))
    later = played([(on, length, pitch + 6) for on, length, pitch in tune(3, LONG)], bright=0.4, player=6)
    assert check(theirs, draft(theirs, later, "Late")).check.verdict == "clear"
    (match,) = _rest(ours, first).matches
    assert (match.facet, match.other_title) == ("cover", "Late")


def test_a_work_whose_melody_was_not_compared_is_not_clear(monkeypatch):
    ours, theirs = label(), label()
    registered_work(theirs, tune(5), "Nocturne")
    work = work_of(ours, tune(5), "Lullaby")
    with monkeypatch.context() as patch:
        patch.setattr(melodies, "compare", broken)
        first = check_work(ours, work)
    assert (first.check.verdict, first.track.status, first.matches) == ("incomplete", "incomplete", [])
    with bind(ours.id), pytest.raises(Conflict):
        services.register_work(work_id=work.id)
    with bind(ours.id):
        started = services.compare_rest(check_id=first.check.id)
    assert run_job(ours, started.job) == "succeeded"
    with bind(ours.id):
        done = Check.objects.get(id=first.check.id)
        assert (done.verdict, done.work.status) == ("conflict", "conflict")
        assert Match.objects.get().other_title == "Nocturne"


def test_evidence_that_cannot_be_made_is_a_comparison_that_failed(monkeypatch):
    theirs, ours = label(), label()
    registered(theirs, song(1))
    with monkeypatch.context() as patch:
        patch.setattr(evidence, "spectrogram_png", broken)
        first = check(ours, draft(ours, song(1)))
    assert _states(first)["recording"] == "failed"
    assert [match.facet for match in first.matches] == ["cover"]
    second = _rest(ours, first)
    assert (second.check.verdict, second.track.status) == ("conflict", TrackStatus.CONFLICT)
    assert [match.facet for match in second.matches if match.state == "open"] == ["recording"]


def test_a_conflict_is_told_at_once_and_registered_only_when_the_rest_was_compared(monkeypatch):
    theirs, ours = label(), label()
    registered(theirs, song(1))
    with monkeypatch.context() as patch:
        patch.setattr(melodies, "compare", broken)
        first = check(ours, draft(ours, song(1)))
    assert (first.check.verdict, first.track.status) == ("conflict", TrackStatus.CONFLICT)
    with bind(ours.id):
        services.decide_match(match_id=first.matches[0].id, kind="own_or_licensed", reason="Licence 5")
        with pytest.raises(Conflict):
            services.register(track_id=first.track.id)
    second = _rest(ours, first)
    assert second.check.verdict == "conflict"
    assert [(match.id, match.state) for match in second.matches] == [(first.matches[0].id, "own_or_licensed")]
    with bind(ours.id):
        assert services.register(track_id=first.track.id).basis == "own_or_licensed"
    with bind(theirs.id):
        assert Notification.objects.filter(kind="match.incoming").count() == 1


def test_the_same_recording_found_late_takes_over_the_music_found_before(monkeypatch):
    theirs, ours = label(), label()
    registered(theirs, played(tune(3, LONG)), "Night train")
    with monkeypatch.context() as patch:
        patch.setattr(recordings, "compare", broken)
        first = check(ours, draft(ours, played(tune(3, LONG)), "Copy"))
    assert [match.facet for match in first.matches] == ["cover"]
    second = _rest(ours, first)
    standing = [match for match in second.matches if match.state != "superseded"]
    assert [match.facet for match in standing] == ["recording"]
    assert set(standing[0].detail["folded"]) == {"cover"}
    assert [finding["facet"] for finding in second.check.findings] == ["recording"]


def test_music_found_late_is_told_with_the_recording_found_before(monkeypatch):
    theirs, ours = label(), label()
    registered(theirs, played(tune(3, LONG)), "Night train")
    with monkeypatch.context() as patch:
        patch.setattr(covers, "compare", broken)
        first = check(ours, draft(ours, played(tune(3, LONG)), "Copy"))
    assert [match.facet for match in first.matches] == ["recording"]
    (match,) = _rest(ours, first).matches
    assert (match.facet, set(match.detail["folded"])) == ("recording", {"cover"})


def test_comparing_the_rest_can_fail_be_cancelled_and_be_repeated(monkeypatch):
    ours = label()
    with monkeypatch.context() as patch:
        patch.setattr(covers, "compare", broken)
        first = check(ours, draft(ours, song(1)))
        with bind(ours.id):
            waiting = services.compare_rest(check_id=first.check.id)
            assert services.compare_rest(check_id=first.check.id).job_id == waiting.job_id, "One at a time"
            services.cancel_check(check_id=first.check.id)
        cancelled = outcome(ours, waiting)
        assert (cancelled.check.state, cancelled.check.verdict) == ("done", "incomplete")
        again = _rest(ours, first)
        assert (again.check.verdict, again.track.status) == ("incomplete", TrackStatus.INCOMPLETE)
        with patch.context() as worse:
            worse.setattr(hearing.Ear, "finish", broken)
            failed = _rest(ours, first, ends=JobState.FAILED)
    assert (failed.check.state, failed.check.verdict, failed.check.error_code) == (
        "done",
        "incomplete",
        "internal_error",
    )
    assert failed.track.status == TrackStatus.INCOMPLETE
    assert failed.check.job_id is not None
    with bind(ours.id):
        jobs.retry(job_id=failed.check.job_id)
    assert run_job(ours, failed.check.job) == "succeeded"
    last = outcome(ours, failed.check)
    assert (last.check.verdict, last.check.error_message, last.track.status) == ("clear", "", TrackStatus.CLEAR)


def test_a_registered_track_keeps_its_place_while_the_rest_is_compared(monkeypatch):
    ours = label()
    track = registered(ours, song(1))
    with monkeypatch.context() as patch:
        patch.setattr(melodies, "compare", broken)
        patch.setattr(recordings, "compare", broken)
        first = check(ours, track)
    assert (first.check.verdict, first.track.status) == ("incomplete", TrackStatus.REGISTERED)
    assert [facet.value for facet in first.check.failed_facets] == ["recording", "melody"]
    second = _rest(ours, first)
    assert (second.check.verdict, second.track.status) == ("clear", TrackStatus.REGISTERED)


def test_only_the_newest_check_of_the_same_recording_can_be_completed(monkeypatch):
    ours = label()
    with monkeypatch.context() as patch:
        patch.setattr(covers, "compare", broken)
        first = check(ours, draft(ours, song(1)))
        second = check(ours, first.track)
    with bind(ours.id):
        with pytest.raises(Conflict) as refused:
            services.compare_rest(check_id=first.check.id)
        assert refused.value.code == "newer_check"
        receive_upload(file=upload(audio_bytes(song(2))), filename="new.wav", track_id=first.track.id, ingest=False)
        with pytest.raises(Conflict) as refused:
            services.compare_rest(check_id=second.check.id)
        assert refused.value.code == "not_comparable"


def test_checks_can_be_filtered_by_what_could_not_be_compared(monkeypatch):
    theirs, ours = label(), label()
    registered(theirs, song(1))
    check(ours, draft(ours, song(2), "Whole"))
    with monkeypatch.context() as patch:
        patch.setattr(covers, "compare", broken)
        check(ours, draft(ours, song(3), "Part"))
        check(ours, draft(ours, song(1), "Alike in part"))
    with bind(ours.id):
        listed = [found.title for found in selectors.checks(verdict="incomplete")]
        assert sorted(listed) == ["Alike in part", "Part"]
        assert [found.title for found in selectors.checks(verdict="clear")] == ["Whole"]
