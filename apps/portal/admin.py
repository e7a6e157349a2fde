"""The pages of the platform's staff: organisations, users, jobs, audit, the registry's health."""

import uuid
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, gettext_lazy, ngettext

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.models import AuditEvent
from apps.core.errors import DomainError
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.portal.base import PLATFORM, STAFF, PlatformModelAdmin
from apps.registry.models import Damage
from apps.registry.selectors import figures
from apps.tenancy.context import bind
from apps.tenancy.models import Membership, Organisation


@admin.register(Organisation)
class OrganisationAdmin(PlatformModelAdmin):
    list_display = ("name", "slug", "kind", "members", "created_at")
    list_filter = ("kind",)
    search_fields = ("name", "slug", "public_name")
    ordering = ("name",)
    changeable = ("name", "kind", "public_name", "contact_route", "share_excerpts")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(member_count=Count("memberships"))

    @admin.display(description=gettext_lazy("members"), ordering="member_count")
    def members(self, organisation: Any) -> int:
        return int(organisation.member_count)

    def organisations_of(self, obj: Any) -> list[uuid.UUID]:
        return [obj.id]


@admin.register(User)
class UserAdmin(PlatformModelAdmin):
    list_display = ("email", "name", "is_active", "is_staff", "last_login", "created_at")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")
    ordering = ("email",)
    exclude = ("password", "groups", "user_permissions")
    changeable = ("is_active", "is_staff")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Only superusers make staff, and nobody locks themselves out."""
        fields = [name for name in super().get_readonly_fields(request, obj) if name != "password"]
        if not request.user.is_superuser:
            fields.append("is_staff")
        return [*fields, *self.changeable] if obj is not None and obj.pk == request.user.pk else fields

    def organisations_of(self, obj: Any) -> list[uuid.UUID]:
        return list(Membership.objects.using(PLATFORM).filter(user=obj).values_list("organisation_id", flat=True))


@admin.register(Job)
class JobAdmin(PlatformModelAdmin):
    list_display = ("kind", "organisation", "state", "attempts", "error_code", "created_at", "heartbeat_at")
    list_filter = ("state", "queue", "kind")
    list_select_related = ("organisation",)
    search_fields = ("kind", "error_code", "organisation__slug")
    ordering = ("-created_at",)
    actions = ("queue_again", "cancel")

    @admin.action(description=gettext_lazy("Queue again"))
    def queue_again(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._each(request, queryset, "retried", jobs.retry)

    @admin.action(description=gettext_lazy("Cancel"))
    def cancel(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._each(request, queryset, "cancelled", jobs.cancel)

    def _each(self, request: HttpRequest, queryset: QuerySet[Job], act: str, service: Callable[..., Job]) -> None:
        """Through the ledger's own services, bound to each job's organisation, and into its trail."""
        done = 0
        for job in queryset:
            try:
                with bind(job.organisation_id, user_id=request.user.pk):
                    service(job_id=job.id)
                    action = f"platform.job_{act}"
                    audit.record(action=action, subject_type="job", subject_id=job.id, actor_label=STAFF)
            except DomainError as error:
                self.message_user(request, f"{job}: {error.message}", messages.WARNING)
            else:
                done += 1
        text = ngettext("%(count)d job was changed.", "%(count)d jobs were changed.", done) % {"count": done}
        self.message_user(request, text, messages.SUCCESS if done else messages.INFO)


@admin.register(AuditEvent)
class AuditEventAdmin(PlatformModelAdmin):
    list_display = ("created_at", "organisation", "actor", "actor_label", "action", "subject_type", "subject_id")
    list_filter = ("action",)
    list_select_related = ("organisation", "actor")
    search_fields = ("action", "organisation__slug", "actor__email")
    ordering = ("-created_at",)
    actions = None


@admin.register(Damage)
class DamageAdmin(PlatformModelAdmin):
    """What of the registry can't be read, and how large it is."""

    list_display = ("seen_at", "kind", "number", "organisation", "title", "segment_id", "message")
    list_filter = ("kind",)
    search_fields = ("organisation", "title", "message")
    ordering = ("-seen_at",)
    actions = None

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        size = figures(PLATFORM)
        title = gettext(
            "%(unreadable)d unreadable · %(active)d registered, %(pending)d claimed, %(fresh)d not merged yet, "
            "%(segments)d segments"
        ) % {**asdict(size), "unreadable": self.get_queryset(request).count()}
        return super().changelist_view(request, {"title": title, **(extra_context or {})})


admin.site.disable_action("delete_selected")
