"""Files of a case: ours until we share them; what the other side shares is copied into our own storage."""

import uuid

from django.core.files.base import File
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.services import notify
from apps.audit.services import record
from apps.cases import filetypes, messages, rules, storage
from apps.cases.links import case_page
from apps.cases.models import Case, CaseFile, EntryKind, FileState
from apps.cases.selectors.cases import get_file
from apps.cases.services import channel
from apps.core.errors import Conflict, InvalidInput, TooLarge
from apps.core.formats import file_size
from apps.core.ids import uuid7
from apps.tenancy.context import current_organisation_id, current_user_id

OFFICE_TAIL_BYTES = 64 * 1024


@transaction.atomic
def add_file(
    *, case_id: uuid.UUID, file: File, filename: str, share: bool, signed: str = "", item: uuid.UUID | None = None
) -> CaseFile:
    """Keep a file in a case, and share it with the other side if asked for. The same ``item`` is kept once.

    Raises:
        NotFound: there is no such case here.
        TooLarge: the file is larger than a case takes.
        InvalidInput: empty, or of a kind that a case does not take.
        Conflict: too many files, or the case has ended.
    """
    case = channel.hold(case_id)
    known: CaseFile | None = CaseFile.objects.filter(case_id=case.id, item=item).first() if item else None
    if known is not None:
        return known
    channel.require(case, rules.Act.TALK)
    media_type = _checked(case, file)
    stored = storage.store_file(file, organisation_id=current_organisation_id())
    row: CaseFile = CaseFile.objects.create(
        case=case,
        item=item or uuid7(),
        by_us=True,
        filename=filetypes.clean_name(filename, media_type),
        media_type=media_type,
        size_bytes=stored.size_bytes,
        sha256=stored.sha256,
        storage_key=stored.key,
        author_id=current_user_id(),
    )
    _record(case, "case.file_added", row)
    if share:
        _share(case, row, signed)
    return row


@transaction.atomic
def share_file(*, case_id: uuid.UUID, file_id: uuid.UUID, signed: str = "") -> CaseFile:
    """Let the other side have a file of ours. It can't be taken back. Again changes nothing.

    Raises:
        NotFound: there is no such file here.
        Conflict: it came from the other side, or the case has ended.
    """
    case = channel.hold(case_id)
    row = get_file(case.id, file_id)
    if not row.by_us:
        raise Conflict(_("The other side shared this file with you."), code="not_yours")
    if row.shared_at is not None:
        return row
    channel.require(case, rules.Act.TALK)
    _share(case, row, signed)
    return row


@transaction.atomic
def remove_file(*, case_id: uuid.UUID, file_id: uuid.UUID) -> None:
    """Delete a file that only our side has.

    Raises:
        NotFound: there is no such file here.
        Conflict: it was shared, so both sides keep it.
    """
    row = get_file(case_id, file_id)
    if row.shared_at is not None:
        raise Conflict(_("This file was shared, so both sides keep it."), code="shared")
    storage.remove_on_commit([row.storage_key])
    _record(row.case, "case.file_removed", row)
    row.delete()


def source_of(row: CaseFile) -> str:
    """Where the other side's file lies that we were given; "" when it is there no more."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT storage_key FROM cases_file_source(%s, %s)", [row.case.reference, row.item])
        found = cursor.fetchone()
    return str(found[0]) if found else ""


def record_arrival(*, file_id: uuid.UUID, stored: storage.Stored | None) -> CaseFile:
    """What became of a file that the other side shared; None: it can't be had. Runs in the job's transaction."""
    row: CaseFile = CaseFile.objects.select_related("case__organisation").get(id=file_id)
    if stored is not None and stored.sha256 == row.sha256:
        row.state, row.storage_key = FileState.STORED, stored.key
    else:
        row.state = FileState.FAILED
        case = row.case
        notify(
            kind="case.file_failed",
            text=messages.FILE_FAILED,
            params={"filename": row.filename, "title": case.own_title},
            link=case_page(case.organisation, case.id),
            recipient_id=case.assigned_to_id,
        )
    row.save(update_fields=["state", "storage_key", "updated_at"])
    _record(row.case, "case.file_arrived" if row.is_stored else "case.file_lost", row)
    return row


def _share(case: Case, row: CaseFile, signed: str) -> None:
    row.shared_at = timezone.now()
    row.save(update_fields=["shared_at", "updated_at"])
    sent = {
        "item": str(row.item),
        "filename": row.filename,
        "media_type": row.media_type,
        "size_bytes": row.size_bytes,
        "sha256": row.sha256,
    }
    channel.send(
        case,
        EntryKind.FILE,
        signed=channel.clean_signature(signed),
        data={"filename": row.filename},
        state=channel.contribution(case),
        payload={"file": sent},
        file=row,
    )
    _record(case, "case.file_shared", row)


def _checked(case: Case, file: File) -> str:
    """The media type of a file that a case takes."""
    if file.size > filetypes.MOST_BYTES:
        raise TooLarge(
            _("A file of a case has at most %(size)s. Share a link in a message instead.")
            % {"size": file_size(filetypes.MOST_BYTES)}
        )
    if CaseFile.objects.filter(case_id=case.id, by_us=True).count() >= filetypes.MOST_FILES:
        raise Conflict(
            _("A case takes %(count)d files a side. Delete one that you did not share.")
            % {"count": filetypes.MOST_FILES},
            code="too_many_files",
        )
    file.seek(0)
    head = file.read(filetypes.SNIFFED_BYTES)
    file.seek(max(0, file.size - OFFICE_TAIL_BYTES))
    tail = file.read()
    file.seek(0)
    media_type = filetypes.sniff(head, tail)
    if media_type is None:
        message = _(
            "A case takes PDF, pictures, recordings, MIDI, Word, Excel and plain text; this file is none of them."
        )
        raise InvalidInput(message, code="file_type", fields={"file": message})
    return media_type


def _record(case: Case, action: str, row: CaseFile) -> None:
    data = {"file": str(row.item), "filename": row.filename, "sha256": row.sha256}
    record(action=action, subject_type="case", subject_id=case.id, data=data)
