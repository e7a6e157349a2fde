"""Files: kept, shared, copied into the other side's storage, limited, and harmless whatever they are called."""

import hashlib
import uuid

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from apps.accounts.models import Notification
from apps.cases import filetypes, services, storage
from apps.cases.models import CaseFile, Entry
from apps.cases.services import files, states
from apps.core.errors import Conflict, InvalidInput, NotFound, TooLarge
from apps.jobs.models import JobState
from tests.integration.cases.helpers import make_sides, opened

pytestmark = pytest.mark.django_db
CONTENT = b"%PDF-1.4\n% the contract\n"


@pytest.fixture
def sides():
    both = make_sides()
    opened(both)
    both.theirs.work()
    return both


def _add(party, content=CONTENT, name="contract.pdf", *, share=False, **arguments):
    with party.bound():
        return files.add_file(case_id=party.case.id, file=ContentFile(content), filename=name, share=share, **arguments)


def _files(party):
    with party.bound():
        return list(CaseFile.objects.all())


def test_a_file_is_ours_alone_until_it_is_shared(sides):
    row = _add(sides.ours)
    assert (row.shared_at, row.sha256) == (None, hashlib.sha256(CONTENT).hexdigest())
    assert _files(sides.theirs) == []
    with sides.ours.bound():
        files.share_file(case_id=row.case_id, file_id=row.id)
        files.share_file(case_id=row.case_id, file_id=row.id)
        assert Entry.objects.filter(kind="file").count() == 1
    (theirs,) = _files(sides.theirs)
    assert (theirs.state, theirs.filename, theirs.by_us, theirs.author_id) == ("arriving", "contract.pdf", False, None)
    assert (theirs.item, theirs.sha256, theirs.storage_key) == (row.item, row.sha256, "")


def test_what_is_shared_is_copied_into_the_other_side_s_storage(sides):
    row = _add(sides.ours, share=True)
    assert sides.theirs.work() == [JobState.SUCCEEDED]
    (theirs,) = _files(sides.theirs)
    assert theirs.state == "stored"
    assert theirs.storage_key.startswith(f"cases/{sides.theirs.organisation.id}/")
    default_storage.delete(row.storage_key)
    assert storage.read(theirs.storage_key) == CONTENT
    assert str(sides.ours.organisation.id) not in theirs.storage_key


def test_a_file_that_is_gone_or_changed_before_it_is_fetched_says_so(sides):
    gone, changed = _add(sides.ours, share=True), _add(sides.ours, CONTENT + b"2", share=True)
    default_storage.delete(gone.storage_key)
    with default_storage.open(changed.storage_key, "wb") as stored:
        stored.write(b"%PDF-forged")
    assert sides.theirs.work() == [JobState.SUCCEEDED, JobState.SUCCEEDED]
    assert [row.state for row in _files(sides.theirs)] == ["failed", "failed"]
    with sides.theirs.bound():
        told = [n.sentence for n in Notification.objects.filter(kind="case.file_failed")]
    assert len(told) == 2
    assert told[0].startswith("“contract.pdf” could not be fetched in the case about “Night train”.")


def test_an_unshared_file_can_t_be_reached_from_the_other_side(sides):
    row = _add(sides.ours)
    with sides.theirs.bound(), pytest.raises(NotFound):
        files.share_file(case_id=sides.theirs.case.id, file_id=row.id)
    probe = CaseFile(case=sides.theirs.case, item=row.item)
    with sides.theirs.bound():
        assert files.source_of(probe) == ""
    with sides.ours.bound():
        files.share_file(case_id=row.case_id, file_id=row.id)
    with sides.theirs.bound():
        assert files.source_of(probe) == row.storage_key


def test_only_what_was_not_shared_can_be_deleted(sides, django_capture_on_commit_callbacks):
    kept, shared = _add(sides.ours), _add(sides.ours, share=True)
    with sides.ours.bound():
        with django_capture_on_commit_callbacks(execute=True):
            files.remove_file(case_id=kept.case_id, file_id=kept.id)
        assert not default_storage.exists(kept.storage_key)
        with pytest.raises(Conflict, match="both sides keep it"):
            files.remove_file(case_id=shared.case_id, file_id=shared.id)


@pytest.mark.parametrize(
    "content", [b"", b"MZ\x90\x00 a program", b"<html><script>x</script></html>", b"\x00\x01\x02", b"PK\x03\x04 zip"]
)
def test_what_a_case_does_not_take_is_refused(sides, content):
    with pytest.raises(InvalidInput) as refused:
        _add(sides.ours, content, "picture.png")
    assert refused.value.code == "file_type"
    assert _files(sides.ours) == []


def test_limits_of_size_and_number(sides, monkeypatch):
    monkeypatch.setattr(filetypes, "MOST_BYTES", len(CONTENT))
    monkeypatch.setattr(filetypes, "MOST_FILES", 2)
    with pytest.raises(TooLarge, match="at most 24 B"):
        _add(sides.ours, CONTENT + b"x")
    _add(sides.ours)
    _add(sides.ours)
    with pytest.raises(Conflict, match="takes 2 files"):
        _add(sides.ours)
    _add(sides.theirs)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../../etc/passwd", "passwd.pdf"),
        ("x\r\nContent-Type: text\r\n\r\n.pdf", "xContent-Type_ text.pdf"),
        ("\u202egpj.exe", "gpj.exe.pdf"),
        ("a" * 400, "a" * 116 + ".pdf"),
        ("<img src=x onerror=alert(1)>.pdf", "_img src=x onerror=alert(1)_.pdf"),
        ("合同.pdf", "合同.pdf"),
    ],
)
def test_hostile_names_are_harmless_on_both_sides(sides, name, kept):
    row = _add(sides.ours, name=name, share=True)
    (theirs,) = _files(sides.theirs)
    assert row.filename == theirs.filename == kept
    assert name not in row.storage_key


def test_the_same_upload_again_is_kept_once(sides):
    item = uuid.uuid4()
    assert _add(sides.ours, item=item).id == _add(sides.ours, item=item).id
    assert len(_files(sides.ours)) == 1


def test_an_ended_case_takes_no_more_files(sides):
    row = _add(sides.ours)
    with sides.ours.bound():
        states.close_case(case_id=sides.ours.case.id, reason="Done")
        with pytest.raises(Conflict, match="has ended"):
            files.share_file(case_id=row.case_id, file_id=row.id)
    with pytest.raises(Conflict, match="has ended"):
        _add(sides.theirs)


def test_orphans_are_deleted_after_a_day_and_files_that_are_named_stay(sides, monkeypatch):
    from datetime import timedelta

    from apps.cases.services import cleanup

    row = _add(sides.ours)
    stray = storage.store(b"stray", organisation_id=sides.ours.organisation.id)
    with sides.ours.bound():
        assert services.remove_orphans() == 0
        monkeypatch.setattr(cleanup, "ORPHAN_AGE", -timedelta(seconds=5))
        assert services.remove_orphans() == 1
    assert not default_storage.exists(stray.key)
    assert storage.read(row.storage_key) == CONTENT
