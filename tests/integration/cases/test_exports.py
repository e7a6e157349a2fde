"""Exports: exactly what the case holds, internal notes only when asked for, digests that anybody can check."""

import hashlib
import io
import json
import re
import zipfile
import zlib
from datetime import date

import pytest
from django.core.files.base import ContentFile

from apps.accounts.models import Notification
from apps.cases import archive, selectors
from apps.cases.models import CaseExport
from apps.cases.services import exports, files, proposals, thread
from apps.cases.services.proposals import Terms
from apps.jobs.models import JobState
from apps.tenancy.context import bind
from tests.integration.cases.helpers import make_sides, opened

pytestmark = pytest.mark.django_db
SHARED, PRIVATE = b"%PDF-1.4\n% shared\n", b"Our private reckoning."


@pytest.fixture
def sides():
    both = make_sides()
    opened(both)
    both.theirs.work()
    with both.theirs.bound():
        thread.write_message(case_id=both.theirs.case.id, text="We hear it too.", signed="Ada Aurora")
    with both.ours.bound():
        case_id = both.ours.case.id
        thread.write_note(case_id=case_id, text="Zebra: not below 500.")
        files.add_file(case_id=case_id, file=ContentFile(SHARED), filename="contract.pdf", share=True)
        files.add_file(case_id=case_id, file=ContentFile(PRIVATE), filename="reckoning.txt", share=False)
        terms = Terms("licence", 125_000, "EUR", date(2027, 1, 1), None, "worldwide", text="For the excerpt.")
        proposals.propose(case_id=case_id, terms=terms)
    return both


def _report(party):
    with party.bound():
        return selectors.case_report(selectors.get_case(party.case.id))


def _pdf_pictures_and_text(content):
    """How many pictures a PDF has, and its text streams, decompressed."""
    streams = []
    for raw in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
        try:
            streams.append(zlib.decompress(raw))
        except zlib.error:
            continue
    return content.count(b"/Subtype /Image"), streams


def test_data_holds_everything_and_no_note(sides):
    data = archive.as_data(_report(sides.ours))
    assert data["reference"] == sides.ours.case.reference
    assert (data["we"], data["other_side"], data["state"]) == ("Borealis Records", "Aurora Records", "in_discussion")
    assert [(entry["sequence"], entry["kind"], entry["by"], entry["signed"]) for entry in data["entries"]] == [
        (1, "opened", "us", ""),
        (2, "message", "them", "Ada Aurora"),
        (3, "file", "us", ""),
        (4, "proposal", "us", ""),
    ]
    assert data["proposals"][0]["terms"] == {
        "fee_minor": 125_000, "currency": "EUR", "starts_on": "2027-01-01", "ends_on": None, "territory": "worldwide",
    }  # fmt: skip
    assert [file["filename"] for file in data["files"]] == ["contract.pdf"]
    assert data["files"][0]["sha256"] == hashlib.sha256(SHARED).hexdigest()
    assert "Zebra" not in json.dumps(data)
    with_notes = archive.as_data(_report(sides.ours), with_notes=True)
    assert [entry["text"] for entry in with_notes["entries"] if entry["internal"]] == ["Zebra: not below 500."]
    assert [file["filename"] for file in with_notes["files"]] == ["contract.pdf", "reckoning.txt"]


def test_both_sides_export_the_same_findings(sides):
    ours, theirs = archive.as_data(_report(sides.ours)), archive.as_data(_report(sides.theirs))
    assert ours["evidence_sha256"] == theirs["evidence_sha256"]
    assert [e["item"] for e in ours["entries"]] == [e["item"] for e in theirs["entries"]]
    assert [e["at"] for e in ours["entries"]] == [e["at"] for e in theirs["entries"]]


def test_the_zip_holds_all_files_and_digests_that_fit(sides):
    with sides.ours.bound(), archive.zipped(_report(sides.ours)) as packed:
        content = packed.read()
    with zipfile.ZipFile(io.BytesIO(content)) as opened_zip:
        names = opened_zip.namelist()
        assert names == [
            "case.pdf",
            "case.json",
            "evidence/evidence.json",
            "evidence/manifest.json",
            "evidence/01-landmarks.json",
            "evidence/02-other_spectrogram.png",
            "evidence/03-own_spectrogram.png",
            "files/01 contract.pdf",
            "SHA256SUMS",
        ]
        lines = [line.split("  ", 1) for line in opened_zip.read("SHA256SUMS").decode().splitlines()]
        sums = {name: digest for digest, name in lines}
        assert set(sums) == set(names) - {"SHA256SUMS"}
        for name, digest in sums.items():
            assert hashlib.sha256(opened_zip.read(name)).hexdigest() == digest, name
        assert hashlib.sha256(opened_zip.read("evidence/evidence.json")).hexdigest() == sides.ours.case.evidence_sha256
        assert hashlib.sha256(opened_zip.read("evidence/manifest.json")).hexdigest() == sides.ours.case.digest
        assert opened_zip.read("files/01 contract.pdf") == SHARED
        assert all(PRIVATE not in opened_zip.read(name) and b"Zebra" not in opened_zip.read(name) for name in names)


def test_the_pdf_is_set_with_pictures_and_marks_notes(sides, monkeypatch):
    said = []
    from apps.cases.pdf import case as paper_case
    from apps.core.paper.document import Paper

    class Recording(Paper):
        def multi_cell(self, w, h=None, text="", *args, **kwargs):
            said.append(str(text))
            return super().multi_cell(w, h, text, *args, **kwargs)

        def table_of(self, head, rows, widths):
            said.extend(str(cell) for row in [head, *rows] for cell in row)
            return super().table_of(head, rows, widths)

    monkeypatch.setattr(paper_case, "Paper", Recording)
    with sides.ours.bound():
        content = archive.pdf(_report(sides.ours))
    pictures, _streams = _pdf_pictures_and_text(content)
    assert content.startswith(b"%PDF-")
    assert pictures == 2
    text = "\n".join(said)
    for expected in (
        f"Case {sides.ours.case.reference}",
        "0:31–0:42 of your “Street recording” is similar to 1:02–1:13 of “Night train” of Aurora Records.",
        "0:31.2–0:41.7", "1:02.4–1:12.9", "2.0 % faster", "1 semitone higher", "99 %",
        "landmarks-1 / match-2", "counts below 1 in 1,000", "We hear it too.", "1,250.00 EUR", "worldwide",
        "contract.pdf", "Aurora Records wrote",
    ):  # fmt: skip
        assert expected in text, expected
    for hidden in ("Zebra", "reckoning.txt", "Internal note"):
        assert hidden not in text
    said.clear()
    with sides.ours.bound():
        archive.pdf(_report(sides.ours), with_notes=True)
    text = "\n".join(said)
    for expected in (
        "Zebra: not below 500.",
        "Internal note: only our side sees it",
        "reckoning.txt",
        "holds internal",
    ):
        assert expected in text, expected


def test_a_long_export_is_made_by_a_job_and_told(sides):
    with sides.ours.bound():
        export = exports.request_export(case_id=sides.ours.case.id, kind="zip", with_notes=True)
        assert export.state == "working"
    assert sides.ours.work()[-1] == JobState.SUCCEEDED
    with sides.ours.bound():
        export = CaseExport.objects.get()
        assert (export.state, export.with_notes) == ("ready", True)
        told = Notification.objects.get(kind="case.export_ready")
        assert told.recipient_id == sides.ours.user.id
    with bind(sides.theirs.organisation.id):
        assert CaseExport.objects.count() == 0


def test_what_is_long_is_told_apart(sides, monkeypatch):
    with sides.ours.bound():
        assert not exports.is_long(sides.ours.case.id)
        monkeypatch.setattr(exports, "SHORT_ENTRIES", 3)
        assert exports.is_long(sides.ours.case.id)
