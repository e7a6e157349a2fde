"""Which files a case takes, told by their content, and names that are safe to show and to save under."""

import unicodedata
from pathlib import PurePosixPath

MOST_BYTES = 25 * 1024**2
MOST_FILES = 100
NAME_LENGTH = 120
SNIFFED_BYTES = 4096

PDF, PNG, JPEG, WEBP = "application/pdf", "image/png", "image/jpeg", "image/webp"
WAV, FLAC, OGG, MP3, M4A = "audio/wav", "audio/flac", "audio/ogg", "audio/mpeg", "audio/mp4"
MIDI, TEXT = "audio/midi", "text/plain"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

EXTENSIONS: dict[str, tuple[str, ...]] = {
    PDF: (".pdf",),
    PNG: (".png",),
    JPEG: (".jpg", ".jpeg"),
    WEBP: (".webp",),
    WAV: (".wav",),
    FLAC: (".flac",),
    OGG: (".ogg", ".oga", ".opus"),
    MP3: (".mp3",),
    M4A: (".m4a", ".mp4"),
    MIDI: (".mid", ".midi"),
    WORD: (".docx",),
    SHEET: (".xlsx",),
    TEXT: (".txt", ".csv", ".md"),
}
ACCEPT = ",".join(extension for extensions in EXTENSIONS.values() for extension in extensions)

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", PDF),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"fLaC", FLAC),
    (b"OggS", OGG),
    (b"ID3", MP3),
    (b"MThd", MIDI),
)
_OFFICE = ((b"word/", WORD), (b"xl/", SHEET))


def sniff(head: bytes, tail: bytes = b"") -> str | None:
    """The media type of a file by its first (and last) bytes; None when a case does not take it.

    Text is what decodes as UTF-8 without control signs and is no mark-up: nothing that a browser would run.
    """
    for start, media_type in _STARTS:
        if head.startswith(start):
            return media_type
    if head[:4] == b"RIFF":
        return {b"WAVE": WAV, b"WEBP": WEBP}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return M4A if head[8:12] in (b"M4A ", b"mp42", b"isom", b"M4B ") else None
    if head[:1] == b"\xff" and len(head) > 1 and head[1] & 0xE6 == 0xE2:
        return MP3
    if head.startswith(b"PK\x03\x04"):
        return _office(head + tail)
    return TEXT if _is_text(head) else None


def _office(content: bytes) -> str | None:
    if b"[Content_Types].xml" not in content or b"vbaProject" in content:
        return None
    return next((media_type for folder, media_type in _OFFICE if folder in content), None)


def _is_text(head: bytes) -> bool:
    if not head:
        return False
    for cut in range(4):
        try:
            text = head[: len(head) - cut].decode("utf-8")
        except UnicodeDecodeError:
            continue
        signs = {unicodedata.category(sign) for sign in text if sign not in "\r\n\t\ufeff"}
        return "Cc" not in signs and not text.lstrip("\ufeff \r\n\t").startswith("<")
    return False


def clean_name(name: str, media_type: str) -> str:
    """A name without folders, control or direction signs, that ends as its content asks for."""
    base = unicodedata.normalize("NFC", name.replace("\\", "/")).rsplit("/", 1)[-1]
    kept = "".join(sign if unicodedata.category(sign)[0] != "C" else "" for sign in base)
    kept = " ".join("".join("_" if sign in '<>:"|?*' else sign for sign in kept).split()).strip(". ")
    extensions = EXTENSIONS[media_type]
    path = PurePosixPath(kept or "file")
    if path.suffix.lower() in extensions:
        stem, suffix = path.stem, path.suffix
    else:
        stem, suffix = path.name, extensions[0]
    return f"{stem[: NAME_LENGTH - len(suffix)].rstrip('. ') or 'file'}{suffix}"
