"""Registrations and their certificates."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from apps.rights.models.check import Check
from apps.rights.models.choices import RegistrationBasis, RegistrationState, SubjectKind
from apps.rights.models.subject import ONE_SUBJECT, OfSubject
from apps.tenancy.fields import TenantForeignKey
from apps.tenancy.models import TenantModel


class Registration(OfSubject, TenantModel):
    """A track's or a work's place in the registry, from the day the label registered it."""

    track = TenantForeignKey("catalog.Track", models.CASCADE, null=True, related_name="registrations")
    work = TenantForeignKey("catalog.Work", models.CASCADE, null=True, related_name="registrations")
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
            models.UniqueConstraint(
                fields=["organisation", "work"],
                condition=~models.Q(state=RegistrationState.WITHDRAWN),
                name="rights_registration_work_once",
            ),
            models.CheckConstraint(condition=ONE_SUBJECT, name="rights_registration_one_subject"),
        ]

    def __str__(self) -> str:
        return f"№ {self.entry_number} {self.state}"


class Certificate(TenantModel):
    """What anybody may verify of a registration, by its code."""

    registration = TenantForeignKey(Registration, models.CASCADE, related_name="certificates")
    code = models.CharField(max_length=24)
    subject_kind = models.CharField(max_length=10, choices=SubjectKind.choices, default=SubjectKind.RECORDING)
    sha256 = models.CharField(max_length=64, help_text="of the recording or score as uploaded")
    digest = models.CharField(max_length=64, help_text="of its fingerprint, or of its melody")
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
