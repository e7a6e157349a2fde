"""A whole case for taking along: as data, as PDF, and as a ZIP of everything with digests that anybody can check."""

import hashlib
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage

from apps.cases import wording
from apps.cases.links import case_page
from apps.cases.models import CaseFile, Deadline, Entry, Proposal
from apps.cases.selectors import CaseReport
from apps.cases.services.freezing import exhibit_name, manifest
from apps.cases.snapshot import canonical

FORMAT = "descant-case/1"
CHUNK_BYTES = 256 * 1024
# Setting type takes some 40 MB for a moment; eight threads at once would double the web process.
_one_at_a_time = threading.Lock()


def as_data(report: CaseReport, *, with_notes: bool = False) -> dict[str, Any]:
    """The case as JSON values: thread, proposals, deadlines, files with digests, history. Notes only on request."""
    case = report.case
    return {
        "format": FORMAT,
        "reference": case.reference,
        "state": case.state,
        "our_side": case.side,
        "we": report.own_name,
        "other_side": case.other_organisation,
        "opened_at": case.created_at.isoformat(),
        "digest": case.digest,
        "evidence_sha256": case.evidence_sha256,
        "holds_internal_notes": with_notes,
        "entries": [_entry(entry) for entry in report.entries if with_notes or not entry.is_internal],
        "proposals": [_proposal(proposal) for proposal in report.proposals],
        "deadlines": [_deadline(deadline) for deadline in report.deadlines],
        "files": [_file(row) for row in report.files if with_notes or row.shared_at],
    }


def pdf(report: CaseReport, *, with_notes: bool = False) -> bytes:
    """The case as a PDF."""
    # fpdf2 and its fonts take some 30 MB: only a process that makes a PDF pays for them.
    from apps.cases.pdf import case_pdf

    case = report.case
    with _one_at_a_time:
        page = f"{settings.SITE_URL.rstrip('/')}{case_page(case.organisation, case.id)}"
        return case_pdf(report, page_url=page, with_notes=with_notes)


@contextmanager
def zipped(report: CaseReport, *, with_notes: bool = False) -> Iterator[File]:
    """A ZIP of the PDF, the data, the frozen evidence and all files; ``SHA256SUMS`` lists every digest.

    Files that only our side has are in it only together with the notes.
    """
    sums: list[tuple[str, str]] = []
    with tempfile.TemporaryFile() as out:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
            _add(packed, sums, "case.pdf", pdf(report, with_notes=with_notes))
            _add(packed, sums, "case.json", canonical(as_data(report, with_notes=with_notes)).encode())
            _add(packed, sums, "evidence/evidence.json", report.case.evidence.encode())
            _add(packed, sums, "evidence/manifest.json", manifest(report.case, report.exhibits).encode())
            for exhibit in report.exhibits:
                _copy(packed, sums, f"evidence/{exhibit_name(exhibit)}", exhibit.storage_key, exhibit.sha256)
            for name, row in named_files(report.files, with_notes=with_notes):
                _copy(packed, sums, f"files/{name}", row.storage_key, row.sha256)
            lines = "".join(f"{digest}  {name}\n" for digest, name in sums)
            packed.writestr("SHA256SUMS", lines)
        out.seek(0)
        yield File(out, name="case.zip")


def named_files(files: list[CaseFile], *, with_notes: bool) -> list[tuple[str, CaseFile]]:
    """The stored files of an export, each with a name of its own."""
    listed = [row for row in files if row.is_stored and (with_notes or row.shared_at)]
    return [(f"{number:02d} {row.filename}", row) for number, row in enumerate(listed, 1)]


def _add(packed: zipfile.ZipFile, sums: list[tuple[str, str]], name: str, content: bytes) -> None:
    packed.writestr(name, content)
    sums.append((hashlib.sha256(content).hexdigest(), name))


def _copy(packed: zipfile.ZipFile, sums: list[tuple[str, str]], name: str, key: str, sha256: str) -> None:
    """A stored file; one that is gone is left out, and its line in the list tells."""
    sums.append((sha256, name))
    try:
        stored: IO[bytes] = default_storage.open(key, "rb")
    except FileNotFoundError:
        return
    with stored, packed.open(name, "w") as target:
        while piece := stored.read(CHUNK_BYTES):
            target.write(piece)


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "item": str(entry.item),
        "sequence": entry.sequence,
        "at": entry.at.isoformat(),
        "kind": entry.kind,
        "by": "us" if entry.by_us else "them",
        "internal": entry.is_internal,
        "signed": entry.signed,
        "text": entry.text,
        "data": entry.data,
    }


def _proposal(proposal: Proposal) -> dict[str, Any]:
    return {
        "item": str(proposal.item),
        "by": "us" if proposal.by_us else "them",
        "kind": proposal.kind,
        "state": proposal.state,
        "terms": wording.terms_as_data(proposal),
        "text": proposal.text,
        "signed": proposal.signed,
        "counters": str(proposal.counters) if proposal.counters else None,
        "made_at": proposal.made_at.isoformat(),
        "answered_at": proposal.answered_at.isoformat() if proposal.answered_at else None,
    }


def _deadline(deadline: Deadline) -> dict[str, Any]:
    return {
        "item": str(deadline.item),
        "set_by": "us" if deadline.set_by_us else "them",
        "for_us": deadline.for_us,
        "for_them": deadline.for_them,
        "due_at": deadline.due_at.isoformat(),
        "text": deadline.text,
        "state": deadline.state,
    }


def _file(row: CaseFile) -> dict[str, Any]:
    return {
        "item": str(row.item),
        "by": "us" if row.by_us else "them",
        "filename": row.filename,
        "media_type": row.media_type,
        "size_bytes": row.size_bytes,
        "sha256": row.sha256,
        "shared_at": row.shared_at.isoformat() if row.shared_at else None,
        "state": row.state,
    }
