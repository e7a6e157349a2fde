"""Doing one thing to several rows of a list, and saying what became of it."""

import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.utils.html import format_html
from django.utils.translation import gettext as _

from apps.core.errors import DomainError
from apps.tenancy.requests import TenantRequest

MAX_SELECTED = 500
SHOWN_REFUSALS = 5


def selected(request: TenantRequest) -> list[uuid.UUID]:
    """The ids that were ticked; what is none is left out."""
    found = []
    for text in request.POST.getlist("selected")[:MAX_SELECTED]:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found


def delete_each(
    request: TenantRequest,
    rows: Iterable[Any],
    delete: Callable[[uuid.UUID], object],
    *,
    undo_url: str,
    deleted: Callable[[int], str],
    stay: Callable[[int], str],
) -> None:
    """Delete rows; those that can't be are named with the reason. ``deleted`` and ``stay`` say how many."""
    done, refused = 0, []
    for row in rows:
        try:
            delete(row.id)
            done += 1
        except DomainError as error:
            refused.append(f"{row.title}: {error.message}")
    if done:
        say_deleted(request, deleted(done), undo_url)
    for line in refused[:SHOWN_REFUSALS]:
        messages.warning(request, line)
    if len(refused) > SHOWN_REFUSALS:
        messages.warning(request, stay(len(refused) - SHOWN_REFUSALS))


def say_deleted(request: TenantRequest, text: str, undo_url: str) -> None:
    """A message with a way to undo."""
    messages.success(request, format_html('{} <a class="text-link" href="{}">{}</a>', text, undo_url, _("Undo")))
