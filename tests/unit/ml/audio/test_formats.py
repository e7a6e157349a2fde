"""Every container, codec, rate, depth and channel count that we promise decodes to what went in."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from ml.audio import decode, probe
from tests.unit.ml.audio.signals import encode, lag_of, main_frequency, noise, sine, write_wav

SECONDS = 2.0


@dataclass(frozen=True)
class Coding:
    suffix: str
    muxer: str
    encoder: str
    container: str
    codec: str
    bit_depth: int | None = None
    rate: int = 48_000
    correlation: float = 0.97
    options: dict[str, str] = field(default_factory=dict)


CODINGS = [
    Coding(".flac", "flac", "flac", "flac", "flac", 16, correlation=0.99999),
    Coding(".m4a", "ipod", "alac", "m4a", "alac", 16, correlation=0.99999),
    Coding(".aiff", "aiff", "pcm_s24be", "aiff", "pcm_s24be", 24, correlation=0.99999),
    Coding(".caf", "caf", "pcm_s16be", "caf", "pcm_s16be", 16, correlation=0.99999),
    Coding(".mp3", "mp3", "libmp3lame", "mp3", "mp3"),
    Coding(".m4a", "ipod", "aac", "m4a", "aac"),
    Coding(".mp4", "mp4", "aac", "m4a", "aac"),
    Coding(".opus", "opus", "libopus", "ogg", "opus"),
    Coding(".webm", "webm", "libopus", "matroska", "opus"),
    Coding(".ogg", "ogg", "vorbis", "ogg", "vorbis", options={"strict": "-2"}),
]


@pytest.mark.parametrize("coding", CODINGS, ids=lambda c: f"{c.muxer}-{c.encoder}")
def test_a_coding_comes_back_in_place(tmp_path: Path, coding: Coding) -> None:
    source = noise(SECONDS, coding.rate, channels=2)
    path = encode(
        tmp_path / f"a{coding.suffix}", source, coding.rate,
        muxer=coding.muxer, encoder=coding.encoder, layout="stereo", bit_rate=256_000, options=coding.options,
    )  # fmt: skip

    facts = probe(path)
    samples = decode(path, sample_rate=None, mono=False)

    assert (facts.container, facts.codec, facts.bit_depth) == (
        coding.container,
        coding.codec,
        coding.bit_depth,
    )
    assert (facts.sample_rate_hz, facts.channels, facts.channel_layout) == (coding.rate, 2, "stereo")
    assert facts.duration_s == pytest.approx(SECONDS, abs=0.03)
    assert not facts.truncated
    assert samples.shape[1] == pytest.approx(SECONDS * coding.rate, abs=0.03 * coding.rate)
    assert lag_of(samples[0], source[0]) == 0  # encoder delay is skipped
    length = min(samples.shape[1], source.shape[1])
    for channel in (0, 1):
        both = np.corrcoef(samples[channel, :length], source[channel, :length])
        assert both[0, 1] > coding.correlation


def test_adts_has_no_word_for_its_delay_and_keeps_it(tmp_path: Path) -> None:
    source = noise(SECONDS, 44_100)
    path = encode(tmp_path / "a.aac", source, 44_100, muxer="adts", encoder="aac", layout="mono", bit_rate=128_000)

    facts = probe(path)

    assert (facts.container, facts.codec, facts.declared_duration_s) == ("aac", "aac", None)
    assert facts.duration_s == pytest.approx(SECONDS + 2048 / 44_100, abs=1024 / 44_100)
    assert lag_of(decode(path, sample_rate=44_100), source[0]) == 1024  # AAC's standard priming


@pytest.mark.parametrize(
    "rate", [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000]
)
def test_every_rate_keeps_pitch_and_length(tmp_path: Path, rate: int) -> None:
    path = write_wav(tmp_path / "a.wav", sine(1000, SECONDS, rate, level_db=-6), rate)

    samples = decode(path)

    expected = sine(1000, SECONDS, 22_050, level_db=-6)[0]
    assert probe(path).sample_rate_hz == rate
    assert len(samples) == pytest.approx(len(expected), abs=1)
    middle = slice(2_000, 42_000)  # the filter rings at both ends
    assert np.abs(samples[middle] - expected[middle]).max() < 2e-3


@pytest.mark.parametrize(
    ("suffix", "subtype", "codec", "depth", "error"),
    [
        (".wav", "PCM_U8", "pcm_u8", 8, 2**-7),
        (".wav", "PCM_16", "pcm_s16le", 16, 2**-15),
        (".wav", "PCM_24", "pcm_s24le", 24, 2**-23),
        (".wav", "PCM_32", "pcm_s32le", 32, 2**-24),
        (".wav", "FLOAT", "pcm_f32le", 32, 0),
        (".wav", "DOUBLE", "pcm_f64le", 64, 0),
        (".wav", "ULAW", "pcm_mulaw", 8, 0.02),
        (".wav", "ALAW", "pcm_alaw", 8, 0.02),
        (".aiff", "PCM_S8", "pcm_s8", 8, 2**-7),
        (".aiff", "FLOAT", "pcm_f32be", 32, 0),
        (".flac", "PCM_S8", "flac", 8, 2**-7),
        (".flac", "PCM_24", "flac", 24, 2**-23),
        (".w64", "PCM_24", "pcm_s24le", 24, 2**-23),
        (".rf64", "PCM_16", "pcm_s16le", 16, 2**-15),
        (".au", "PCM_16", "pcm_s16be", 16, 2**-15),
    ],
)  # fmt: skip
def test_every_sample_format_is_exact_to_its_step(
    tmp_path: Path, suffix: str, subtype: str, codec: str, depth: int, error: float
) -> None:
    source = sine(440, SECONDS, channels=2, level_db=-3)
    path = write_wav(tmp_path / f"a{suffix}", source, subtype=subtype)

    facts = probe(path)
    samples = decode(path, sample_rate=None, mono=False)

    assert (facts.codec, facts.bit_depth, facts.duration_s) == (codec, depth, SECONDS)
    assert samples.dtype == np.float32
    assert samples.shape == source.shape
    assert np.abs(samples - source).max() <= error


@pytest.mark.parametrize(
    ("channels", "layout"),
    [(1, "mono"), (2, "stereo"), (3, "3.0"), (4, "quad"), (5, "5.0"), (6, "5.1"), (7, "6.1"), (8, "7.1")],
)  # fmt: skip
def test_every_channel_count_keeps_its_channels(tmp_path: Path, channels: int, layout: str) -> None:
    source = np.concatenate([sine(200 * (k + 1), 1.5) for k in range(channels)])
    path = write_wav(tmp_path / "a.wav", source, subtype="PCM_24")

    facts = probe(path)
    samples = decode(path, sample_rate=None, mono=False)

    assert (facts.channels, facts.channel_layout) == (channels, layout)
    assert np.abs(samples - source).max() <= 2**-23


@pytest.mark.parametrize(("layout", "channels"), [("5.1", 6), ("7.1", 8)])
def test_surround_aac_keeps_its_channels(tmp_path: Path, layout: str, channels: int) -> None:
    tones = [200 * (k + 1) for k in range(channels)]
    tones[3] = 60  # the LFE channel is coded up to 120 Hz only
    source = np.concatenate([sine(hz, 1.5, 48_000) for hz in tones])
    path = encode(tmp_path / "a.m4a", source, 48_000, muxer="ipod", encoder="aac", layout=layout, bit_rate=512_000)

    samples = decode(path, sample_rate=None, mono=False)

    assert (probe(path).channels, probe(path).channel_layout) == (channels, layout)
    assert [round(main_frequency(channel, 48_000)) for channel in samples] == tones


def test_the_mono_mix_follows_itu_r_bs_775(tmp_path: Path) -> None:
    # One tone a channel of 5.1 (L R C LFE Ls Rs); gains 0.7071 0.7071 1 0 0.5 0.5 over their sum 3.4142.
    tones = [300, 500, 700, 900, 1100, 1300]
    source = np.concatenate([sine(hz, 1.0, level_db=0) * 0.9 for hz in tones])
    path = write_wav(tmp_path / "a.wav", source, subtype="FLOAT")

    mixed = decode(path, sample_rate=None)

    lines = 2 * np.abs(np.fft.rfft(mixed))[tones] / len(mixed)
    expected = np.array([0.7071, 0.7071, 1, 0, 0.5, 0.5]) / 3.4142 * 0.9
    np.testing.assert_allclose(lines, expected, atol=1e-4)


def test_stereo_mixes_to_its_mean(tmp_path: Path) -> None:
    left, right = sine(300, 1.0), noise(1.0)
    path = write_wav(tmp_path / "a.wav", np.concatenate([left, right]), subtype="FLOAT")

    np.testing.assert_allclose(decode(path, sample_rate=None), ((left + right) / 2)[0], atol=1e-7)


def test_a_video_gives_its_sound_track(tmp_path: Path) -> None:
    source = noise(SECONDS, 48_000)
    path = encode(
        tmp_path / "a.mp4", source, 48_000, muxer="mp4", encoder="aac", layout="mono", bit_rate=192_000, picture=True
    )  # fmt: skip

    samples = decode(path, sample_rate=48_000)

    assert (probe(path).container, probe(path).codec) == ("m4a", "aac")
    assert lag_of(samples, source[0]) == 0


def test_cover_art_is_no_obstacle(tmp_path: Path) -> None:
    from mutagen.flac import FLAC, Picture

    path = write_wav(tmp_path / "a.flac", sine(440, SECONDS))
    file = FLAC(path)
    cover = Picture()
    cover.data, cover.type, cover.mime = _png(), 3, "image/png"
    file.add_picture(cover)
    file.save()

    facts = probe(path)

    assert (facts.container, facts.codec, facts.duration_s) == ("flac", "flac", SECONDS)
    assert len(decode(path, sample_rate=None)) == 88_200


def test_a_wav_from_a_pipe_promises_nothing(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", sine(440, SECONDS))
    data = bytearray(path.read_bytes())
    at = data.find(b"data")
    data[4:8] = data[at + 4 : at + 8] = b"\xff\xff\xff\xff"
    path.write_bytes(data)

    facts = probe(path)

    assert (facts.declared_duration_s, facts.truncated) == (None, False)
    assert facts.duration_s == pytest.approx(SECONDS, abs=0.001)
    assert len(decode(path, sample_rate=None)) == 88_200


def _png() -> bytes:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (32, 32), "red").save(out, "PNG")
    return out.getvalue()
