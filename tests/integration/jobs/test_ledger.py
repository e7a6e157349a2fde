"""The ledger of long work, in one process: what may happen to a job, and that it happens once."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.audit.models import AuditEvent
from apps.core.errors import Conflict, NotFound
from apps.jobs import runner, services
from apps.jobs.models import Job, JobState
from apps.jobs.runner import Cancelled, JobRun, LeaseLost
from apps.tenancy.context import bind
from apps.tenancy.models import Organisation
from tests.factories import make_organisation, make_user
from tests.integration.jobs.handlers import ABANDONED, EFFECT

pytestmark = pytest.mark.django_db


@pytest.fixture
def label() -> Organisation:
    return make_organisation()


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of published jobs, instead of a broker."""
    ids: list[str] = []

    class Broker:
        def send_task(self, name: str, *, args: list[str], queue: str, retry: bool) -> None:
            assert (name, queue, retry) == ("jobs.run", "cpu", False)
            ids.append(args[0])

    monkeypatch.setattr(services, "current_app", Broker())
    return ids


def _submit(label: Organisation, kind: str = "test.quick", key: str = "k", **args: Any) -> Job:
    with bind(label.id):
        return services.submit(kind=kind, args=args, key=key)


def _read(job: Job) -> Job:
    with bind(job.organisation_id):
        read: Job = Job.objects.get(id=job.id)
        return read


def _change(job: Job, **values: Any) -> None:
    with bind(job.organisation_id):
        assert Job.objects.filter(id=job.id).update(**values) == 1


def _acts(job: Job, action: str = EFFECT) -> int:
    with bind(job.organisation_id):
        return AuditEvent.objects.filter(action=action, subject_id=job.id).count()


def _run(job: Job) -> JobState | None:
    return runner.run(job.id, job.organisation_id)


def _claimed(job: Job) -> JobRun:
    claimed = runner._claim(job.id, job.organisation_id)
    assert claimed is not None
    return JobRun(claimed)


class TestSubmit:
    def test_a_job_is_published_when_its_transaction_commits(
        self, label, published, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            job = _submit(label)
            assert published == []
        assert published == [str(job.id)]
        assert _read(job).published_at is not None

    def test_the_same_key_answers_the_same_job(self, label, published, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            first, again = _submit(label, key="a", n=1), _submit(label, key="a", n=2)
            other = _submit(label, key="b")
        assert again.id == first.id
        assert _read(first).args == {"n": 1}
        assert published == [str(first.id), str(other.id)]

    def test_each_tenant_has_its_own_keys(self, label, published):
        assert _submit(label).id != _submit(make_organisation()).id

    def test_it_remembers_who_asked_and_for_what(self, label, published):
        user, subject = make_user(), services.Subject("track", uuid.uuid4())
        with bind(label.id, user_id=user.id):
            job = services.submit(kind="test.quick", args={}, key="k", subject=subject)
        assert (job.created_by, job.subject_type, job.subject_id, job.max_attempts) == (user, "track", subject.id, 2)

    def test_an_unknown_kind_is_a_programming_error(self, label):
        with pytest.raises(LookupError, match=r"No handler for jobs of kind 'test\.unknown'"):
            _submit(label, kind="test.unknown")


class TestRun:
    def test_a_job_is_done(self, label, published):
        job = _submit(label)
        assert _run(job) == JobState.SUCCEEDED
        done = _read(job)
        assert (done.state, done.progress, done.result, done.attempts) == ("succeeded", 1.0, {"answer": 42}, 1)
        assert done.lease is None
        assert done.finished_at is not None
        assert _acts(job) == 1

    def test_a_message_that_comes_twice_does_it_once(self, label, published):
        job = _submit(label)
        assert [_run(job), _run(job)] == [JobState.SUCCEEDED, None]
        assert _acts(job) == 1

    def test_a_message_that_comes_while_it_runs_does_nothing(self, label, published):
        job = _submit(label)
        _claimed(job)
        assert _run(job) is None
        assert _acts(job) == 0

    def test_a_message_for_another_tenants_job_does_nothing(self, label, published):
        job = _submit(label)
        assert runner.run(job.id, make_organisation().id) is None
        assert _read(job).state == "queued"

    def test_a_broken_rule_fails_the_job_with_its_words(self, label, published):
        job = _submit(label, "test.refused")
        assert _run(job) == JobState.FAILED
        failed = _read(job)
        assert (failed.error_code, failed.error_message) == ("not_audio", "This file is no recording: upload another.")
        assert (_acts(job, ABANDONED), _acts(job, "test.step")) == (1, 1)

    @pytest.mark.parametrize("kind", ["test.crash", "test.careless"])
    def test_a_bug_fails_the_job_and_leaves_no_effect(self, label, published, kind):
        job = _submit(label, kind)
        assert _run(job) == JobState.FAILED
        assert _read(job).error_code == "internal_error"
        assert _acts(job) == 0

    def test_messages_are_in_the_language_of_who_asked(self, label, published):
        user = make_user(language="zh-hans")
        with bind(label.id, user_id=user.id):
            job = services.submit(kind="test.crash", args={}, key="k")
        seen = []
        original = runner._work

        def spy(run: JobRun, kind: str) -> JobState:
            from django.utils.translation import get_language

            seen.append(get_language())
            return original(run, kind)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(runner, "_work", spy)
            _run(job)
        assert seen == ["zh-hans"]


class TestCancel:
    def test_a_waiting_job_is_cancelled_at_once(self, label, published):
        job = _submit(label)
        with bind(label.id):
            services.cancel(job_id=job.id)
        assert _read(job).state == "cancelled"
        assert _acts(job, ABANDONED) == 1
        assert _run(job) is None

    def test_a_running_job_stops_at_its_next_step(self, label, published):
        job = _submit(label)
        run = _claimed(job)
        with bind(label.id):
            services.cancel(job_id=job.id)
        assert _read(job).state == "running"
        with pytest.raises(Cancelled):
            run.progress(0.5)

    def test_a_running_job_that_was_cancelled_cannot_commit(self, label, published):
        job = _submit(label)
        run = _claimed(job)
        with bind(label.id):
            services.cancel(job_id=job.id)
        with pytest.raises(Cancelled), run.commit():
            pytest.fail("the block must not run")

    def test_the_worker_ends_it(self, label, published, monkeypatch):
        job = _submit(label)
        claim = runner._claim

        def claim_then_cancel(job_id: uuid.UUID, organisation_id: uuid.UUID) -> Job | None:
            claimed = claim(job_id, organisation_id)
            with bind(label.id):
                services.cancel(job_id=job_id)
            return claimed

        monkeypatch.setattr(runner, "_claim", claim_then_cancel)
        assert _run(job) == JobState.CANCELLED
        assert (_read(job).state, _acts(job), _acts(job, ABANDONED)) == ("cancelled", 0, 1)

    def test_a_job_that_has_ended_stays_as_it_is(self, label, published):
        job = _submit(label)
        _run(job)
        with bind(label.id):
            assert services.cancel(job_id=job.id).state == "succeeded"

    def test_another_tenants_job_is_not_found(self, label, published):
        job = _submit(label)
        with bind(make_organisation().id), pytest.raises(NotFound):
            services.cancel(job_id=job.id)


class TestRetry:
    def test_a_failed_job_is_queued_again(self, label, published, django_capture_on_commit_callbacks):
        job = _submit(label, "test.refused")
        _run(job)
        with django_capture_on_commit_callbacks(execute=True), bind(label.id):
            services.retry(job_id=job.id)
        again = _read(job)
        assert (again.state, again.attempts, again.error_code, again.finished_at) == ("queued", 0, "", None)
        assert published == [str(job.id)]

    def test_a_job_that_is_done_is_not_repeated(self, label, published):
        job = _submit(label)
        _run(job)
        with bind(label.id), pytest.raises(Conflict) as caught:
            services.retry(job_id=job.id)
        assert caught.value.code == "job_done"

    def test_a_waiting_job_stays_as_it_is(self, label, published):
        job = _submit(label)
        with bind(label.id):
            assert services.retry(job_id=job.id).state == "queued"


class TestLease:
    def test_a_zombie_writes_nothing(self, label, published):
        job = _submit(label)
        zombie = _claimed(job)
        _change(job, heartbeat_at=timezone.now() - timedelta(hours=1))
        assert _run(job) == JobState.SUCCEEDED
        with pytest.raises(LeaseLost), zombie.commit():
            pytest.fail("the block must not run")
        with pytest.raises(LeaseLost), zombie.transaction():
            pytest.fail("the block must not run")
        with pytest.raises(LeaseLost):
            zombie.progress(0.9)
        assert (_acts(job), _read(job).attempts) == (1, 2)

    def test_a_zombie_does_not_revive_the_heartbeat(self, label, published):
        job = _submit(label)
        zombie = _claimed(job)
        before = timezone.now() - timedelta(hours=1)
        _change(job, lease=uuid.uuid4(), heartbeat_at=before)
        runner._beat_once(zombie)
        assert _read(job).heartbeat_at == before

    def test_a_zombies_failure_does_not_end_the_job_of_its_successor(self, label, published):
        job = _submit(label)
        zombie = _claimed(job)
        _change(job, lease=uuid.uuid4())
        with pytest.raises(LeaseLost):
            runner._abandon(zombie, JobState.FAILED, "x", "x")
        assert _read(job).state == "running"


class TestSweep:
    def _silent(self, job: Job, **values: Any) -> None:
        _claimed(job)
        _change(job, heartbeat_at=timezone.now() - timedelta(hours=1), **values)

    def test_a_silent_job_is_queued_again(self, label, published):
        job = _submit(label)
        self._silent(job)
        assert services.sweep() == 1
        assert (_read(job).state, _read(job).lease, published) == ("queued", None, [str(job.id)])

    def test_a_job_with_a_heartbeat_is_left_alone(self, label, published):
        job = _submit(label)
        _claimed(job)
        assert services.sweep() == 0
        assert _read(job).state == "running"

    def test_a_job_that_kills_its_workers_is_given_up(self, label, published):
        job = _submit(label)
        self._silent(job, attempts=2)
        assert services.sweep() == 0
        assert (_read(job).state, _read(job).error_code) == ("failed", "worker_lost")
        assert _acts(job, ABANDONED) == 1

    def test_a_silent_job_that_was_cancelled_ends(self, label, published):
        job = _submit(label)
        self._silent(job, cancel_requested_at=timezone.now())
        assert services.sweep() == 0
        assert _read(job).state == "cancelled"

    @pytest.mark.parametrize(
        ("queued_s", "published_s", "due"),
        [
            (10, None, 0),  # no broker took it yet; wait 15 s
            (20, None, 1),
            (70, 50, 0),  # it waits with a broker; look again after 60 s
            (70, 61, 1),
            (1000, 300, 0),  # published last when it was 700 s old: wait as long again
            (1500, 800, 1),
        ],
    )
    def test_a_waiting_job_is_published_again_ever_more_rarely(self, label, published, queued_s, published_s, due):
        job, now = _submit(label), timezone.now()
        at = now - timedelta(seconds=published_s) if published_s else None
        _change(job, queued_at=now - timedelta(seconds=queued_s), published_at=at)
        assert services.sweep() == due

    def test_a_job_that_cannot_be_handled_does_not_keep_the_others(self, label, published, monkeypatch):
        broken, fine = _submit(label, key="1"), _submit(make_organisation(), key="2")
        self._silent(broken, attempts=2)
        self._silent(fine)
        with bind(broken.organisation_id):
            Job.objects.filter(id=broken.id).update(queued_at=timezone.now() - timedelta(days=1))
        abandon = services.abandon

        def fail_once(job: Job, **how: Any) -> None:
            if job.id == broken.id:
                raise ZeroDivisionError
            abandon(job, **how)

        monkeypatch.setattr(services, "abandon", fail_once)
        assert services.sweep() == 1
        assert published == [str(fine.id)]

    def test_a_kind_that_no_release_knows_is_given_up_as_well(self, label, published):
        with bind(label.id):
            job = Job.objects.create(kind="test.from_the_future", idempotency_key="k")
        assert _run(job) == JobState.FAILED
        assert _read(job).error_code == "internal_error"
