"""Everything that can be wrong with an upload has its own clear answer."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml.audio import (
    AudioError,
    BadSamples,
    EmptyAudio,
    EncryptedAudio,
    NotAudio,
    SilentAudio,
    TooLong,
    TooShort,
    TruncatedAudio,
    UnsupportedAudio,
    analyse,
    decode,
    probe,
)
from tests.unit.ml.audio.signals import encode, noise, sine, write_wav


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.txt", b"These are my lyrics, verse one.\n" * 50),
        ("page.mp3", b"<!doctype html><title>404</title>" + b" " * 5000),
        ("picture.wav", b"\x89PNG\r\n\x1a\n" + bytes(4000)),
        ("document.flac", b"%PDF-1.7\n" + b"0 obj\n" * 900),
        ("archive.m4a", b"PK\x03\x04" + bytes(3000)),
        ("zeros.mp3", bytes(10_000)),
        ("random.mp3", random.Random(1).randbytes(200_000)),
        ("one-byte.wav", b"R"),
    ],
)
def test_what_is_not_audio(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    for read in (probe, decode, analyse):
        with pytest.raises(NotAudio) as caught:
            read(path)
        assert caught.value.code == "not_audio"
        assert "Upload WAV, FLAC" in caught.value.message


def test_zero_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.touch()

    with pytest.raises(EmptyAudio) as caught:
        probe(path)
    assert caught.value.code == "empty"


def test_a_header_without_a_sample(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", np.zeros((1, 0), np.float32))

    with pytest.raises(EmptyAudio):
        decode(path)


@pytest.mark.parametrize(("count", "shown"), [(1, "0.000"), (22_050, "0.500"), (44_099, "1.000")])
def test_too_short(tmp_path: Path, count: int, shown: str) -> None:
    path = write_wav(tmp_path / "a.wav", sine(440, 1.0)[:, :count])

    for read in (probe, decode, analyse):
        with pytest.raises(TooShort) as caught:
            read(path)
        assert f"lasts {shown} s; at least 1 s" in caught.value.message


def test_exactly_a_second_is_enough(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", sine(440, 1.0))

    assert probe(path).duration_s == 1.0
    assert len(analyse(path).samples) == 22_050


def test_a_short_part_of_a_long_file_is_fine(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", sine(440, 3.0))

    assert len(decode(path, start_s=1.0, seconds=0.1, sample_rate=None)) == 4_410


def test_a_truncated_wav_is_used_and_flagged(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", noise(10.0))
    path.write_bytes(path.read_bytes()[: 44 + 2 * 44_100 * 4])

    for facts in (probe(path), analyse(path).facts):
        assert (facts.truncated, facts.declared_duration_s) == (True, 10.0)
        assert facts.duration_s == pytest.approx(4.0, abs=0.001)


@pytest.mark.parametrize(
    ("suffix", "muxer", "encoder", "options"),
    [
        (".aiff", "aiff", "pcm_s16be", {}),
        (".flac", "flac", "flac", {}),
        (".mp3", "mp3", "libmp3lame", {}),
        (".m4a", "ipod", "aac", {"movflags": "faststart"}),
        (".opus", "opus", "libopus", {}),
    ],
)
def test_other_truncated_files_are_used_and_flagged(
    tmp_path: Path, suffix: str, muxer: str, encoder: str, options: dict
) -> None:
    path = encode(
        tmp_path / f"a{suffix}", noise(10.0, 48_000), 48_000,
        muxer=muxer, encoder=encoder, layout="mono", bit_rate=128_000, muxer_options=options,
    )  # fmt: skip
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])

    for facts in (probe(path), analyse(path).facts):
        assert facts.truncated
        assert 4.0 < facts.duration_s < 6.0


def test_truncated_within_the_first_second(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", noise(10.0))
    path.write_bytes(path.read_bytes()[: 44 + 2 * 22_050])

    with pytest.raises(TruncatedAudio) as caught:
        probe(path)
    assert "only 0.5 s of the 10.0 s" in caught.value.message
    assert caught.value.params["declared_s"] == 10.0


def test_an_mp4_cut_before_its_index(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.m4a", noise(5.0, 48_000), 48_000, muxer="ipod", encoder="aac", layout="mono")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])

    with pytest.raises(TruncatedAudio) as caught:
        probe(path)
    assert "m4a file is cut off" in caught.value.message


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3", ".m4a", ".opus", ".aiff"])
def test_any_cut_gives_facts_or_a_clear_error(tmp_path: Path, suffix: str) -> None:
    codings = {
        ".wav": ("wav", "pcm_s16le"), ".flac": ("flac", "flac"), ".mp3": ("mp3", "libmp3lame"),
        ".m4a": ("ipod", "aac"), ".opus": ("opus", "libopus"), ".aiff": ("aiff", "pcm_s16be"),
    }  # fmt: skip
    muxer, encoder = codings[suffix]
    path = encode(tmp_path / f"a{suffix}", noise(3.0, 48_000), 48_000, muxer=muxer, encoder=encoder, layout="mono")
    content = path.read_bytes()

    for length in (4, 12, 40, 100, 1_000, len(content) // 3, len(content) - 1):
        path.write_bytes(content[:length])
        assert _seconds_or_message(path)


def _seconds_or_message(path: Path) -> bool:
    """A usable duration or a full sentence; anything else is raised."""
    try:
        return probe(path).duration_s >= 1.0
    except AudioError as error:
        return error.message.endswith(".")


@pytest.mark.parametrize("suffix", [".flac", ".mp3", ".m4a", ".opus"])
def test_damage_in_the_middle_does_not_stop_the_rest(tmp_path: Path, suffix: str) -> None:
    codings = {
        ".flac": ("flac", "flac"), ".mp3": ("mp3", "libmp3lame"),
        ".m4a": ("ipod", "aac"), ".opus": ("opus", "libopus"),
    }  # fmt: skip
    muxer, encoder = codings[suffix]
    path = encode(tmp_path / f"a{suffix}", noise(6.0, 48_000), 48_000, muxer=muxer, encoder=encoder, layout="mono")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 300] = random.Random(2).randbytes(300)
    path.write_bytes(content)

    assert len(decode(path)) > 2.5 * 22_050


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3", ".m4a", ".opus", ".aiff", ".aac", ".mka"])
def test_random_damage_gives_facts_or_a_clear_error(tmp_path: Path, suffix: str) -> None:
    codings = {
        ".wav": ("wav", "pcm_s16le"), ".flac": ("flac", "flac"), ".mp3": ("mp3", "libmp3lame"),
        ".m4a": ("ipod", "aac"), ".opus": ("opus", "libopus"), ".aiff": ("aiff", "pcm_s16be"),
        ".aac": ("adts", "aac"), ".mka": ("matroska", "aac"),
    }  # fmt: skip
    muxer, encoder = codings[suffix]
    path = encode(tmp_path / f"a{suffix}", noise(2.0, 48_000), 48_000, muxer=muxer, encoder=encoder, layout="mono")
    content, chance = path.read_bytes(), random.Random(suffix)

    for _ in range(25):
        damaged = bytearray(content)
        for _ in range(chance.choice([1, 5, 50])):
            at = chance.randrange(min(len(damaged), chance.choice([64, 512, len(damaged)])))
            damaged[at] = chance.randrange(256)
        path.write_bytes(damaged)
        assert _seconds_or_message(path)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
def test_samples_that_are_no_numbers(tmp_path: Path, value: float, subtype: str) -> None:
    samples: Any = sine(440, 3.0, channels=2).astype(np.float64)
    samples[1, 2 * 44_100] = value
    path = write_wav(tmp_path / "a.wav", samples, subtype=subtype)

    for read in (decode, analyse):
        with pytest.raises(BadSamples) as caught:
            read(path)
        assert caught.value.params["at_s"] == pytest.approx(2.0, abs=1e-3)
        assert "near 2.0 s" in caught.value.message


def test_a_double_beyond_single_precision(tmp_path: Path) -> None:
    samples: Any = sine(440, 2.0).astype(np.float64)
    samples[0, 1000] = 1e300
    path = write_wav(tmp_path / "a.wav", samples, subtype="DOUBLE")

    with pytest.raises(BadSamples):
        decode(path)


def test_floats_above_full_scale_are_music(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", sine(440, 2.0, level_db=6.0), subtype="FLOAT")

    assert analyse(path).loudness.sample_peak_dbfs == pytest.approx(6.0, abs=0.01)


@pytest.mark.parametrize("level_db", [-200.0, -81.0])
def test_silence(tmp_path: Path, level_db: float) -> None:
    path = write_wav(tmp_path / "a.wav", sine(440, 2.0, level_db=level_db), subtype="FLOAT")

    with pytest.raises(SilentAudio) as caught:
        analyse(path)
    assert "−80 dBFS" in caught.value.message
    assert caught.value.params["peak_dbfs"] == pytest.approx(level_db, abs=0.1)
    assert len(decode(path)) == 44_100  # only registration minds


def test_digital_silence(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", np.zeros((2, 2 * 44_100), np.float32))

    with pytest.raises(SilentAudio):
        analyse(path)


def test_very_quiet_music_is_no_silence(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", sine(440, 2.0, level_db=-79.0), subtype="FLOAT")

    assert analyse(path).loudness.sample_peak_dbfs == pytest.approx(-79.0, abs=0.01)


def test_three_hours_and_a_second_by_the_header(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    frames = 3 * 3600 * 8_000 + 8_000
    write_wav(path, np.zeros((1, 8), np.float32), 8_000, subtype="PCM_U8")
    with path.open("r+b") as file:  # a sparse file: the header is right, the disk stays empty
        file.seek(4)
        file.write((36 + frames).to_bytes(4, "little"))
        file.seek(40)
        file.write(frames.to_bytes(4, "little"))
        file.truncate(44 + frames)

    for read in (probe, decode, analyse):
        with pytest.raises(TooLong) as caught:
            read(path)
        assert "180 minutes are accepted" in caught.value.message


def test_too_long_is_noticed_while_decoding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml.audio.reading.MAX_DURATION_S", 3.0)
    path = encode(
        tmp_path / "a.mp3", noise(5.0), 44_100,
        muxer="mp3", encoder="libmp3lame", layout="mono", muxer_options={"write_xing": "0"},
    )  # fmt: skip

    with pytest.raises(TooLong):
        decode(path)


def test_a_wrong_extension_does_not_matter(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.flac", noise(2.0))
    liar = path.rename(tmp_path / "a.mp3")

    assert (probe(liar).container, probe(liar).codec) == ("flac", "flac")
    assert len(decode(liar)) == 44_100


def test_a_file_without_an_extension(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp3", noise(2.0), 44_100, muxer="mp3", encoder="libmp3lame", layout="mono").rename(
        tmp_path / "纯音乐 🎵"
    )

    assert probe(path).codec == "mp3"


def test_copy_protection(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.m4a", noise(2.0, 48_000), 48_000, muxer="ipod", encoder="aac", layout="mono")
    path.write_bytes(path.read_bytes().replace(b"mp4a", b"drms"))

    with pytest.raises(EncryptedAudio) as caught:
        probe(path)
    assert "copy-protected" in caught.value.message


def test_a_video_without_sound(tmp_path: Path) -> None:
    import av

    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(20):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8))))
        out.mux(stream.encode(None))

    with pytest.raises(NotAudio) as caught:
        probe(path)
    assert "without sound" in caught.value.message


def test_too_many_channels(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", sine(440, 2.0, channels=12))

    with pytest.raises(UnsupportedAudio) as caught:
        probe(path)
    assert "12 channels" in caught.value.message


def test_an_absurd_rate(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", sine(100, 2.0, 1_000), 1_000)

    with pytest.raises(UnsupportedAudio) as caught:
        probe(path)
    assert "1000 Hz" in caught.value.message


def test_text_between_two_frame_marks_is_no_mp3(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(b"\xff\xfb\x90\x00" + b"words " * 500 + b"\xff\xfb\x90\x00" + b"words " * 500)

    with pytest.raises(NotAudio):
        probe(path)
