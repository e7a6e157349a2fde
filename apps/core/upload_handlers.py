"""Receiving files without filling the disk."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest


class LimitedTemporaryFileUploadHandler(TemporaryFileUploadHandler):
    """Writes an upload to a temporary file until it passes its limit, then drops what has come and comes.

    The limit is ``UPLOAD_MAX_BYTES``, or what ``UPLOAD_LIMITS`` says for the URL name of the request. The request goes
    on, so that other fields and files are kept; the dropped file is empty, but its ``size`` tells how large it would
    have been.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._received = 0
        self._limit = _limit_of(self.request)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        before, self._received = self._received, self._received + len(raw_data)
        if self._received <= self._limit:
            return super().receive_data_chunk(raw_data, start)
        if before <= self._limit:
            self.file.seek(0)
            self.file.truncate()
        return None


def _limit_of(request: HttpRequest | None) -> int:
    place = getattr(request, "resolver_match", None)
    limit: int = settings.UPLOAD_LIMITS.get(place.view_name if place else "", settings.UPLOAD_MAX_BYTES)
    return limit
