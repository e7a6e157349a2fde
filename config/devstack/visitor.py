"""A small HTTP client for the smoke run: a person who fills in forms, and a program with an API key."""

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from html import unescape
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

from .errors import DevstackError

TIMEOUT_SECONDS = 60.0
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
Fields = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """What the server answered, redirects followed."""

    status: int
    address: str
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        """The body as text, HTML entities resolved."""
        return unescape(self.body.decode(errors="replace"))

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def expect(self, *statuses: int) -> "Answer":
        """This answer, when its status is one of ``statuses``.

        Raises:
            DevstackError: it is another; the message carries the beginning of the body.
        """
        if self.status not in statuses:
            text = " ".join(re.sub(r"<[^>]+>", " ", self.text).split())
            raise DevstackError(f"{self.address} answered {self.status}, expected {statuses}: {text[:400]}")
        return self


def multipart(fields: Mapping[str, str], name: str, file: Path) -> tuple[bytes, str]:
    """A multipart body with one file, and its content type."""
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
        for field, value in fields.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file.name}"\r\n'
    parts += [head.encode(), b"Content-Type: application/octet-stream\r\n\r\n", file.read_bytes(), b"\r\n"]
    parts.append(f"--{boundary}--\r\n".encode())
    return b"".join(parts), f"multipart/form-data; boundary={boundary}"


class Visitor:
    """One person's browser without JavaScript, or one program with a key."""

    def __init__(self, site: str, *, key: str = "") -> None:
        self.site = site
        self._key = key
        self._opener: OpenerDirector = build_opener(HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> Answer:
        """Fetch a page."""
        return self._send(path)

    def post(self, path: str, body: bytes = b"", content_type: str = "application/json") -> Answer:
        """Send a body."""
        return self._send(path, body, {"Content-Type": content_type})

    def submit(self, path: str, fields: Fields) -> Answer:
        """Open the page at ``path`` and send its form with ``fields``."""
        token = TOKEN.search(self.get(path).expect(200).text)
        if token is None:
            raise DevstackError(f"The page {path} has no form.")
        body = urlencode([("csrfmiddlewaretoken", token[1]), *fields]).encode()
        return self.post(path, body, "application/x-www-form-urlencoded")

    def upload(self, path: str, fields: Mapping[str, str], file: Path) -> Answer:
        """Send ``file`` as field "file"."""
        return self.post(path, *multipart(fields, "file", file))

    def _send(self, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        request = Request(urljoin(self.site, path), data=body, headers=dict(headers or {}))  # noqa: S310
        request.add_header("Referer", self.site)
        if self._key:
            request.add_header("Authorization", f"Bearer {self._key}")
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                return Answer(response.status, response.url, response.headers, response.read())
        except HTTPError as error:
            return Answer(error.code, error.url or request.full_url, error.headers, error.read())
