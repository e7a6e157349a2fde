"""People, the keys that programs use, invitations, and notifications."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core.models import IdentifiedModel
from apps.tenancy.fields import TenantForeignKey
from apps.tenancy.models import Role, TenantModel


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)


class User(AbstractBaseUser, PermissionsMixin, IdentifiedModel):
    """A person. A listener has no membership; others belong to one organisation or several."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    language = models.CharField(_("language"), max_length=10, default="", blank=True)
    theme = models.CharField(_("theme"), max_length=10, default="", blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering: ClassVar = ["email"]

    def __str__(self) -> str:
        return self.name or self.email


class ApiScope(models.TextChoices):
    """What an API key may do, one noun of the API and one way at a time."""

    TRACKS_READ = "tracks:read", _("Read the catalogue: tracks, artists, releases, recordings")
    TRACKS_WRITE = "tracks:write", _("Change the catalogue and upload recordings")
    REGISTRATIONS_READ = "registrations:read", _("Read checks, matches and registrations")
    REGISTRATIONS_WRITE = "registrations:write", _("Check, register and withdraw tracks, and decide on matches")
    MONITORING_READ = "monitoring:read", _("Read long recordings, cue sheets, watchlists and plays")
    MONITORING_WRITE = "monitoring:write", _("Submit long recordings, correct cue sheets, change watchlists")
    CASES_READ = "cases:read", _("Read cases: evidence, messages, proposals, files")
    CASES_WRITE = "cases:write", _("Open cases, write, share files, propose, accept and close")
    JOBS_READ = "jobs:read", _("Follow running work")
    JOBS_WRITE = "jobs:write", _("Cancel and repeat work")


class ApiKey(TenantModel):
    """A key for programs: shown once, stored hashed, limited to scopes, revocable."""

    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(max_length=12)
    key_hash = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [models.Index(fields=["key_hash"], name="accounts_apikey_hash")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class Invitation(TenantModel):
    """An open seat in an organisation, taken by whoever holds the token that was mailed."""

    email = models.EmailField(_("e-mail address"))
    role = models.CharField(_("role"), max_length=16, choices=Role.choices, default=Role.EDITOR)
    token_hash = models.CharField(max_length=64)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [models.Index(fields=["token_hash"], name="accounts_invitation_token")]

    @property
    def state(self) -> str:
        """``open``, ``accepted``, ``revoked`` or ``expired``."""
        if self.accepted_at:
            return "accepted"
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at <= timezone.now() else "open"

    def __str__(self) -> str:
        return f"{self.email} as {self.role}"


class Notification(TenantModel):
    """Something a member should know. Without a recipient it is for everybody in the organisation."""

    recipient = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=40)
    text = models.TextField()
    params = models.JSONField(default=dict, help_text="values that the translated text is filled with")
    link = models.CharField(max_length=300, blank=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [models.Index(fields=["organisation", "-created_at"], name="accounts_notification_recent")]

    @property
    def sentence(self) -> str:
        """The text in the reader's language, with its values filled in."""
        try:
            return gettext(self.text) % self.params
        except (KeyError, ValueError, TypeError):
            return self.text

    def __str__(self) -> str:
        return self.text


class NotificationRead(TenantModel):
    """That one member has read one notification."""

    notification = TenantForeignKey(Notification, models.CASCADE, related_name="reads")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")

    class Meta(TenantModel.Meta):
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "notification", "user"], name="accounts_read_once"),
        ]

    def __str__(self) -> str:
        return f"{self.notification_id} read by {self.user_id}"
