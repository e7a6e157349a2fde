"""The demo's broadcast: one, however often the demo is made."""

from types import SimpleNamespace

import pytest

from apps.monitoring.models import Alert, Cue, LongRecording, WatchList
from apps.portal.demo_monitoring import BROADCASTS, listen_to_broadcast
from apps.tenancy.context import bind
from tests.factories_catalog import audio_bytes
from tests.integration.monitoring.helpers import label, registered, song

pytestmark = pytest.mark.django_db


def test_the_demo_has_one_broadcast_with_its_cue_sheet(tmp_path):
    ours = label("Ours")
    registered(ours, song(1, 40.0), "Own song")
    path = tmp_path / "mix.wav"
    path.write_bytes(audio_bytes(song(1, 40.0)))
    with bind(ours.id):
        owner = ours.memberships.get().user_id
    for _ in range(2):
        listen_to_broadcast((ours.id, owner, BROADCASTS[0], SimpleNamespace(path=path)))
    with bind(ours.id):
        recording = LongRecording.objects.get()
        assert (recording.state, recording.source.name) == ("done", "Radio Parlour (demo)")
        assert [(cue.title, cue.state) for cue in Cue.objects.all()] == [("Own song", "confirmed")]
        assert sorted(WatchList.objects.values_list("name", flat=True)) == [
            "Ceilidh Recordings on the air",
            "Our own tracks",
        ]
        assert [alert.watchlist.name for alert in Alert.objects.all()] == ["Our own tracks"]
