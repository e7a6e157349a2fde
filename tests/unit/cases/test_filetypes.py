"""Which files a case takes, and under which names."""

import io
import zipfile

import pytest

from apps.cases.filetypes import MP3, OGG, PDF, PNG, SHEET, TEXT, WAV, WORD, clean_name, sniff


def _office(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in ("[Content_Types].xml", *names):
            packed.writestr(name, "<x/>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"%PDF-1.7\n", PDF),
        (b"\x89PNG\r\n\x1a\n....", PNG),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", WAV),
        (b"OggS\x00\x02", OGG),
        (b"ID3\x04\x00", MP3),
        (b"\xff\xfb\x90\x64", MP3),
        (_office("word/document.xml"), WORD),
        (_office("xl/workbook.xml"), SHEET),
        ("Grüße an alle,\n\twir haben es gehört.".encode(), TEXT),
        ("音乐".encode()[:5], TEXT),
        (b"<html><script>alert(1)</script>", None),
        (b"\xef\xbb\xbf <svg onload=x>", None),
        (b"MZ\x90\x00\x03\x00", None),
        (b"\x7fELF\x02\x01", None),
        (b"#!/bin/sh\x00", None),
        (_office("word/vbaProject.bin", "word/document.xml"), None),
        (_office("evil/readme"), None),
        (b"PK\x03\x04 a plain archive", None),
        (b"RIFF\x24\x00\x00\x00AVI LIST", None),
        (b"", None),
    ],
)
def test_types_by_content(head, media_type):
    assert sniff(head) == media_type


@pytest.mark.parametrize(
    ("name", "media_type", "cleaned"),
    [
        ("contract.pdf", PDF, "contract.pdf"),
        ("../../etc/passwd", PDF, "passwd.pdf"),
        ("C:\\Users\\x\\Vertrag.PDF", PDF, "Vertrag.PDF"),
        ("evil\u202efdp.exe", PDF, "evilfdp.exe.pdf"),
        ('a"b\r\nSet-Cookie: x=1.pdf', PDF, "a_bSet-Cookie_ x=1.pdf"),
        ("...", TEXT, "file.txt"),
        ("", TEXT, "file.txt"),
        ("photo.png.html", PNG, "photo.png.html.png"),
        ("契约 (最终).pdf", PDF, "契约 (最终).pdf"),
        ("x" * 300 + ".pdf", PDF, "x" * 116 + ".pdf"),
        ("a\x00b.txt", TEXT, "ab.txt"),
    ],
)
def test_names_are_made_safe(name, media_type, cleaned):
    assert clean_name(name, media_type) == cleaned
