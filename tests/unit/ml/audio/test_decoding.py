"""Parts, blocks and progress of decoding."""

from pathlib import Path

import numpy as np
import pytest

from ml.audio import decode, stream
from tests.unit.ml.audio.signals import encode, noise, write_wav

RATE = 44_100
SECONDS = 8.0


@pytest.fixture(scope="module")
def source() -> np.ndarray:
    return noise(SECONDS, RATE, channels=2, seed=3)


@pytest.mark.parametrize(
    ("suffix", "muxer", "encoder", "options"),
    [
        (".wav", "wav", "pcm_s16le", {}),
        (".flac", "flac", "flac", {}),
        (".mp3", "mp3", "libmp3lame", {}),
        (".mp3", "mp3", "libmp3lame", {"write_xing": "0"}),
        (".m4a", "ipod", "aac", {}),
        (".m4a", "ipod", "aac", {"movflags": "faststart"}),
        (".mp4", "mp4", "aac", {"movflags": "frag_keyframe+empty_moov"}),
        (".aac", "adts", "aac", {}),
        (".ogg", "ogg", "flac", {}),
        (".mka", "matroska", "aac", {}),
        (".ts", "mpegts", "aac", {}),
    ],
)
@pytest.mark.parametrize("start_s", [0.25, 3.7183])
def test_a_part_is_cut_to_the_sample(
    tmp_path: Path, source: np.ndarray, suffix: str, muxer: str, encoder: str, options: dict, start_s: float
) -> None:
    path = encode(
        tmp_path / f"a{suffix}", source, RATE,
        muxer=muxer, encoder=encoder, layout="stereo", muxer_options=options,
        options={"aac_pns": "0"} if encoder == "aac" else {},  # its noise is drawn anew each time
    )  # fmt: skip
    whole = decode(path, sample_rate=None, mono=False)

    part = decode(path, sample_rate=None, mono=False, start_s=start_s, seconds=1.25)

    first = round(start_s * RATE)
    assert part.shape == (2, round(1.25 * RATE))
    np.testing.assert_allclose(part, whole[:, first : first + part.shape[1]], atol=1e-6)


def test_the_part_after_the_end_is_empty(tmp_path: Path, source: np.ndarray) -> None:
    path = write_wav(tmp_path / "a.wav", source)

    assert decode(path, start_s=60.0).shape == (0,)
    assert len(decode(path, start_s=7.5, seconds=60, sample_rate=None)) == 0.5 * RATE


def test_blocks_join_to_the_whole(tmp_path: Path, source: np.ndarray) -> None:
    path = write_wav(tmp_path / "a.wav", source)

    blocks = list(stream(path, block_s=0.5))

    assert len(blocks) > 10
    assert max(map(len, blocks)) < 22_050
    np.testing.assert_array_equal(np.concatenate(blocks), decode(path, sample_rate=22_050))


def test_resampling_neither_delays_nor_loses(tmp_path: Path) -> None:
    impulse = np.zeros((1, 3 * RATE), np.float32)
    impulse[0, RATE + RATE // 2] = 1.0
    path = write_wav(tmp_path / "a.wav", impulse, subtype="FLOAT")

    samples = decode(path, sample_rate=22_050)

    assert len(samples) == 3 * 22_050
    assert int(np.argmax(np.abs(samples))) == 22_050 + 11_025


def test_resampling_removes_what_would_alias(tmp_path: Path) -> None:
    time = np.arange(2 * RATE) / RATE
    high = 0.5 * np.sin(2 * np.pi * 13_000 * time)[np.newaxis, :].astype(np.float32)
    path = write_wav(tmp_path / "a.wav", high, subtype="FLOAT")

    samples = decode(path, sample_rate=22_050)[2_000:-2_000]

    assert np.abs(samples).max() < 0.5 * 10 ** (-80 / 20)


def test_progress_rises_to_one(tmp_path: Path, source: np.ndarray) -> None:
    path = write_wav(tmp_path / "a.wav", source)
    seen: list[float] = []

    decode(path, progress=seen.append)

    assert seen == sorted(seen)
    assert (seen[0] < 1.0, seen[-1]) == (True, 1.0)


def test_what_a_playlist_points_to_is_never_opened(tmp_path: Path, source: np.ndarray) -> None:
    from ml.audio import NotAudio

    write_wav(tmp_path / "secret.wav", source)
    playlist = tmp_path / "song.wav"
    playlist.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nsecret.wav\n#EXT-X-ENDLIST\n")

    with pytest.raises(NotAudio):
        decode(playlist)
