"""Cases between two organisations: frozen evidence, a thread, proposals, deadlines, files.

Each side has rows of its own. What one side sends is written into the other side's tables by functions of the
database, under the lock of a channel that neither side can read; ids never cross. ``reference`` and ``item`` are random
and the same on both sides.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.tenancy.fields import TenantForeignKey
from apps.tenancy.models import TenantModel


class CaseState(models.TextChoices):
    OPEN = "open", _("Open")
    IN_DISCUSSION = "in_discussion", _("In discussion")
    AGREED = "agreed", _("Agreed")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    CLOSED = "closed", _("Closed")


class Side(models.TextChoices):
    """Which side of the case we are: who opened it, or who was addressed."""

    OPENER = "opener", _("Opened by us")
    ANSWERER = "answerer", _("Opened by the other side")


class Origin(models.TextChoices):
    MATCH = "match", _("Match")
    CUE = "cue", _("Cue of a monitored recording")


class EntryKind(models.TextChoices):
    OPENED = "opened", _("Case opened")
    MESSAGE = "message", _("Message")
    NOTE = "note", _("Internal note")
    FILE = "file", _("File shared")
    PROPOSAL = "proposal", _("Proposal made")
    ACCEPTED = "accepted", _("Proposal accepted")
    PROPOSAL_DECLINED = "proposal_declined", _("Proposal declined")
    PROPOSAL_WITHDRAWN = "proposal_withdrawn", _("Proposal withdrawn")
    DEADLINE = "deadline", _("Deadline set")
    DEADLINE_MET = "deadline_met", _("Deadline met")
    DEADLINE_CANCELLED = "deadline_cancelled", _("Deadline cancelled")
    DEADLINE_MISSED = "deadline_missed", _("Deadline missed")
    DECLINED = "declined", _("Case declined")
    WITHDRAWN = "withdrawn", _("Case withdrawn")
    CLOSED = "closed", _("Case closed")
    REOPENED = "reopened", _("Case opened again")
    ASSIGNED = "assigned", _("Assigned")


INTERNAL_KINDS = frozenset({EntryKind.NOTE, EntryKind.ASSIGNED, EntryKind.DEADLINE_MISSED})
"""Entries of one side alone. They are never sent; a missed deadline is noticed by each side for itself."""


class ProposalKind(models.TextChoices):
    LICENCE = "licence", _("Licence")
    CREDIT = "credit", _("Credit")
    SHARE = "share", _("Share of revenue")
    TAKE_DOWN = "take_down", _("Take-down")


class ProposalState(models.TextChoices):
    OPEN = "open", _("Waits for an answer")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    COUNTERED = "countered", _("Answered with another proposal")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    LAPSED = "lapsed", _("Ended with the case")


class DeadlineState(models.TextChoices):
    OPEN = "open", _("Open")
    MET = "met", _("Met")
    MISSED = "missed", _("Missed")
    CANCELLED = "cancelled", _("Cancelled")


class FileState(models.TextChoices):
    STORED = "stored", _("Stored")
    ARRIVING = "arriving", _("On its way")
    FAILED = "failed", _("Did not arrive")


class ExportKind(models.TextChoices):
    PDF = "pdf", _("PDF")
    ZIP = "zip", _("All files (ZIP)")


class ExportState(models.TextChoices):
    WORKING = "working", _("Being made")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")


class Case(TenantModel):
    """Our side of one case. ``other_*`` and ``own_*`` are what the two sides publish, never names of the catalogue."""

    reference = models.CharField(max_length=14, help_text="the same on both sides, random")
    side = models.CharField(max_length=8, choices=Side.choices)
    state = models.CharField(max_length=13, choices=CaseState.choices, default=CaseState.OPEN)
    state_at = models.DateTimeField(help_text="when the state last changed")
    reopened = models.PositiveSmallIntegerField(default=0, help_text="how often our side opened it again")
    origin = models.CharField(max_length=8, choices=Origin.choices)
    origin_id = models.UUIDField(null=True, help_text="our own match or cue; it may be gone by now")
    own_title = models.CharField(max_length=500)
    own_artist = models.CharField(max_length=500, blank=True)
    other_title = models.CharField(max_length=500)
    other_artist = models.CharField(max_length=500, blank=True)
    other_organisation = models.CharField(max_length=200)
    other_contact = models.CharField(max_length=254, blank=True)
    evidence = models.TextField(help_text="canonical JSON, byte for byte the same on both sides")
    evidence_sha256 = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the manifest: evidence and our pictures")
    frozen_at = models.DateTimeField(null=True, help_text="when our pictures were copied; none: not yet")
    assigned_to = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    latest_at = models.DateTimeField(help_text="when something last happened")

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-latest_at"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "reference"], name="cases_case_reference"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-latest_at"], name="cases_case_recent"),
            models.Index(fields=["organisation", "origin_id"], name="cases_case_origin"),
            models.Index(fields=["organisation"], name="cases_case_thaw", condition=models.Q(frozen_at=None)),
        ]

    @property
    def is_opener(self) -> bool:
        return self.side == Side.OPENER

    def __str__(self) -> str:
        return self.reference


class Exhibit(TenantModel):
    """A copy of one evidence file of our match: a picture, landmarks, or a stretch that the other side lets us hear."""

    case = TenantForeignKey(Case, models.CASCADE, related_name="exhibits")
    position = models.PositiveSmallIntegerField()
    facet = models.CharField(max_length=16, blank=True)
    segment = models.PositiveSmallIntegerField(null=True, help_text="which stretch of its finding, from 0")
    kind = models.CharField(max_length=30)
    media_type = models.CharField(max_length=100)
    start_s = models.FloatField(null=True)
    end_s = models.FloatField(null=True)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    storage_key = models.CharField(max_length=300)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "case", "position"], name="cases_exhibit_position"),
        ]

    def __str__(self) -> str:
        return self.kind


class Proposal(TenantModel):
    """Terms that one side offers. Which columns are filled follows from the kind."""

    case = TenantForeignKey(Case, models.CASCADE, related_name="proposals")
    item = models.UUIDField()
    by_us = models.BooleanField()
    kind = models.CharField(max_length=10, choices=ProposalKind.choices)
    state = models.CharField(max_length=10, choices=ProposalState.choices, default=ProposalState.OPEN)
    fee_minor = models.PositiveBigIntegerField(null=True, help_text="in the currency's smallest unit")
    currency = models.CharField(max_length=3, blank=True)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True, help_text="none: without end")
    territory = models.CharField(max_length=300, blank=True)
    credit_line = models.CharField(max_length=500, blank=True)
    share_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    take_down_on = models.DateField(null=True)
    text = models.TextField(blank=True)
    signed = models.CharField(max_length=150, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    counters = models.UUIDField(null=True, help_text="item of the proposal that this one answers")
    made_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-made_at"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "case", "item"], name="cases_proposal_item"),
        ]

    @property
    def is_open(self) -> bool:
        return self.state == ProposalState.OPEN

    @property
    def waits_for_us(self) -> bool:
        return self.is_open and not self.by_us

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class CaseFile(TenantModel):
    """A file of a case. It is ours alone until it is shared; what the other side shares arrives by a job."""

    case = TenantForeignKey(Case, models.CASCADE, related_name="files")
    item = models.UUIDField()
    by_us = models.BooleanField()
    shared_at = models.DateTimeField(null=True, help_text="none: only our side has it")
    state = models.CharField(max_length=8, choices=FileState.choices, default=FileState.STORED)
    filename = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100, help_text="by its content")
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    storage_key = models.CharField(max_length=300, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["created_at"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "case", "item"], name="cases_file_item"),
        ]
        indexes: ClassVar = [models.Index(fields=["item"], name="cases_file_source")]

    @property
    def is_stored(self) -> bool:
        return self.state == FileState.STORED

    def __str__(self) -> str:
        return self.filename


class Deadline(TenantModel):
    """A moment until which one side, or both, shall do something. Each side is reminded by its own clockwork."""

    case = TenantForeignKey(Case, models.CASCADE, related_name="deadlines")
    item = models.UUIDField()
    set_by_us = models.BooleanField()
    for_us = models.BooleanField()
    for_them = models.BooleanField()
    due_at = models.DateTimeField()
    text = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=9, choices=DeadlineState.choices, default=DeadlineState.OPEN)
    proposal = TenantForeignKey(Proposal, models.CASCADE, null=True, related_name="deadlines")
    set_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["due_at"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "case", "item"], name="cases_deadline_item"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="cases_deadline_due", condition=models.Q(state=DeadlineState.OPEN))
        ]

    def __str__(self) -> str:
        return f"{self.due_at:%Y-%m-%d %H:%M} {self.state}"


class Entry(TenantModel):
    """One thing that was said or done in a case, in the order of ``at``. Never changed.

    What both sides see has the same ``item`` and ``sequence`` on both; internal entries have no sequence.
    """

    case = TenantForeignKey(Case, models.CASCADE, related_name="entries")
    item = models.UUIDField()
    kind = models.CharField(max_length=20, choices=EntryKind.choices)
    sequence = models.PositiveIntegerField(null=True)
    at = models.DateTimeField()
    by_us = models.BooleanField()
    text = models.TextField(blank=True)
    signed = models.CharField(max_length=150, blank=True, help_text="the name under which it was sent, if any")
    data = models.JSONField(default=dict)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    proposal = TenantForeignKey(Proposal, models.CASCADE, null=True, related_name="+")
    file = TenantForeignKey(CaseFile, models.CASCADE, null=True, related_name="+")
    deadline = TenantForeignKey(Deadline, models.CASCADE, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["at", "id"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "case", "item"], name="cases_entry_item"),
        ]
        indexes: ClassVar = [models.Index(fields=["organisation", "case", "at"], name="cases_entry_thread")]

    @property
    def is_internal(self) -> bool:
        return self.kind in INTERNAL_KINDS

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"


class CaseRead(TenantModel):
    """Up to when a member has seen a case."""

    case = TenantForeignKey(Case, models.CASCADE, related_name="reads")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    read_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "case", "user"], name="cases_read_once"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} read until {self.read_at:%Y-%m-%d %H:%M}"


class CaseExport(TenantModel):
    """A long export that a job makes; it is deleted after a while."""

    case = TenantForeignKey(Case, models.CASCADE, related_name="exports")
    kind = models.CharField(max_length=4, choices=ExportKind.choices)
    with_notes = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=ExportState.choices, default=ExportState.WORKING)
    job = TenantForeignKey("jobs.Job", models.SET_NULL, null=True, related_name="+")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    storage_key = models.CharField(max_length=300, blank=True)
    size_bytes = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"
