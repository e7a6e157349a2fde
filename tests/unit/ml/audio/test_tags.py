"""Embedded tags prefill the form; they can never break it."""

from pathlib import Path
from typing import Any

import pytest
from mutagen.flac import FLAC
from mutagen.id3 import COMM, ID3, TALB, TCOM, TDRC, TIT2, TPE1, TRCK, TSRC
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus
from mutagen.wave import WAVE

from ml.audio import Tags, read_tags
from ml.audio.tags import MAX_LENGTH, write_tags
from tests.unit.ml.audio.signals import encode, sine, write_wav

FULL = Tags(
    title="Étude № 1",
    artist="江文也",
    album="Études",
    composer="C. Posé",
    isrc="QZDEM2600001",
    date="2026-03-01",
    track_number=3,
)
FRAMES = [
    TIT2(text="Étude № 1"), TPE1(text="江文也"), TALB(text="Études"), TCOM(text="C. Posé"),
    TSRC(text="QZDEM2600001"), TDRC(text="2026-03-01"), TRCK(text="3/12"),
]  # fmt: skip


def _mp3(folder: Path) -> Path:
    return encode(folder / "a.mp3", sine(440, 1.5), 44_100, muxer="mp3", encoder="libmp3lame", layout="mono")


def test_mp3(tmp_path: Path) -> None:
    path = _mp3(tmp_path)
    tags = ID3()
    for frame in FRAMES:
        tags.add(frame)
    tags.save(path)

    assert read_tags(path) == FULL


def test_wav_with_id3(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", sine(440, 1.5))
    file: Any = WAVE(path)
    file.add_tags()
    for frame in FRAMES:
        file.tags.add(frame)
    file.save()

    assert read_tags(path) == FULL


def test_wav_with_info_chunk(tmp_path: Path) -> None:
    import soundfile

    path = tmp_path / "a.wav"
    with soundfile.SoundFile(path, "w", 44_100, 1) as file:
        file.title, file.artist = "Old title", "Old artist"
        file.write(sine(440, 1.5)[0])

    assert (read_tags(path).title, read_tags(path).artist) == ("Old title", "Old artist")


@pytest.mark.parametrize("suffix", [".flac", ".opus"])
def test_vorbis_comments(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    if suffix == ".flac":
        write_wav(path, sine(440, 1.5))
    else:
        encode(path, sine(440, 1.5, 48_000), 48_000, muxer="opus", encoder="libopus", layout="mono")
    file = FLAC(path) if suffix == ".flac" else OggOpus(path)
    file.update({
        "TITLE": "Étude № 1", "ARTIST": "江文也", "ALBUM": "Études", "COMPOSER": "C. Posé",
        "ISRC": "QZDEM2600001", "DATE": "2026-03-01", "TRACKNUMBER": "03",
    })  # fmt: skip
    file.save()

    assert read_tags(path) == FULL


def test_mp4(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.m4a", sine(440, 1.5), 44_100, muxer="ipod", encoder="aac", layout="mono")
    file = MP4(path)
    file.update({
        "©nam": "Étude № 1", "©ART": "江文也", "©alb": "Études", "©wrt": "C. Posé",
        "----:com.apple.iTunes:ISRC": b"QZDEM2600001", "©day": "2026-03-01", "trkn": [(3, 12)],
    })  # fmt: skip
    file.save()

    assert read_tags(path) == FULL


@pytest.mark.parametrize("suffix", [".flac", ".mp3"])
def test_written_tags_are_read_back(tmp_path: Path, suffix: str) -> None:
    path = write_wav(tmp_path / "a.flac", sine(440, 1.5)) if suffix == ".flac" else _mp3(tmp_path)

    write_tags(path, FULL)

    assert read_tags(path) == FULL


def test_tags_are_not_written_where_they_do_not_belong(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not wav"):
        write_tags(write_wav(tmp_path / "a.wav", sine(440, 1.5)), FULL)


def test_nonsense_is_cleaned(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.flac", sine(440, 1.5))
    file = FLAC(path)
    file["title"] = "\x00 Two\r\nlines\tand\u202e a trick\x1b[31m  "
    file["artist"] = "x" * 10_000
    file["album"] = "<script>alert(1)</script>"
    file["composer"] = "👩‍🎤 مرحبا"
    file["tracknumber"] = "minus one"
    file.save()

    tags = read_tags(path)

    assert tags.title == "Two lines and a trick[31m"
    assert tags.artist == "x" * MAX_LENGTH
    assert tags.album == "<script>alert(1)</script>"  # pages escape it; it is a title like any other
    assert tags.composer == "👩‍🎤 مرحبا"
    assert tags.track_number is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), ("07/12", 7), ("0", None), ("-3", None), ("٣", None), ("1e9", None), ("99999999", None)],
)
def test_track_numbers(tmp_path: Path, text: str, number: int | None) -> None:
    path = write_wav(tmp_path / "a.flac", sine(440, 1.5))
    file = FLAC(path)
    file["tracknumber"] = text
    file.save()

    assert read_tags(path).track_number == number


def test_no_tags_no_audio_no_file(tmp_path: Path) -> None:
    (tmp_path / "text.mp3").write_text("hello")
    broken = tmp_path / "broken.mp3"
    broken.write_bytes(b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + bytes(200))

    assert read_tags(write_wav(tmp_path / "a.wav", sine(440, 1.5))) == Tags()
    assert read_tags(tmp_path / "text.mp3") == Tags()
    assert read_tags(broken) == Tags()
    assert read_tags(tmp_path / "missing.mp3") == Tags()


def test_a_broken_tag_does_not_hide_the_sound(tmp_path: Path) -> None:
    from ml.audio import probe

    path = _mp3(tmp_path)
    tags = ID3()
    tags.add(COMM(encoding=3, lang="eng", text="x" * 100))
    tags.add(TIT2(text="Kept"))
    tags.save(path)
    content = bytearray(path.read_bytes())
    at = content.find(b"COMM")
    content[at : at + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(content)

    assert probe(path).codec == "mp3"
    assert read_tags(path).title in {"Kept", ""}
