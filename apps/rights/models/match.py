"""Matches, their aligned stretches, and the files that show them."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.rights.models.check import Check
from apps.rights.models.choices import Alteration, Direction, EvidenceKind, Facet, MatchKind, MatchState, SubjectKind
from apps.rights.models.subject import ONE_SUBJECT, OfSubject
from apps.tenancy.fields import TenantForeignKey
from apps.tenancy.models import TenantModel


class Match(OfSubject, TenantModel):
    """Ours and something else in the registry are alike in one facet: sound, music or melody.

    ``pair_id`` names the two on both sides; it is random and leads nowhere without the registry. All ``other_*``
    fields are what the other side had published. ``detail`` is what a page draws and explains; times of works are
    seconds at the tempo that the score asks for.
    """

    track = TenantForeignKey("catalog.Track", models.CASCADE, null=True, related_name="matches")
    work = TenantForeignKey("catalog.Work", models.CASCADE, null=True, related_name="matches")
    check_run = TenantForeignKey(
        Check, models.CASCADE, null=True, related_name="matches", help_text="the check that found it; ours only"
    )
    pair_id = models.UUIDField()
    facet = models.CharField(max_length=10, choices=Facet.choices, default=Facet.RECORDING)
    direction = models.CharField(max_length=10, choices=Direction.choices)
    state = models.CharField(max_length=16, choices=MatchState.choices, default=MatchState.OPEN)
    other_state = models.CharField(max_length=16, choices=MatchState.choices, default=MatchState.OPEN)

    already_ours = models.BooleanField(default=False, help_text="the other one is in our own catalogue")
    other_kind = models.CharField(max_length=10, choices=SubjectKind.choices, default=SubjectKind.RECORDING)
    other_track = TenantForeignKey(
        "catalog.Track", models.SET_NULL, null=True, related_name="+", help_text="only when it is ours"
    )
    other_work = TenantForeignKey(
        "catalog.Work", models.SET_NULL, null=True, related_name="+", help_text="only when it is ours"
    )
    other_title = models.CharField(max_length=500)
    other_artist = models.CharField(max_length=500, blank=True)
    other_organisation = models.CharField(max_length=200)
    other_contact = models.CharField(max_length=254, blank=True)
    other_registered = models.BooleanField(default=False, help_text="registered, not only claimed by a check")
    other_shares_excerpts = models.BooleanField(default=False)
    other_duration_s = models.FloatField()

    kind = models.CharField(max_length=16, choices=MatchKind.choices)
    alterations = ArrayField(models.CharField(max_length=10, choices=Alteration.choices), default=list)
    score = models.FloatField(help_text="evidence; comparable within a facet and version")
    chance_probability = models.FloatField(help_text="probability that a search without a true match scores as high")
    tempo_ratio = models.FloatField(
        null=True, help_text="seconds of the other to one of ours; above 1: ours is faster; none: unknown"
    )
    pitch_semitones = models.FloatField(help_text="above 0: ours sounds higher")
    own_share = models.FloatField(help_text="part of ours that is covered, 0–1")
    other_share = models.FloatField(help_text="part of the other that is covered, 0–1")
    version = models.CharField(max_length=60, blank=True, help_text="of the model and calibration that found it")
    threshold = models.FloatField(null=True, help_text="largest chance probability that counted as a match")
    detail = models.JSONField(default=dict, help_text="aligned notes or chroma, and how the evidence adds up")

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "pair_id", "facet"], name="rights_match_once_per_facet"),
            models.CheckConstraint(condition=ONE_SUBJECT, name="rights_match_one_subject"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "state", "-created_at"], name="rights_match_open"),
            models.Index(fields=["organisation", "track"], name="rights_match_of_track"),
            models.Index(fields=["organisation", "work"], name="rights_match_of_work"),
        ]

    @property
    def is_conflict(self) -> bool:
        """Whether it stands in the way of registering: found by our check, with another organisation."""
        return self.direction == Direction.OUTGOING and not self.already_ours and self.state != MatchState.SUPERSEDED

    def __str__(self) -> str:
        return f"{self.kind} {self.other_title}"


class MatchSegment(TenantModel):
    """One aligned stretch. Times in seconds to 0.1 s."""

    match = TenantForeignKey(Match, models.CASCADE, related_name="segments")
    position = models.PositiveSmallIntegerField(help_text="0 is the strongest")
    own_start_s = models.FloatField()
    own_end_s = models.FloatField()
    other_start_s = models.FloatField()
    other_end_s = models.FloatField()
    tempo_ratio = models.FloatField(null=True)
    pitch_semitones = models.FloatField()
    confidence = models.FloatField(help_text="0–1")
    score = models.FloatField()

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "match", "position"], name="rights_segment_position"),
        ]

    def __str__(self) -> str:
        return f"{self.own_start_s:.1f}–{self.own_end_s:.1f} s"


class EvidenceFile(TenantModel):
    """A stored file that shows or lets hear one segment.

    It covers ``start_s`` to ``end_s`` of its side's recording. Landmarks are JSON:
    ``{"points": [[own_s, own_hz, other_s, other_hz], …], "min_hz": …, "max_hz": …}``.
    """

    match = TenantForeignKey(Match, models.CASCADE, related_name="evidence")
    segment = TenantForeignKey(MatchSegment, models.CASCADE, related_name="evidence")
    kind = models.CharField(max_length=20, choices=EvidenceKind.choices)
    storage_key = models.CharField(max_length=300)
    media_type = models.CharField(max_length=60)
    size_bytes = models.PositiveBigIntegerField()
    start_s = models.FloatField()
    end_s = models.FloatField()

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["created_at"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "segment", "kind"], name="rights_evidence_once"),
        ]

    def __str__(self) -> str:
        return self.kind
