"""Copyright checks and what follows from them: matches with evidence, decisions, registrations, certificates.

Everything here belongs to one organisation. What a match tells of the other side is a copy of what that side had
published when the match was made; no key points across organisations.
"""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.tenancy.fields import TenantForeignKey
from apps.tenancy.models import TenantModel


class CheckState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Checking")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


OPEN_CHECK_STATES = (CheckState.QUEUED, CheckState.RUNNING)


class Verdict(models.TextChoices):
    """The answer of a check. Similarity to other labels' recordings only; nothing about rights follows from it."""

    CLEAR = "clear", _("Nothing similar found")
    CONFLICT = "conflict", _("Similar recordings found")


class Direction(models.TextChoices):
    OUTGOING = "outgoing", _("Found by our check")
    INCOMING = "incoming", _("Found by another label's check")


class MatchKind(models.TextChoices):
    SAME_RECORDING = "same_recording", _("Same recording")
    EXCERPT = "excerpt", _("Excerpt")
    ALTERED = "altered", _("Altered")


class Alteration(models.TextChoices):
    """How our recording differs from the other one."""

    FASTER = "faster", _("faster")
    SLOWER = "slower", _("slower")
    HIGHER = "higher", _("transposed up")
    LOWER = "lower", _("transposed down")


class MatchState(models.TextChoices):
    OPEN = "open", _("Open")
    OWN_OR_LICENSED = "own_or_licensed", _("Own or licensed")
    DISPUTED = "disputed", _("Disputed")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    SUPERSEDED = "superseded", _("Replaced by a newer check")


class DecisionKind(models.TextChoices):
    OWN_OR_LICENSED = "own_or_licensed", _("Own or licensed")
    DISPUTE = "dispute", _("Dispute")
    WITHDRAW = "withdraw", _("Withdraw our track")


class RegistrationState(models.TextChoices):
    REGISTERED = "registered", _("Registered")
    DISPUTED = "disputed", _("Disputed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class RegistrationBasis(models.TextChoices):
    CLEAR = "clear", _("Nothing similar found")
    OWN_OR_LICENSED = "own_or_licensed", _("Own or licensed, with a reason on record")


class EvidenceKind(models.TextChoices):
    OWN_SPECTROGRAM = "own_spectrogram", _("Spectrum of our recording")
    OTHER_SPECTROGRAM = "other_spectrogram", _("Spectrum of the other recording")
    OTHER_EXCERPT = "other_excerpt", _("Matching stretch of the other recording")
    LANDMARKS = "landmarks", _("Matching landmarks")


class Check(TenantModel):
    """One copyright check of one recording against the registry."""

    track = TenantForeignKey("catalog.Track", models.CASCADE, related_name="checks")
    asset = TenantForeignKey("catalog.AudioAsset", models.CASCADE, related_name="checks")
    job = TenantForeignKey("jobs.Job", models.SET_NULL, null=True, related_name="+")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=12, choices=CheckState.choices, default=CheckState.QUEUED)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True)
    entry_number = models.PositiveIntegerField(null=True, help_text="our place in the registry")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the stored fingerprint")
    compared_with = models.PositiveIntegerField(default=0, help_text="recordings in the registry at that moment")
    extractor_version = models.CharField(max_length=20, blank=True)
    matcher_version = models.CharField(max_length=20, blank=True)
    threshold = models.FloatField(null=True, help_text="largest chance probability that counts as a match")
    figures = models.JSONField(default=dict, help_text="seconds spent in each step")
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.TextField(blank=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-created_at"], name="rights_check_recent"),
            models.Index(fields=["organisation", "track", "-created_at"], name="rights_check_of_track"),
        ]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_CHECK_STATES

    def __str__(self) -> str:
        return f"{self.state} {self.verdict}".strip()


class Match(TenantModel):
    """Our track and another recording share sound.

    ``pair_id`` names the two recordings on both sides; it is random and leads nowhere without the registry. All
    ``other_*`` fields are what the other side had published.
    """

    track = TenantForeignKey("catalog.Track", models.CASCADE, related_name="matches")
    check_run = TenantForeignKey(
        Check, models.CASCADE, null=True, related_name="matches", help_text="the check that found it; ours only"
    )
    pair_id = models.UUIDField()
    direction = models.CharField(max_length=10, choices=Direction.choices)
    state = models.CharField(max_length=16, choices=MatchState.choices, default=MatchState.OPEN)
    other_state = models.CharField(max_length=16, choices=MatchState.choices, default=MatchState.OPEN)

    already_ours = models.BooleanField(default=False, help_text="the other recording is in our own catalogue")
    other_track = TenantForeignKey(
        "catalog.Track", models.SET_NULL, null=True, related_name="+", help_text="only when it is ours"
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
    score = models.FloatField(help_text="evidence in nepers")
    chance_probability = models.FloatField(help_text="probability that a search without a true match scores as high")
    tempo_ratio = models.FloatField(help_text="seconds of the other recording to one of ours; above 1: ours is faster")
    pitch_semitones = models.FloatField(help_text="above 0: ours sounds higher")
    own_share = models.FloatField(help_text="part of our recording that is covered, 0–1")
    other_share = models.FloatField(help_text="part of the other recording that is covered, 0–1")

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "pair_id"], name="rights_match_once_per_pair"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "state", "-created_at"], name="rights_match_open"),
            models.Index(fields=["organisation", "track"], name="rights_match_of_track"),
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
    tempo_ratio = models.FloatField()
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


class Decision(TenantModel):
    """What a member decided about a match, and why. Never changed; undoing it is recorded on it."""

    match = TenantForeignKey(Match, models.CASCADE, related_name="decisions")
    kind = models.CharField(max_length=16, choices=DecisionKind.choices)
    reason = models.TextField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    previous_state = models.CharField(max_length=16, choices=MatchState.choices)
    previous_track_status = models.CharField(max_length=16)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return self.kind


class Registration(TenantModel):
    """A track's place in the registry, from the day the label registered it."""

    track = TenantForeignKey("catalog.Track", models.CASCADE, related_name="registrations")
    check_run = TenantForeignKey(Check, models.CASCADE, related_name="registrations")
    state = models.CharField(max_length=12, choices=RegistrationState.choices, default=RegistrationState.REGISTERED)
    basis = models.CharField(max_length=16, choices=RegistrationBasis.choices)
    reason = models.TextField(blank=True, help_text="why it was registered although something similar was found")
    entry_number = models.PositiveIntegerField()
    registered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    registered_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-registered_at"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "track"],
                condition=~models.Q(state=RegistrationState.WITHDRAWN),
                name="rights_registration_once",
            ),
        ]

    def __str__(self) -> str:
        return f"№ {self.entry_number} {self.state}"


class Certificate(TenantModel):
    """What anybody may verify of a registration, by its code."""

    registration = TenantForeignKey(Registration, models.CASCADE, related_name="certificates")
    code = models.CharField(max_length=24)
    sha256 = models.CharField(max_length=64, help_text="of the recording as uploaded")
    digest = models.CharField(max_length=64, help_text="of its fingerprint")
    registrant_name = models.CharField(max_length=200)
    title = models.CharField(max_length=500)
    artist = models.CharField(max_length=500, blank=True)
    duration_s = models.FloatField()
    issued_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-issued_at"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "code"], name="rights_certificate_code"),
        ]
        # Found across organisations by its code of 80 random bits, through a function of the registry role.
        indexes: ClassVar = [models.Index(fields=["code"], name="rights_certificate_lookup")]

    def __str__(self) -> str:
        return self.code
