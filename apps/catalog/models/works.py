"""Works: compositions as they are written, apart from any recording of them, and the scores behind them."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.catalog import iswc
from apps.catalog.models.common import HistoryLine, KeptFile, TrackStatus
from apps.catalog.models.tracks import TITLE_LENGTH, Artist
from apps.catalog.rejections import score_message
from apps.tenancy.fields import TenantForeignKey, TenantOneToOneField
from apps.tenancy.models import TenantModel


class WorkRole(models.TextChoices):
    COMPOSER = "composer", _("Composer")
    LYRICIST = "lyricist", _("Lyricist")
    ARRANGER = "arranger", _("Arranger")


class ScoreFormat(models.TextChoices):
    MIDI = "midi", "MIDI"
    MUSICXML = "musicxml", "MusicXML"


class Work(TenantModel):
    """One composition as the catalogue knows it.

    Its status goes the same way as a track's and is changed by ``services.transition_work`` only. ``typed_fields``
    names what a person has entered: what the file says never overwrites those. ``deleted_at`` hides a deleted work
    until it is restored or purged.
    """

    title = models.CharField(_("title"), max_length=TITLE_LENGTH)
    subtitle = models.CharField(_("subtitle"), max_length=TITLE_LENGTH, blank=True)
    iswc = models.CharField(_("ISWC"), max_length=iswc.LENGTH, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=TrackStatus.choices, default=TrackStatus.DRAFT)
    notes = models.TextField(_("notes"), blank=True)
    # What the registry may show other organisations; empty means the title and the composers as they are.
    public_title = models.CharField(_("public title"), max_length=TITLE_LENGTH, blank=True)
    public_composer = models.CharField(_("public composer"), max_length=TITLE_LENGTH, blank=True)
    composer_line = models.CharField(max_length=1000, blank=True, editable=False)
    search_text = models.TextField(blank=True, editable=False)
    typed_fields = ArrayField(models.CharField(max_length=40), default=list, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "iswc"],
                name="catalog_work_iswc_once",
                condition=Q(deleted_at__isnull=True) & ~Q(iswc=""),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-created_at", "-id"], name="catalog_work_recent"),
            models.Index(fields=["organisation", "status", "-created_at"], name="catalog_work_status"),
            models.Index(fields=["deleted_at"], name="catalog_work_deleted", condition=Q(deleted_at__isnull=False)),
        ]

    @property
    def full_title(self) -> str:
        """The title with its subtitle in brackets."""
        return f"{self.title} ({self.subtitle})" if self.subtitle else self.title

    @property
    def shown_title(self) -> str:
        """What other organisations may read as the title."""
        return self.public_title or self.full_title

    @property
    def shown_artist(self) -> str:
        """What other organisations may read as the composers."""
        return self.public_composer or self.composer_line

    @property
    def iswc_display(self) -> str:
        return iswc.format_iswc(self.iswc)

    def __str__(self) -> str:
        return self.full_title


class WorkCredit(TenantModel):
    """Who wrote what of a work."""

    work = TenantForeignKey(Work, models.CASCADE, related_name="credits")
    artist = TenantForeignKey(Artist, models.PROTECT, related_name="work_credits")
    role = models.CharField(_("role"), max_length=12, choices=WorkRole.choices, default=WorkRole.COMPOSER)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "work", "artist", "role"], name="catalog_workcredit_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["organisation", "artist"], name="catalog_workcredit_artist")]

    def __str__(self) -> str:
        return f"{self.artist} ({self.get_role_display()})"


class ScoreFile(KeptFile):
    """The score of a work: one file in storage and what a worker read in it.

    A work has one current score; replaced ones keep ``deleted_at``. ``sha256`` is empty for files that could not be
    kept (zero bytes, too large). ``facts`` is what the file says of itself: title, composers, parts.
    """

    work = TenantForeignKey(Work, models.CASCADE, related_name="scores")
    format = models.CharField(max_length=12, choices=ScoreFormat.choices, blank=True)
    note_count = models.PositiveIntegerField(null=True)
    melody_note_count = models.PositiveIntegerField(null=True)
    bar_count = models.PositiveIntegerField(null=True)
    duration_s = models.FloatField(null=True)
    facts = models.JSONField(default=dict)
    read_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "sha256"],
                name="catalog_scorefile_content_once",
                condition=Q(deleted_at__isnull=True) & ~Q(sha256=""),
            ),
            models.UniqueConstraint(
                fields=["organisation", "work"],
                name="catalog_scorefile_current_once",
                condition=Q(deleted_at__isnull=True),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["organisation", "work"], name="catalog_score_work")]

    @property
    def error_message(self) -> str:
        """Why the file can't be used and what to do, in the reader's language."""
        return score_message(self.error_code, self.error_params)


class ScoreContent(TenantModel):
    """What was read in a score: all its notes for drawing, and the melody that is compared.

    ``drawing`` is the JSON form of ``apps.core.score_drawing.Drawing``; ``melody`` is ``ml``'s ``Melody.to_bytes()``.
    """

    score = TenantOneToOneField(ScoreFile, models.CASCADE, related_name="content")
    drawing = models.JSONField(default=dict)
    melody = models.BinaryField()

    def __str__(self) -> str:
        return f"Content of {self.score_id}"


class WorkEventKind(models.TextChoices):
    CREATED = "created", _("Created")
    UPLOADED = "uploaded", _("Score uploaded")
    REPLACED = "replaced", _("Score replaced")
    READ = "read", _("Score read")
    REJECTED = "rejected", _("Score can't be used")
    EDITED = "edited", _("Details changed")
    STATUS = "status", _("Status changed")
    DELETED = "deleted", _("Deleted")
    RESTORED = "restored", _("Restored")


class WorkEvent(HistoryLine):
    """One line of a work's history; written once, never changed."""

    work = TenantForeignKey(Work, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=WorkEventKind.choices)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "work", "-created_at"], name="catalog_workevent_recent")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.work_id}"
