"""Checks, and re-checks of many."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from apps.rights.models.choices import OPEN_CHECK_STATES, CheckState, Facet, Verdict
from apps.rights.models.subject import ONE_SUBJECT, OfSubject
from apps.tenancy.fields import TenantForeignKey
from apps.tenancy.models import TenantModel


class Recheck(TenantModel):
    """Many subjects that are checked again one after the other, in one job."""

    job = TenantForeignKey("jobs.Job", models.SET_NULL, null=True, related_name="+")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    subjects = models.JSONField(default=list, help_text="[kind, id] of every subject, in order")
    finished_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-created_at"]

    @property
    def total(self) -> int:
        return len(self.subjects)

    def __str__(self) -> str:
        return f"{self.total} subjects"


class Check(OfSubject, TenantModel):
    """One check of one recording, or of one work's score, against the registry.

    ``facets`` says of each comparison that was asked for how it went: ``{"recording": {"state": "done" | "failed" |
    "skipped", "version", "threshold", "compared_with", "seconds", "nearest", "error_code", "error_message"}, …}``.
    What failed can be compared again in the same check, which keeps its answer meanwhile. ``findings`` is what was
    found at that moment, kept when later checks find something else. ``changes`` compares it with ``previous``.
    """

    track = TenantForeignKey("catalog.Track", models.CASCADE, null=True, related_name="checks")
    asset = TenantForeignKey("catalog.AudioAsset", models.CASCADE, null=True, related_name="checks")
    work = TenantForeignKey("catalog.Work", models.CASCADE, null=True, related_name="checks")
    score = TenantForeignKey("catalog.ScoreFile", models.CASCADE, null=True, related_name="checks")
    job = TenantForeignKey("jobs.Job", models.SET_NULL, null=True, related_name="+")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=12, choices=CheckState.choices, default=CheckState.QUEUED)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True)
    entry_number = models.PositiveIntegerField(null=True, help_text="our place in the registry")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the stored fingerprint or melody")
    compared_with = models.PositiveIntegerField(default=0, help_text="recordings in the registry at that moment")
    extractor_version = models.CharField(max_length=60, blank=True)
    matcher_version = models.CharField(max_length=60, blank=True)
    threshold = models.FloatField(null=True, help_text="largest chance probability that counts as a match")
    figures = models.JSONField(default=dict, help_text="seconds spent in each step")
    facets = models.JSONField(default=dict, help_text="how each comparison went")
    findings = models.JSONField(default=list, help_text="what was found at that moment")
    keeps_place = models.BooleanField(default=False, help_text="a re-check of what is registered")
    previous = TenantForeignKey(
        "rights.Check", models.SET_NULL, null=True, related_name="+", help_text="the one it is compared with"
    )
    changes = models.JSONField(default=dict, help_text="what is different from the previous check")
    recheck = TenantForeignKey(Recheck, models.SET_NULL, null=True, related_name="checks")
    expiry_told_at = models.DateTimeField(null=True, help_text="when the end of the claim was announced")
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.TextField(blank=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.CheckConstraint(condition=ONE_SUBJECT, name="rights_check_one_subject"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-created_at"], name="rights_check_recent"),
            models.Index(fields=["organisation", "track", "-created_at"], name="rights_check_of_track"),
            models.Index(fields=["organisation", "work", "-created_at"], name="rights_check_of_work"),
        ]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_CHECK_STATES

    @property
    def failed_facets(self) -> list[Facet]:
        """Comparisons that broke off on our side: nothing is known about them until they are made again."""
        return [facet for facet in Facet if self.facet(facet).get("state") == "failed"]

    @property
    def is_answered(self) -> bool:
        """Whether it has an answer. One that is begun after that compares only what failed."""
        return self.verdict != ""

    @property
    def error_sentence(self) -> str:
        """Why it did not finish, in the reader's language where its job knows it."""
        job = self.job
        return job.error_sentence if job and job.error_message == self.error_message else self.error_message

    @property
    def filename(self) -> str:
        """Of the recording or score that was compared."""
        source = self.score if self.work_id else self.asset
        return source.filename if source else ""

    def facet(self, facet: Facet) -> dict[str, Any]:
        """How one comparison went; empty when it was not asked for."""
        found: dict[str, Any] = self.facets.get(facet.value, {})
        return found

    def __str__(self) -> str:
        return f"{self.state} {self.verdict}".strip()
