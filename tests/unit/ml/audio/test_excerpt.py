"""Excerpts and writing."""

from pathlib import Path

import numpy as np
import pytest

from ml.audio import AudioWriter, decode, encode_excerpt, probe, write_audio
from tests.unit.ml.audio.signals import lag_of, main_frequency, noise, sine, write_wav

LAME_GAIN = 0.95  # what LAME scales by at 160 kb/s, whatever goes in


def test_an_excerpt_is_the_stretch_and_plays_anywhere(tmp_path: Path) -> None:
    source = noise(10.0, 44_100, channels=2)
    path, out = write_wav(tmp_path / "a.wav", source), tmp_path / "e.mp3"

    seconds = encode_excerpt(path, 3.0, 5.5, out)

    facts, samples = probe(out), decode(out, sample_rate=None, mono=False)
    wanted = source[:, 3 * 44_100 : round(5.5 * 44_100)]
    assert (seconds, facts.codec, facts.channels, facts.sample_rate_hz) == (2.5, "mp3", 2, 44_100)
    assert facts.duration_s == pytest.approx(2.5, abs=0.001)
    assert facts.bit_rate == pytest.approx(160_000, rel=0.05)
    assert lag_of(samples[0], wanted[0]) == 0
    middle = slice(2_000, -2_000)
    assert np.corrcoef(samples[1, middle], wanted[1, middle])[0, 1] > 0.95


def test_an_excerpt_fades_at_both_ends(tmp_path: Path) -> None:
    path, out = write_wav(tmp_path / "a.wav", sine(1000, 5.0, level_db=-6)), tmp_path / "e.mp3"

    encode_excerpt(path, 1.0, 3.0, out)

    samples = np.abs(decode(out, sample_rate=None))
    assert samples[:100].max() < 0.05
    assert samples[-100:].max() < 0.05
    assert samples[2_000:-2_000].max() == pytest.approx(0.5 * LAME_GAIN, abs=0.005)


def test_an_excerpt_stops_at_the_recording_s_end(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", noise(4.0))

    assert encode_excerpt(path, -1.0, 2.0, tmp_path / "e.mp3") == 2.0
    assert encode_excerpt(path, 3.0, 99.0, tmp_path / "e.mp3") == 1.0
    for start_s, end_s in ((2.0, 2.0), (3.0, 1.0), (10.0, 12.0)):
        with pytest.raises(ValueError, match="excerpt"):
            encode_excerpt(path, start_s, end_s, tmp_path / "e.mp3")


@pytest.mark.parametrize(("rate", "coded"), [(8_000, 44_100), (48_000, 48_000), (96_000, 44_100)])
def test_an_excerpt_of_any_rate(tmp_path: Path, rate: int, coded: int) -> None:
    path, out = write_wav(tmp_path / "a.wav", sine(1000, 3.0, rate), rate), tmp_path / "e.mp3"

    assert encode_excerpt(path, 0.5, 2.5, out) == pytest.approx(2.0, abs=0.001)

    assert probe(out).sample_rate_hz == coded
    assert main_frequency(decode(out, sample_rate=None), coded) == pytest.approx(1000, abs=1)


def test_a_surround_excerpt_is_stereo(tmp_path: Path) -> None:
    tones = [300, 500, 700, 900, 1100, 1300]  # L R C LFE Ls Rs
    source = np.concatenate([sine(hz, 4.0, level_db=0) * 0.9 for hz in tones])
    path, out = write_wav(tmp_path / "a.wav", source), tmp_path / "e.mp3"

    encode_excerpt(path, 1.0, 3.0, out)

    left, right = decode(out, sample_rate=None, mono=False)
    lines = [np.abs(np.fft.rfft(side * np.hanning(len(side)))) / len(side) * 4 for side in (left, right)]
    levels = [[float(side[2 * hz - 3 : 2 * hz + 4].max()) / LAME_GAIN for hz in tones] for side in lines]
    # ITU-R BS.775: 1, 0.7071, 0.7071 over their sum 2.4142
    near, far = 0.9 / 2.4142, 0.9 * 0.7071 / 2.4142
    assert levels[0] == pytest.approx([near, 0, far, 0, far, 0], abs=0.01)
    assert levels[1] == pytest.approx([0, near, far, 0, 0, far], abs=0.01)


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3", ".m4a", ".aac", ".opus"])
@pytest.mark.parametrize("channels", [1, 2])
def test_what_is_written_is_read(tmp_path: Path, suffix: str, channels: int) -> None:
    source, path = noise(2.0, 48_000, channels=channels), tmp_path / f"a{suffix}"

    write_audio(path, source, 48_000, bit_rate=192_000)

    facts, samples = probe(path), decode(path, sample_rate=None, mono=False)
    assert (facts.channels, facts.sample_rate_hz) == (channels, 48_000)
    delay = 1024 if suffix == ".aac" else 0
    assert lag_of(samples[0], source[0]) == delay
    if suffix in {".wav", ".flac"}:
        assert np.abs(samples - source).max() <= 2**-15


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".m4a"])
def test_eight_channels_are_written(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"

    write_audio(path, sine(440, 2.0, 48_000, channels=8), 48_000)

    assert probe(path).channel_layout == "7.1"


def test_blocks_are_written_one_after_the_other(tmp_path: Path) -> None:
    source, path = noise(3.0, 48_000, channels=2), tmp_path / "a.flac"

    write_audio(path, (source[:, at : at + 10_000] for at in range(0, 144_000, 10_000)), 48_000)

    assert np.abs(decode(path, sample_rate=None, mono=False) - source).max() <= 2**-15


def test_too_loud_is_clipped_not_wrapped(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"

    write_audio(path, sine(440, 1.0, level_db=12)[0], 44_100)

    samples = decode(path, sample_rate=None)
    assert float(samples.max()) == pytest.approx(1.0, abs=1e-4)
    assert float(samples.min()) == -1.0
    assert samples[20] > 0.9  # still on the first half wave


def test_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.mp5"):
        AudioWriter(tmp_path / "a.mp5", 44_100, 1)
