"""What the organisation tells its members."""

import uuid

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from apps.accounts import selectors
from apps.accounts.services.notifications import mark_read
from apps.core.forms import safe_path
from apps.tenancy.access import require_role
from apps.tenancy.requests import TenantRequest

PER_PAGE = 30


@require_GET
def overview(request: TenantRequest, slug: str) -> HttpResponse:
    """Everything that was said, newest first."""
    user_id = require_role(request).user_id
    page = Paginator(selectors.visible_notifications(user_id), PER_PAGE).get_page(request.GET.get("page"))
    values = {"page": page, "unread": selectors.unread_count(user_id)}
    return render(request, "accounts/notifications.html", values)


@require_GET
def count(request: TenantRequest, slug: str) -> HttpResponse:
    """The number in the top bar, as a fragment."""
    user_id = require_role(request).user_id
    return render(request, "accounts/notifications_count.html", {"unread": selectors.unread_count(user_id)})


@require_GET
def follow(request: TenantRequest, slug: str, notification_id: uuid.UUID) -> HttpResponse:
    """Mark one as read and go where it leads."""
    user_id = require_role(request).user_id
    notification = selectors.get_notification(notification_id, user_id)
    mark_read(user_id=user_id, notification_id=notification.id)
    overview_url = reverse("accounts:notifications", kwargs={"slug": slug})
    return redirect(safe_path(notification.link, host=request.get_host(), default=overview_url))


@require_POST
def read_all(request: TenantRequest, slug: str) -> HttpResponse:
    """Mark all as read."""
    mark_read(user_id=require_role(request).user_id)
    return redirect("accounts:notifications", slug=slug)
