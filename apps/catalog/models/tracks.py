"""Artists, releases, tracks, and the recordings behind them."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.catalog import isrc
from apps.catalog.models.common import HistoryLine, KeptFile, TrackStatus
from apps.catalog.rejections import rejection_message
from apps.tenancy.fields import TenantForeignKey, TenantOneToOneField
from apps.tenancy.models import TenantModel

TITLE_LENGTH = 500


class CreditRole(models.TextChoices):
    MAIN = "main", _("Main artist")
    FEATURED = "featured", _("Featured artist")
    REMIXER = "remixer", _("Remixer")
    COMPOSER = "composer", _("Composer")
    LYRICIST = "lyricist", _("Lyricist")
    PRODUCER = "producer", _("Producer")
    PERFORMER = "performer", _("Performer")


class Artist(TenantModel):
    """A performer, author or band, by the name under which it appears."""

    name = models.CharField(_("name"), max_length=300)
    name_key = models.CharField(max_length=600, editable=False)
    search_text = models.TextField(blank=True, editable=False)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["name_key"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "name_key"], name="catalog_artist_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Release(TenantModel):
    """An album, EP or single."""

    title = models.CharField(_("title"), max_length=TITLE_LENGTH)
    title_key = models.CharField(max_length=2 * TITLE_LENGTH, editable=False)
    artist = TenantForeignKey(
        Artist, models.SET_NULL, null=True, blank=True, related_name="releases", verbose_name=_("artist")
    )
    upc = models.CharField(_("UPC or EAN"), max_length=13, blank=True)
    release_date = models.DateField(_("release date"), null=True, blank=True)
    search_text = models.TextField(blank=True, editable=False)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "upc"], name="catalog_release_upc_once", condition=~Q(upc="")
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "title_key"], name="catalog_release_title"),
            models.Index(fields=["organisation", "artist"], name="catalog_release_artist"),
        ]

    def __str__(self) -> str:
        return self.title


class Track(TenantModel):
    """One recording as the catalogue knows it.

    ``typed_fields`` names what a person has entered: embedded tags never overwrite those. ``deleted_at`` hides a
    deleted track until it is restored or purged.
    """

    title = models.CharField(_("title"), max_length=TITLE_LENGTH)
    version = models.CharField(_("version"), max_length=200, blank=True)
    isrc = models.CharField(_("ISRC"), max_length=isrc.LENGTH, blank=True)
    release = TenantForeignKey(
        Release, models.SET_NULL, null=True, blank=True, related_name="tracks", verbose_name=_("release")
    )
    track_number = models.PositiveSmallIntegerField(_("track number"), null=True, blank=True)
    work = TenantForeignKey(
        "catalog.Work", models.SET_NULL, null=True, blank=True, related_name="recordings", verbose_name=_("work")
    )
    status = models.CharField(_("status"), max_length=12, choices=TrackStatus.choices, default=TrackStatus.DRAFT)
    notes = models.TextField(_("notes"), blank=True)
    # What the registry may show other organisations; empty means the title and the artists as they are.
    public_title = models.CharField(_("public title"), max_length=TITLE_LENGTH, blank=True)
    public_artist = models.CharField(_("public artist"), max_length=TITLE_LENGTH, blank=True)
    artist_line = models.CharField(max_length=1000, blank=True, editable=False)
    search_text = models.TextField(blank=True, editable=False)
    typed_fields = ArrayField(models.CharField(max_length=40), default=list, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "isrc"],
                name="catalog_track_isrc_once",
                condition=Q(deleted_at__isnull=True) & ~Q(isrc=""),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-created_at", "-id"], name="catalog_track_recent"),
            models.Index(fields=["organisation", "status", "-created_at"], name="catalog_track_status"),
            models.Index(fields=["organisation", "release", "track_number"], name="catalog_track_release"),
            models.Index(fields=["organisation", "work"], name="catalog_track_work", condition=Q(work__isnull=False)),
            models.Index(fields=["deleted_at"], name="catalog_track_deleted", condition=Q(deleted_at__isnull=False)),
        ]

    @property
    def full_title(self) -> str:
        """The title with its version in brackets."""
        return f"{self.title} ({self.version})" if self.version else self.title

    @property
    def shown_title(self) -> str:
        """What other organisations may read as the title."""
        return self.public_title or self.full_title

    @property
    def shown_artist(self) -> str:
        """What other organisations may read as the artist."""
        return self.public_artist or self.artist_line

    @property
    def isrc_display(self) -> str:
        return isrc.format_isrc(self.isrc)

    def __str__(self) -> str:
        return self.full_title


class TrackCredit(TenantModel):
    """Who did what on a track."""

    track = TenantForeignKey(Track, models.CASCADE, related_name="credits")
    artist = TenantForeignKey(Artist, models.PROTECT, related_name="credits")
    role = models.CharField(_("role"), max_length=12, choices=CreditRole.choices, default=CreditRole.MAIN)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "track", "artist", "role"], name="catalog_trackcredit_once"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["organisation", "artist"], name="catalog_credit_artist")]

    def __str__(self) -> str:
        return f"{self.artist} ({self.get_role_display()})"


class AudioAsset(KeptFile):
    """The recording of a track: one file in storage and what a worker heard in it.

    A track has one current asset; replaced ones keep ``deleted_at``. ``sha256`` is empty for files that could not be
    kept (zero bytes, too large), so that those are never taken for one another.
    """

    track = TenantForeignKey(Track, models.CASCADE, related_name="assets")
    preview_key = models.CharField(max_length=200, blank=True)
    container = models.CharField(max_length=20, blank=True)
    codec = models.CharField(max_length=40, blank=True)
    sample_rate_hz = models.PositiveIntegerField(null=True)
    channels = models.PositiveSmallIntegerField(null=True)
    channel_layout = models.CharField(max_length=40, blank=True)
    bit_depth = models.PositiveSmallIntegerField(null=True)
    bit_rate = models.PositiveIntegerField(null=True)
    duration_s = models.FloatField(null=True)
    loudness_lufs = models.FloatField(null=True)
    loudness_range_lu = models.FloatField(null=True)
    true_peak_dbtp = models.FloatField(null=True)
    tags = models.JSONField(default=dict)
    analysed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "sha256"],
                name="catalog_audioasset_content_once",
                condition=Q(deleted_at__isnull=True) & ~Q(sha256=""),
            ),
            models.UniqueConstraint(
                fields=["organisation", "track"],
                name="catalog_audioasset_current_once",
                condition=Q(deleted_at__isnull=True),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["organisation", "track"], name="catalog_asset_track")]

    @property
    def error_message(self) -> str:
        """Why the file can't be used and what to do, in the reader's language."""
        return rejection_message(self.error_code, self.error_params)


class AssetWaveform(TenantModel):
    """The outline of a recording for the player: lowest and highest sample of each stretch as pairs of int8."""

    asset = TenantOneToOneField(AudioAsset, models.CASCADE, related_name="waveform")
    sample_rate_hz = models.PositiveIntegerField()
    samples_per_point = models.PositiveIntegerField()
    data = models.BinaryField()

    def __str__(self) -> str:
        return f"Waveform of {self.asset_id}"


class EventKind(models.TextChoices):
    CREATED = "created", _("Created")
    UPLOADED = "uploaded", _("Recording uploaded")
    REPLACED = "replaced", _("Recording replaced")
    ANALYSED = "analysed", _("Recording analysed")
    REJECTED = "rejected", _("Recording can't be used")
    EDITED = "edited", _("Details changed")
    STATUS = "status", _("Status changed")
    DELETED = "deleted", _("Deleted")
    RESTORED = "restored", _("Restored")


class TrackEvent(HistoryLine):
    """One line of a track's history; written once, never changed."""

    track = TenantForeignKey(Track, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=EventKind.choices)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["organisation", "track", "-created_at"], name="catalog_event_track")]

    def __str__(self) -> str:
        return f"{self.kind} {self.track_id}"
