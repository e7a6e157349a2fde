"""What the API says of long recordings."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.jobs.api import JobSerializer, job_url
from apps.monitoring.models import (
    Alert,
    Cue,
    CueState,
    LongRecording,
    LongRecordingState,
    MonitoringSource,
    Origin,
    SourceKind,
    WatchItem,
    WatchKind,
    WatchList,
)
from apps.monitoring.selectors import sureness

SURENESS = [("", ""), ("likely", _("likely")), ("possible", _("possible")), ("unsure", _("unsure"))]


class SourceSerializer(serializers.Serializer[MonitoringSource]):
    """Where long recordings come from."""

    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(choices=SourceKind.choices, default=SourceKind.RADIO)
    time_zone = serializers.CharField(max_length=64, default="UTC", help_text=_("Such as Europe/Berlin."))


class LongRecordingSerializer(serializers.Serializer[LongRecording]):
    """One long recording and how far it is."""

    id = serializers.UUIDField(read_only=True)
    url = serializers.SerializerMethodField()
    title = serializers.CharField(read_only=True)
    source = serializers.UUIDField(source="source_id", read_only=True, allow_null=True)  # type: ignore[assignment]
    started_at = serializers.DateTimeField(read_only=True, allow_null=True)
    origin = serializers.ChoiceField(choices=Origin.choices, read_only=True)
    filename = serializers.CharField(read_only=True)
    size_bytes = serializers.IntegerField(read_only=True)
    duration_s = serializers.FloatField(read_only=True, allow_null=True)
    state = serializers.ChoiceField(choices=LongRecordingState.choices, read_only=True)
    job_url = serializers.SerializerMethodField()
    compared_with = serializers.IntegerField(read_only=True)
    extractor_version = serializers.CharField(read_only=True)
    matcher_version = serializers.CharField(read_only=True)
    error_code = serializers.CharField(read_only=True)
    error_message = serializers.CharField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    finished_at = serializers.DateTimeField(read_only=True, allow_null=True)

    def get_url(self, recording: LongRecording) -> str:
        return reverse("api:monitoring_recording", kwargs={"recording_id": recording.id})

    def get_job_url(self, recording: LongRecording) -> str | None:
        return job_url(recording.job) if recording.job else None


class LongUploadSerializer(serializers.Serializer[Any]):
    """A long recording to listen to."""

    file = serializers.FileField(allow_empty_file=True)
    title = serializers.CharField(required=False, allow_blank=True, max_length=300)
    source = serializers.UUIDField(required=False, allow_null=True)  # type: ignore[assignment]
    started_at = serializers.DateTimeField(required=False, allow_null=True, help_text=_("When it began on air."))


class LongRecordingResultSerializer(serializers.Serializer[Any]):
    """A recording that was received, and the job that listens to it."""

    recording = LongRecordingSerializer(read_only=True)
    job = JobSerializer(read_only=True, allow_null=True)


class RecordingChangeSerializer(serializers.Serializer[Any]):
    title = serializers.CharField(required=False, max_length=300)
    source = serializers.UUIDField(required=False, allow_null=True)  # type: ignore[assignment]
    started_at = serializers.DateTimeField(required=False, allow_null=True)


class CueSerializer(serializers.Serializer[Cue]):
    """What is heard from when to when. The other side only as it publishes itself."""

    id = serializers.UUIDField(read_only=True)
    url = serializers.SerializerMethodField()
    recording = serializers.UUIDField(source="recording_id", read_only=True)
    state = serializers.ChoiceField(choices=CueState.choices, read_only=True)
    from_s = serializers.FloatField(source="start_s", read_only=True)
    to_s = serializers.FloatField(source="end_s", read_only=True)
    track_from_s = serializers.FloatField(source="ref_start_s", read_only=True, allow_null=True)
    track_to_s = serializers.FloatField(source="ref_end_s", read_only=True, allow_null=True)
    title = serializers.CharField(read_only=True)
    artist = serializers.CharField(read_only=True)
    label = serializers.CharField(read_only=True)  # type: ignore[assignment]
    contact = serializers.CharField(read_only=True)
    ours = serializers.BooleanField(source="already_ours", read_only=True)
    track = serializers.UUIDField(source="track_id", read_only=True, allow_null=True)
    registry_number = serializers.IntegerField(source="entry_number", read_only=True, allow_null=True)
    tempo_ratio = serializers.FloatField(read_only=True, allow_null=True, help_text=_("Above 1: played faster."))
    pitch_semitones = serializers.FloatField(read_only=True, allow_null=True, help_text=_("Above 0: played higher."))
    sureness = serializers.SerializerMethodField()
    chance_probability = serializers.FloatField(
        read_only=True,
        allow_null=True,
        help_text=_("Probability that anything in the whole recording scores as high by chance."),
    )
    changed_at = serializers.DateTimeField(read_only=True, allow_null=True)

    def get_url(self, cue: Cue) -> str:
        return reverse("api:monitoring_cue", kwargs={"cue_id": cue.id})

    @extend_schema_field(serializers.ChoiceField(choices=SURENESS))
    def get_sureness(self, cue: Cue) -> str:
        return sureness(cue.chance_probability)


class CueInputSerializer(serializers.Serializer[Any]):
    """A cue as a person hears it: a track of yours, or names."""

    from_s = serializers.FloatField(min_value=0)
    to_s = serializers.FloatField(min_value=0)
    track = serializers.UUIDField(required=False, allow_null=True, help_text=_("One of your own tracks."))
    title = serializers.CharField(required=False, allow_blank=True, max_length=500)
    artist = serializers.CharField(required=False, allow_blank=True, max_length=500)
    label = serializers.CharField(required=False, allow_blank=True, max_length=200)  # type: ignore[assignment]


class WatchItemSerializer(serializers.Serializer[WatchItem]):
    """An artist or a label by name; a track of yours; or the track of a cue, whoever registered it."""

    id = serializers.UUIDField(read_only=True)
    kind = serializers.ChoiceField(choices=WatchKind.choices)
    name = serializers.CharField(required=False, allow_blank=True, max_length=500)
    track = serializers.UUIDField(source="track_id", required=False, allow_null=True)
    cue = serializers.UUIDField(required=False, allow_null=True, write_only=True)


class WatchListSerializer(serializers.Serializer[WatchList]):
    """Who and what is looked out for."""

    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(max_length=200)
    own_tracks = serializers.BooleanField(default=False)
    alert = serializers.BooleanField(default=True, help_text=_("Notify at once."))
    digest = serializers.BooleanField(default=True, help_text=_("In the daily digest."))
    items = WatchItemSerializer(many=True, read_only=True)


class AlertSerializer(serializers.Serializer[Alert]):
    """A watched track was heard."""

    id = serializers.UUIDField(read_only=True)
    watchlist = serializers.UUIDField(source="watchlist_id", read_only=True)
    cue = CueSerializer(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)


class PlaysQuerySerializer(serializers.Serializer[Any]):
    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)
    step = serializers.ChoiceField(choices=["day", "week", "month"], required=False, default="day")
    source = serializers.UUIDField(required=False)  # type: ignore[assignment]
    track_key = serializers.CharField(required=False, max_length=200)
    ours = serializers.BooleanField(required=False, default=False)


class PlayStepSerializer(serializers.Serializer[Any]):
    start = serializers.DateField(read_only=True)
    plays = serializers.IntegerField(read_only=True)
    seconds = serializers.FloatField(read_only=True)


class TrackPlaysSerializer(serializers.Serializer[Any]):
    """One track over the whole time."""

    track_key = serializers.CharField(read_only=True)
    title = serializers.CharField(read_only=True)
    artist = serializers.CharField(read_only=True)
    label = serializers.CharField(read_only=True)  # type: ignore[assignment]
    ours = serializers.BooleanField(source="already_ours", read_only=True)
    track = serializers.UUIDField(source="track_id", read_only=True, allow_null=True)
    plays = serializers.IntegerField(read_only=True)
    seconds = serializers.FloatField(read_only=True)
    last_day = serializers.DateField(read_only=True)


class SourcePlaysSerializer(serializers.Serializer[Any]):
    source = serializers.UUIDField(source="source_id", read_only=True, allow_null=True)  # type: ignore[assignment]
    name = serializers.CharField(read_only=True)
    plays = serializers.IntegerField(read_only=True)
    seconds = serializers.FloatField(read_only=True)
    tracks = serializers.IntegerField(read_only=True)


class PlaysSerializer(serializers.Serializer[Any]):
    """Plays over time, by track and by source."""

    steps = PlayStepSerializer(many=True, read_only=True)
    tracks = TrackPlaysSerializer(many=True, read_only=True)
    sources = SourcePlaysSerializer(many=True, read_only=True)
