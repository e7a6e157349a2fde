"""What a worker writes down of a recording, and what its tags fill."""

import datetime
import io
from typing import Any

import mutagen.flac
import numpy as np
import pytest

from apps.catalog import selectors, services, tasks
from apps.catalog.models import AssetWaveform, EventKind
from apps.core.errors import NotFound
from apps.jobs import runner
from apps.jobs.models import Job, JobState
from apps.jobs.runner import JobRun
from tests.factories_catalog import audio_bytes, make_asset, make_recording, make_track, tone
from tests.integration.catalog.conftest import stored_files

pytestmark = pytest.mark.django_db


def _sine(level_db: float, *, seconds: float = 20.0, rate_hz: int = 48_000, channels: int = 2) -> Any:
    t = np.arange(int(seconds * rate_hz)) / rate_hz
    wave = 10 ** (level_db / 20) * np.sin(2 * np.pi * 997 * t)
    return np.repeat(wave[:, None], channels, axis=1)


def _tagged(content: bytes, **tags: str) -> bytes:
    buffer = io.BytesIO(content)
    file = mutagen.flac.FLAC(buffer)
    for name, value in tags.items():
        file[name] = value
    buffer.seek(0)
    file.save(buffer)
    return buffer.getvalue()


def _flac(**tags: str) -> bytes:
    return _tagged(audio_bytes(form="FLAC"), **tags)


TAGS = {
    "title": "Nachtzug",
    "artist": "Anna Vogel feat. Ben Okafor; Cy",
    "album": "Timetable",
    "albumartist": "Anna Vogel",
    "composer": "Clara Weiss",
    "isrc": "us-s1z-99-00001",
    "date": "2026-03-01",
    "tracknumber": "4/11",
}


def test_facts_and_levels_of_a_known_signal(label: Any):
    # A 997 Hz sine of −23 dBFS in both channels of a stereo file measures −23 LUFS (EBU Tech 3341, case 1).
    asset = make_recording(audio_bytes(_sine(-23.0), rate_hz=48_000, subtype="PCM_24"))
    assert (asset.container, asset.codec, asset.sample_rate_hz, asset.channels) == ("wav", "pcm_s24le", 48_000, 2)
    assert (asset.channel_layout, asset.bit_depth, asset.duration_s) == ("stereo", 24, 20.0)
    assert asset.loudness_lufs == pytest.approx(-23.0, abs=0.1)
    assert asset.true_peak_dbtp == pytest.approx(-23.0, abs=0.2)
    assert asset.analysed_at is not None


def test_the_page_shows_the_facts(label: Any):
    asset = make_recording(audio_bytes(_sine(-23.0, rate_hz=44_100), rate_hz=44_100, subtype="PCM_24"))
    text = label.get(f"tracks/{asset.track_id}/").content.decode()
    for shown in ("44.1 kHz", "stereo", "24 bit", "−23.0 LUFS", "−23.0 dBTP", "pcm_s24le", asset.sha256):
        assert shown in text


def test_the_outline_shows_the_loud_and_the_quiet_part(label: Any):
    samples = np.concatenate([_sine(-6.0, seconds=5), _sine(-40.0, seconds=5)])
    asset = make_recording(audio_bytes(samples, rate_hz=48_000))
    answer = label.get(f"recordings/{asset.id}/waveform/")
    document = answer.json()
    assert document["duration_s"] == 10.0
    high, low = document["peaks"]
    assert len(high) == len(low) == 200
    assert (max(high[:99]), min(low[:99])) == (0.504, -0.504)  # 10 ** (-6 / 20) = 0.501 in steps of 1/127
    assert max(high[101:]) == 0.008
    assert "immutable" in answer["Cache-Control"]


def test_a_long_outline_is_thinned_and_keeps_its_peaks(label: Any):
    from apps.catalog.presenters import peaks_json

    asset = make_asset()
    data = np.zeros((8000, 2), np.int8)
    data[4321] = (-100, 127)
    waveform = AssetWaveform(asset=asset, sample_rate_hz=8000, samples_per_point=8000, data=data.tobytes())
    high, low = peaks_json(waveform)["peaks"]
    assert len(high) == len(low) == 2000
    assert (high[1080], low[1080]) == (1.0, -0.787)
    assert sum(high) == 1.0


def test_tags_fill_what_nobody_has_typed(label: Any):
    asset = make_recording(_flac(**TAGS), filename="04.flac")
    track = selectors.get_track(asset.track_id)
    assert (track.title, track.isrc, track.track_number) == ("Nachtzug", "USS1Z9900001", 4)
    assert track.artist_line == "Anna Vogel feat. Ben Okafor, Cy"
    credited = [(credit.artist.name, credit.role) for credit in selectors.credits_of(track.id)]
    assert credited == [
        ("Anna Vogel", "main"),
        ("Ben Okafor", "featured"),
        ("Cy", "featured"),
        ("Clara Weiss", "composer"),
    ]
    assert track.release is not None
    assert (track.release.title, track.release.release_date) == ("Timetable", datetime.date(2026, 3, 1))
    assert selectors.get_release(track.release.id).artist == selectors.artist_named("anna vogel")
    event = selectors.history_of(track.id)[0]
    assert event.kind == EventKind.ANALYSED
    assert event.data["filled"] == ["title", "isrc", "track_number", "credits", "release"]


def test_tags_never_overwrite_what_was_typed(label: Any):
    asset = make_asset(
        _flac(**TAGS),
        title="My title",
        changes={"isrc": "QZABC2600001", "release_title": "My release", "track_number": 9},
        credited=[services.CreditInput("Me")],
        ingest=False,
    )
    job = services.submit_ingest(asset)
    runner.run(job.id, job.organisation_id)
    track = selectors.get_track(asset.track_id)
    assert (track.title, track.isrc, track.track_number, track.artist_line) == ("My title", "QZABC2600001", 9, "Me")
    assert track.release is not None
    assert track.release.title == "My release"


def test_a_title_that_was_typed_while_the_job_waited_stays(label: Any):
    asset = make_asset(_flac(**TAGS))
    services.update_track(track_id=asset.track_id, changes={"title": "Typed meanwhile"})
    job = Job.objects.get()
    runner.run(job.id, job.organisation_id)
    track = selectors.get_track(asset.track_id)
    assert (track.title, track.isrc) == ("Typed meanwhile", "USS1Z9900001")


@pytest.mark.parametrize("isrc", ["nonsense", "USS1Z9900001"])
def test_an_isrc_in_tags_that_cannot_be_is_left_out(label: Any, isrc: str):
    make_track("Has it already", isrc="USS1Z9900001")
    asset = make_recording(_flac(title="New", isrc=isrc))
    assert asset.is_ready
    assert selectors.get_track(asset.track_id).isrc == ""


def test_tracks_of_one_album_find_one_release_and_one_artist(label: Any):
    for number in (1, 2):
        make_recording(
            _flac(title=f"T{number}", artist="ANNA vogel" if number > 1 else "Anna Vogel", album="Timetable")
        )
    assert [release.track_count for release in selectors.releases()] == [2]
    assert [(artist.name, artist.track_count) for artist in selectors.artists()] == [("Anna Vogel", 2)]


def test_markup_and_reversed_text_in_tags_are_harmless(label: Any):
    asset = make_recording(_flac(title="<img src=x onerror=alert(1)>\u202egnp", artist="夜行"))
    text = label.get(f"tracks/{asset.track_id}/").content.decode()
    assert "&lt;img src=x onerror=alert(1)&gt;gnp" in text
    assert "<img src=x" not in text


def test_analysing_again_changes_nothing(label: Any):
    asset = make_recording(_flac(**TAGS))
    services.update_track(track_id=asset.track_id, changes={"title": "Mine"})
    before = selectors.history_of(asset.track_id).count()
    job = Job.objects.create(kind="catalog.ingest", idempotency_key="again", args={"asset_id": str(asset.id)})
    assert runner.run(job.id, job.organisation_id) == JobState.SUCCEEDED
    assert selectors.history_of(asset.track_id).count() == before


def test_what_browsers_do_not_play_gets_a_listening_copy(label: Any, media: Any):
    asset = make_recording(audio_bytes(tone(channels=2), form="AIFF"), filename="song.aiff")
    assert (asset.container, asset.state) == ("aiff", "ready")
    assert stored_files(media) == sorted([asset.storage_key, asset.preview_key])
    heard = label.get(f"recordings/{asset.id}/audio/")
    assert heard["Content-Type"] == "audio/mpeg"
    saved = label.get(f"recordings/{asset.id}/audio/?download=1")
    assert saved["Content-Type"] == "audio/aiff"
    assert b"".join(saved.streaming_content) == (media / asset.storage_key).read_bytes()


def _run(asset: Any, key: str) -> JobRun:
    """A job of another app that has been claimed."""
    job = Job.objects.create(kind="catalog.ingest", idempotency_key=key, args={"asset_id": str(asset.id)})
    claimed = runner._claim(job.id, job.organisation_id)
    assert claimed is not None
    return JobRun(claimed)


def test_a_check_decodes_once_and_the_facts_are_written_on_the_way(label: Any, monkeypatch: Any):
    asset = make_asset(audio_bytes(tone(3.0, rate_hz=44_100), rate_hz=44_100), ingest=False)
    fractions: list[float] = []
    listened = tasks.ensure_ingested(_run(asset, "check"), asset.id, progress=fractions.append)
    assert (str(listened.samples.dtype), listened.samples.shape) == ("float32", (3 * 22_050,))
    assert (listened.asset.id, listened.asset.state) == (asset.id, "ready")
    assert fractions[-1] == 1.0
    again = tasks.ensure_ingested(_run(asset, "check again"), asset.id, progress=fractions.append)
    assert np.abs(again.samples - listened.samples).max() < 1e-6


def test_blocks_can_be_taken_instead_of_kept(label: Any):
    asset = make_asset(audio_bytes(tone(3.0)), ingest=False)
    counts: list[int] = []
    for key in ("first", "ready by now"):
        counts.clear()
        listened = tasks.ensure_ingested(
            _run(asset, key), asset.id, progress=lambda _: None, consume=lambda block: counts.append(len(block))
        )
        assert (sum(counts), len(listened.samples)) == (3 * 22_050, 0)


def test_a_deleted_recording_is_not_found(label: Any):
    asset = make_asset(ingest=False)
    services.delete_track(track_id=asset.track_id)
    with pytest.raises(NotFound):
        tasks.ensure_ingested(_run(asset, "late"), asset.id, progress=lambda _: None)


def test_a_cancelled_analysis_lets_the_recording_wait(label: Any):
    from apps.jobs.services import cancel

    asset = make_asset()
    job = Job.objects.get()
    services.start_analysis(asset_id=asset.id)
    cancel(job_id=job.id)
    asset.refresh_from_db()
    assert asset.state == "uploaded"


def test_the_web_process_listens_to_nothing():
    import subprocess
    import sys

    code = (
        "import django, sys; django.setup(); import config.urls, config.wsgi; "
        "print(sorted({'numpy', 'av', 'scipy', 'numba', 'soundfile', 'torch'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines()[-1] == "[]"
