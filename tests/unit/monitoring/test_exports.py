"""The files, sign for sign."""

import json
import uuid
from datetime import UTC, datetime

import pytest

from apps.catalog.models import Track
from apps.core.errors import NotFound
from apps.monitoring.exports import export
from apps.monitoring.models import Cue, CueState, LongRecording, MonitoringSource
from apps.monitoring.times import cue_index, parse_clock, timecode


@pytest.fixture
def recording():
    source = MonitoringSource(name="Radio North", time_zone="Europe/Oslo")
    return LongRecording(
        id=uuid.UUID(int=7),
        title='Morning "show"',
        source=source,
        started_at=datetime(2026, 7, 1, 21, 58, 30, tzinfo=UTC),
        filename="morning.mp3",
        container="mp3",
        duration_s=400.0,
        compared_with=12,
        extractor_version="landmarks-1",
        matcher_version="votes-1",
    )


@pytest.fixture
def cues(recording):
    return [
        Cue(
            id=uuid.UUID(int=2), start_s=200.0, end_s=380.0, title="=Late", artist="", label="", state=CueState.ADDED,
        ),
        Cue(
            id=uuid.UUID(int=1), start_s=30.04, end_s=90.0, ref_start_s=0.0, ref_end_s=61.2, title="Night train",
            artist="Ben", label="Northern Lights", track=Track(isrc="QZDEM2600001"), already_ours=True,
            entry_number=41, tempo_ratio=1.02, pitch_semitones=-1.0, chance_probability=2.5e-9,
            state=CueState.CORRECTED, original={"title": "Night train"},
        ),
    ]  # fmt: skip


def test_csv(recording, cues):
    made = export("csv", recording, cues)
    assert (made.filename, made.media_type) == ("morning-show.csv", "text/csv; charset=utf-8")
    assert made.content == (
        "\ufeffNo.,From,To,Seconds,On air,Title,Artist,Label,ISRC,Track from,Track to,Tempo ratio,Semitones,How sure,"
        "Chance,State,Registry number\r\n"
        "1,00:00:30,00:01:30,60.0,2026-07-01 23:59:00,Night train,Ben,Northern Lights,QZDEM2600001,0.0,61.2,1.0200,"
        "-1.00,likely,2.5e-09,corrected,41\r\n"
        "2,00:03:20,00:06:20,180.0,2026-07-02 00:01:50,'=Late,,,,,,,,,,added,\r\n"
    )


def test_the_sheet_of_broadcasters_has_the_stations_own_time(recording, cues):
    assert export("broadcast", recording, cues).content == (
        "\ufeffStation,Programme,Date,No.,Start time,End time,Duration,Title,Performer,Label,ISRC,"
        "Source of identification\r\n"
        'Radio North,"Morning ""show""",2026-07-01,1,23:59:00,00:00:00,00:01:00,Night train,Ben,Northern Lights,'
        'QZDEM2600001,"recognised, corrected"\r\n'
        'Radio North,"Morning ""show""",2026-07-02,2,00:01:50,00:04:50,00:03:00,\'=Late,,,,manual\r\n'
    )


def test_cue_file(recording, cues):
    assert export("cue", recording, cues).content == (
        "REM GENERATOR Descant\n"
        "TITLE \"Morning 'show'\"\n"
        'FILE "morning.mp3" MP3\n'
        "  TRACK 01 AUDIO\n"
        '    TITLE "Unknown"\n'
        "    INDEX 01 00:00:00\n"
        "  TRACK 02 AUDIO\n"
        '    TITLE "Night train"\n'
        '    PERFORMER "Ben"\n'
        "    ISRC QZDEM2600001\n"
        "    INDEX 01 00:30:03\n"
        "  TRACK 03 AUDIO\n"
        '    TITLE "Unknown"\n'
        "    INDEX 01 01:30:00\n"
        "  TRACK 04 AUDIO\n"
        '    TITLE "=Late"\n'
        "    INDEX 01 03:20:00\n"
        "  TRACK 05 AUDIO\n"
        '    TITLE "Unknown"\n'
        "    INDEX 01 06:20:00\n"
    )


def test_json(recording, cues):
    body = json.loads(export("json", recording, cues).content)
    assert body["recording"]["source"] == "Radio North"
    assert [cue["title"] for cue in body["cues"]] == ["Night train", "=Late"]
    assert body["cues"][0] == {
        "id": str(uuid.UUID(int=1)),
        "state": "corrected",
        "from_s": 30.04,
        "to_s": 90.0,
        "title": "Night train",
        "artist": "Ben",
        "label": "Northern Lights",
        "isrc": "QZDEM2600001",
        "ours": True,
        "registry_number": 41,
        "track_from_s": 0.0,
        "track_to_s": 61.2,
        "tempo_ratio": 1.02,
        "pitch_semitones": -1.0,
        "sureness": "likely",
        "chance_probability": 2.5e-9,
    }
    assert body["unknown"] == [
        {"from_s": 0.0, "to_s": 30.04, "silent": False},
        {"from_s": 90.0, "to_s": 200.0, "silent": False},
        {"from_s": 380.0, "to_s": 400.0, "silent": False},
    ]


def test_an_unknown_format_is_not_found(recording, cues):
    with pytest.raises(NotFound):
        export("midi", recording, cues)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0.0), ("83.5", 83.5), ("83,5", 83.5), ("2:03", 123.0), ("1:02:03.5", 3723.5), ("23:59:59", 86399.0)],
)
def test_times_are_read(text, seconds):
    assert parse_clock(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "x", "1:60", "1:60:00", "-5", "1:2:3:4"])
def test_what_is_no_time_is_refused(text):
    assert parse_clock(text) is None


def test_times_are_written():
    assert [timecode(s) for s in (0.4, 59.5, 3723.5, 86400)] == ["00:00:00", "00:01:00", "01:02:04", "24:00:00"]
    assert [cue_index(s) for s in (0, 0.999, 3723.5, 86399.99)] == ["00:00:00", "00:00:74", "62:03:37", "1439:59:74"]
