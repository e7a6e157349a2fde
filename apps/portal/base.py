"""What every page of the staff portal has in common: the platform's own database alias, and the trail."""

import uuid
from typing import Any

from django.contrib import admin
from django.db import models, transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse

from apps.audit.models import AuditEvent

PLATFORM = "platform"
STAFF = "platform staff"


class PlatformModelAdmin(admin.ModelAdmin):
    """Reads and writes across organisations as the role ``descant_platform``, which bypasses row-level security.

    Staff may look at everything that is registered; they change only what a subclass names in ``changeable``. Each
    change is in the organisation's own trail, in the same transaction.
    """

    changeable: tuple[str, ...] = ()
    show_full_result_count = False
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.model._base_manager.using(PLATFORM).order_by(*self.get_ordering(request))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [field.name for field in self.opts.fields if field.name not in self.changeable]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.changeable) and self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with transaction.atomic(using=PLATFORM):
            return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: models.Model, form: ModelForm, change: bool) -> None:
        changed = [name for name in form.changed_data if name in self.changeable]
        obj.save(using=PLATFORM, update_fields=[*changed, "updated_at"])
        for organisation_id in self.organisations_of(obj):
            AuditEvent.unscoped.using(PLATFORM).create(
                organisation_id=organisation_id,
                actor_id=request.user.pk,
                actor_label=STAFF,
                action=f"platform.{self.opts.model_name}_changed",
                subject_type=self.opts.model_name or "",
                subject_id=obj.pk,
                data={name: str(form.cleaned_data[name]) for name in changed},
            )

    def organisations_of(self, obj: Any) -> list[uuid.UUID]:
        """In whose trails a change of the object belongs."""
        return [obj.organisation_id]
