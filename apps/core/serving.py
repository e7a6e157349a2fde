"""Serving private files to whoever was authorised: ranges, validators, safe names (RFC 9110, RFC 6266).

The caller authorises first. From an object store the client gets a short-lived signed address instead.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, TypeVar

from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from apps.core.errors import NotFound

Response = TypeVar("Response", bound=HttpResponseBase)
CHUNK_BYTES = 256 * 1024
SIGNED_SECONDS = 300
_RANGE = re.compile(r"\s*(\d*)\s*-\s*(\d*)\s*")


@dataclass(frozen=True)
class StoredFile:
    """A file in the default storage and how it is served.

    Attributes:
        key: its name in storage.
        media_type: what it is by its content, never by its name.
        filename: the name for saving it; may hold any script.
        version: changes when the content changes; becomes the ETag.
        inline: shown or played in the page, else offered for saving.
    """

    key: str
    media_type: str
    filename: str
    version: str
    inline: bool = True


class _Unsatisfiable(Exception):
    """The range lies outside the file."""


def serve(request: HttpRequest, file: StoredFile) -> HttpResponseBase:
    """Answer GET or HEAD with a stored file, or with the part of it that was asked for.

    Raises:
        NotFound: storage does not have it any more.
    """
    if request.method != "HEAD" and not _is_local(file.key):
        return _signed(file)
    etag = f'"{file.version}"'
    if _names(request.headers.get("If-None-Match", ""), etag):
        return _headed(HttpResponse(status=304), file, etag)
    try:
        size = default_storage.size(file.key)
        if request.method == "HEAD":
            return _empty(file, etag, size)
        content = default_storage.open(file.key, "rb")
    except FileNotFoundError as error:
        raise NotFound(_("The stored file can't be found any more. Upload it again."), code="file_missing") from error
    try:
        part = _wanted(request, etag, size)
    except _Unsatisfiable:
        content.close()
        response = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{size}"
        return _headed(response, file, etag)
    return _body(file, etag, size, part, content)


def _body(
    file: StoredFile, etag: str, size: int, part: tuple[int, int] | None, content: IO[Any]
) -> StreamingHttpResponse:
    start, end = part or (0, size - 1)
    response = StreamingHttpResponse(_pieces(content, start, end - start + 1), status=206 if part else 200)
    # Closed also when the client goes away before the first piece.
    response._resource_closers.append(content.close)  # type: ignore[attr-defined]
    response["Content-Length"] = str(end - start + 1)
    if part:
        response["Content-Range"] = f"bytes {start}-{end}/{size}"
    return _headed(response, file, etag)


def _empty(file: StoredFile, etag: str, size: int) -> HttpResponse:
    response = HttpResponse()
    response["Content-Length"] = str(size)
    return _headed(response, file, etag)


def _headed(response: Response, file: StoredFile, etag: str) -> Response:
    response["Content-Type"] = file.media_type
    response["Content-Disposition"] = content_disposition_header(not file.inline, file.filename) or "attachment"
    response["ETag"] = etag
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, max-age=3600"
    # What a stranger made must never become a page of ours, whatever a browser thinks that it is.
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _wanted(request: HttpRequest, etag: str, size: int) -> tuple[int, int] | None:
    """First and last byte of the first range, None for the whole file."""
    header = request.headers.get("Range", "")
    unit, _sep, ranges = header.partition("=")
    if unit.strip().lower() != "bytes" or not ranges:
        return None
    condition = request.headers.get("If-Range", "").strip()
    if condition and condition != etag:
        return None
    found = _RANGE.fullmatch(ranges.split(",", 1)[0])
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        if int(last) == 0 or size == 0:
            raise _Unsatisfiable
        return max(0, size - int(last)), size - 1
    start = int(first)
    end = min(int(last), size - 1) if last else size - 1
    if last and int(last) < start:
        return None
    if start >= size:
        raise _Unsatisfiable
    return start, end


def _pieces(content: IO[Any], start: int, length: int) -> Iterator[bytes]:
    content.seek(start)
    while length > 0 and (piece := content.read(min(CHUNK_BYTES, length))):
        length -= len(piece)
        yield piece


def _names(header: str, etag: str) -> bool:
    return header.strip() == "*" or etag in {tag.strip().removeprefix("W/") for tag in header.split(",")}


def _is_local(key: str) -> bool:
    try:
        default_storage.path(key)
    except NotImplementedError:
        return False
    return True


def _signed(file: StoredFile) -> HttpResponseRedirect:
    storage: Any = default_storage
    parameters = {
        "ResponseContentType": file.media_type,
        "ResponseContentDisposition": content_disposition_header(not file.inline, file.filename),
    }
    response = HttpResponseRedirect(storage.url(file.key, parameters=parameters, expire=SIGNED_SECONDS))
    response["Cache-Control"] = "private, no-store"
    return response
