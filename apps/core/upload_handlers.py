"""Receiving files without filling the disk."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler


class LimitedTemporaryFileUploadHandler(TemporaryFileUploadHandler):
    """Writes an upload to a temporary file until it passes ``UPLOAD_MAX_BYTES``, then drops what has come and comes.

    The request goes on, so that other fields and files are kept; the dropped file is empty, but its ``size`` tells how
    large it would have been.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        before, self._received = self._received, self._received + len(raw_data)
        if self._received <= settings.UPLOAD_MAX_BYTES:
            return super().receive_data_chunk(raw_data, start)
        if before <= settings.UPLOAD_MAX_BYTES:
            self.file.seek(0)
            self.file.truncate()
        return None
