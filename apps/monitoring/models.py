"""Long recordings and what was heard in them: cue sheets, corrections, watchlists, plays a day.

Everything here belongs to one organisation. What a cue tells of a registered track of somebody else is a copy of what
its owner published when the recording was listened to.
"""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.tenancy.fields import TenantForeignKey
from apps.tenancy.models import TenantModel


class SourceKind(models.TextChoices):
    RADIO = "radio", _("Radio")
    TELEVISION = "television", _("Television")
    STREAM = "stream", _("Stream")
    DJ_SET = "dj_set", _("DJ sets")
    VENUE = "venue", _("Venue")
    OTHER = "other", _("Other")


class Origin(models.TextChoices):
    UPLOAD = "upload", _("Uploaded")
    API = "api", _("Sent by a program")
    FOLDER = "folder", _("From a watched folder")


class LongRecordingState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Being listened to")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


OPEN_RECORDING_STATES = (LongRecordingState.QUEUED, LongRecordingState.RUNNING)


class ChunkState(models.TextChoices):
    HEARD = "heard", _("Listened to")
    SILENT = "silent", _("Silent")


class CueState(models.TextChoices):
    FOUND = "found", _("Recognised")
    CONFIRMED = "confirmed", _("Confirmed")
    CORRECTED = "corrected", _("Corrected")
    ADDED = "added", _("Added by hand")
    REMOVED = "removed", _("Removed")
    GONE = "gone", _("No longer heard")


STANDING = (CueState.FOUND, CueState.CONFIRMED, CueState.CORRECTED, CueState.ADDED)


class CorrectionKind(models.TextChoices):
    CONFIRMED = "confirmed", _("Confirmed")
    EDITED = "edited", _("Corrected")
    ADDED = "added", _("Added")
    REMOVED = "removed", _("Removed")


class WatchKind(models.TextChoices):
    TRACK = "track", _("Track")
    ARTIST = "artist", _("Artist")
    LABEL = "label", _("Label")


class MonitoringSource(TenantModel):
    """Where long recordings come from: a station, a stream, a venue. Its time zone says when a day begins."""

    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=12, choices=SourceKind.choices, default=SourceKind.RADIO)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    archived_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "name"], name="monitoring_source_once"),
        ]

    def __str__(self) -> str:
        return self.name


class WatchedFolder(TenantModel):
    """A prefix of a bucket (or a folder of local storage, when ``bucket`` is empty) whose recordings are fetched.

    ``prefix`` is what the organisation typed; where it lies in the bucket is ``services.folders``' business.
    """

    source = TenantForeignKey(MonitoringSource, models.CASCADE, related_name="folders", verbose_name=_("source"))
    bucket = models.CharField(_("bucket"), max_length=100, blank=True)
    prefix = models.CharField(_("prefix"), max_length=500, blank=True)
    enabled = models.BooleanField(_("watch it"), default=True)
    checked_at = models.DateTimeField(null=True, editable=False)
    error = models.TextField(blank=True, editable=False)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["created_at"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "bucket", "prefix"], name="monitoring_folder_once"),
        ]

    def __str__(self) -> str:
        return f"{self.bucket}/{self.prefix}"


class LongRecording(TenantModel):
    """One long recording, from its arrival to its cue sheet. ``deleted_at`` hides a deleted one until it is purged."""

    source = TenantForeignKey(
        MonitoringSource, models.SET_NULL, null=True, blank=True, related_name="recordings", verbose_name=_("source")
    )
    title = models.CharField(_("title"), max_length=300)
    started_at = models.DateTimeField(_("began on air"), null=True, blank=True)
    origin = models.CharField(max_length=8, choices=Origin.choices, default=Origin.UPLOAD)
    filename = models.CharField(max_length=255, blank=True)
    storage_key = models.CharField(max_length=300, blank=True)
    size_bytes = models.BigIntegerField(default=0)
    container = models.CharField(max_length=20, blank=True)
    duration_s = models.FloatField(null=True)
    state = models.CharField(max_length=12, choices=LongRecordingState.choices, default=LongRecordingState.QUEUED)
    job = TenantForeignKey("jobs.Job", models.SET_NULL, null=True, related_name="+")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    listening_number = models.PositiveIntegerField(null=True, help_text="place in the registry that it searches from")
    compared_with = models.PositiveIntegerField(default=0, help_text="recordings in the registry at that moment")
    extractor_version = models.CharField(max_length=60, blank=True)
    matcher_version = models.CharField(max_length=60, blank=True)
    threshold = models.FloatField(null=True, help_text="largest chance probability that makes a cue")
    figures = models.JSONField(default=dict, help_text="seconds spent in each step")
    outline = models.BinaryField(default=b"", help_text="lowest and highest sample of each stretch as pairs of int8")
    outline_points_per_s = models.FloatField(default=0.0)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.TextField(blank=True)
    listened_from = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-created_at"], name="monitoring_rec_recent"),
            models.Index(fields=["organisation", "source", "-started_at"], name="monitoring_rec_source"),
        ]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_RECORDING_STATES

    @property
    def on_air(self) -> datetime:
        """When it began: on air, or else when it arrived."""
        return self.started_at or self.created_at

    def on_air_at(self, seconds: float) -> datetime:
        """The time of day of a second of the recording."""
        return self.on_air + timedelta(seconds=seconds)

    def __str__(self) -> str:
        return self.title


class FetchedObject(TenantModel):
    """An object of a watched folder that was taken, so that it is never taken again in the same version."""

    folder = TenantForeignKey(WatchedFolder, models.CASCADE, related_name="objects_seen")
    key = models.CharField(max_length=1024)
    version = models.CharField(max_length=200, help_text="changes with the content: ETag, or size and time")
    size_bytes = models.BigIntegerField(default=0)
    recording = TenantForeignKey(LongRecording, models.SET_NULL, null=True, related_name="fetched_from")

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "folder", "key", "version"], name="monitoring_fetched_once"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class RecordingChunk(TenantModel):
    """A few minutes of a recording that were listened to: what was found there, so that nothing is done twice."""

    recording = TenantForeignKey(LongRecording, models.CASCADE, related_name="chunks")
    index = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=ChunkState.choices, default=ChunkState.HEARD)
    start_s = models.FloatField()
    end_s = models.FloatField()
    result = models.JSONField(default=list, help_text="stretches that were found, times of the whole recording")
    outline = models.BinaryField(default=b"")

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["index"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "recording", "index"], name="monitoring_chunk_once"),
        ]

    def __str__(self) -> str:
        return f"{self.start_s:.0f}–{self.end_s:.0f} s"


class Cue(TenantModel):
    """A stretch of a recording and the registered track that is heard there. Times in seconds.

    ``original`` keeps what the recogniser said; empty for cues added by hand. ``tempo_ratio`` above 1: the broadcast is
    faster; ``pitch_semitones`` above 0: it is higher.
    """

    recording = TenantForeignKey(LongRecording, models.CASCADE, related_name="cues")
    state = models.CharField(max_length=10, choices=CueState.choices, default=CueState.FOUND)
    start_s = models.FloatField(_("from"))
    end_s = models.FloatField(_("to"))
    ref_start_s = models.FloatField(_("from, in the track"), null=True, blank=True)
    ref_end_s = models.FloatField(_("to, in the track"), null=True, blank=True)
    title = models.CharField(_("title"), max_length=500)
    artist = models.CharField(_("artist"), max_length=500, blank=True)
    label = models.CharField(_("label"), max_length=200, blank=True)
    contact = models.CharField(max_length=254, blank=True)
    track = TenantForeignKey(
        "catalog.Track", models.SET_NULL, null=True, blank=True, related_name="cues", help_text="only when it is ours"
    )
    already_ours = models.BooleanField(default=False)
    registered = models.BooleanField(default=False)
    entry_number = models.PositiveIntegerField(null=True, help_text="the track's number in the registry")
    pair_id = models.UUIDField(null=True, help_text="names this recording and the track to both sides' functions")
    shares_excerpts = models.BooleanField(default=False)
    ref_duration_s = models.FloatField(null=True)
    tempo_ratio = models.FloatField(null=True)
    pitch_semitones = models.FloatField(null=True)
    score = models.FloatField(null=True, help_text="evidence in nepers")
    chance_probability = models.FloatField(
        null=True, help_text="probability that the whole recording scores as high anywhere by chance"
    )
    versions = models.JSONField(default=dict)
    original = models.JSONField(default=dict)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["start_s", "end_s"]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "recording", "start_s"], name="monitoring_cue_order"),
            models.Index(fields=["organisation", "track"], name="monitoring_cue_track"),
        ]

    @property
    def seconds(self) -> float:
        return self.end_s - self.start_s

    @property
    def by_hand(self) -> bool:
        return not self.original

    def __str__(self) -> str:
        return f"{self.start_s:.0f}–{self.end_s:.0f} s {self.title}"


class CueCorrection(TenantModel):
    """What a person did to a cue: the values before and after. Never changed; undoing it is recorded on it."""

    cue = TenantForeignKey(Cue, models.CASCADE, related_name="corrections")
    kind = models.CharField(max_length=10, choices=CorrectionKind.choices)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return self.kind


class WatchList(TenantModel):
    """Which registered tracks are looked out for. ``own_tracks``: all of one's own, without naming them."""

    name = models.CharField(_("name"), max_length=200)
    own_tracks = models.BooleanField(_("all of our own tracks"), default=False)
    alert = models.BooleanField(_("notify at once"), default=True)
    digest = models.BooleanField(_("in the daily digest"), default=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["created_at"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "name"], name="monitoring_watchlist_once"),
        ]

    def __str__(self) -> str:
        return self.name


class WatchItem(TenantModel):
    """One thing on a watchlist: a registered track (by number, or one of our own), an artist or a label by name."""

    watchlist = TenantForeignKey(WatchList, models.CASCADE, related_name="items")
    kind = models.CharField(_("kind"), max_length=8, choices=WatchKind.choices)
    name = models.CharField(_("name"), max_length=500)
    name_key = models.CharField(max_length=1000, editable=False)
    track = TenantForeignKey("catalog.Track", models.CASCADE, null=True, blank=True, related_name="+")
    entry_number = models.PositiveIntegerField(null=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["kind", "name_key"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "watchlist", "kind", "name_key"], name="monitoring_watchitem_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Alert(TenantModel):
    """A watched track was heard: one for each cue and list. ``mailed_at``: the digest that told it."""

    watchlist = TenantForeignKey(WatchList, models.CASCADE, related_name="alerts")
    cue = TenantForeignKey(Cue, models.CASCADE, related_name="alerts")
    mailed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "watchlist", "cue"], name="monitoring_alert_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organisation"], name="monitoring_alert_due", condition=models.Q(mailed_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.watchlist_id} {self.cue_id}"


class DayCount(TenantModel):
    """How often and how long a track was heard on one day of one source. Made from the cues that stand."""

    day = models.DateField()
    source = TenantForeignKey(MonitoringSource, models.CASCADE, null=True, related_name="day_counts")
    track = TenantForeignKey("catalog.Track", models.SET_NULL, null=True, related_name="+")
    track_key = models.CharField(max_length=200, help_text="which track: see services.counting")
    title = models.CharField(max_length=500)
    artist = models.CharField(max_length=500, blank=True)
    label = models.CharField(max_length=200, blank=True)
    already_ours = models.BooleanField(default=False)
    plays = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0.0)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-day"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "day", "source", "track_key"],
                nulls_distinct=False,
                name="monitoring_daycount_once",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["organisation", "day"], name="monitoring_daycount_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.title} {self.plays}"
