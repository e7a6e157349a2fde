"""Corrections by hand: in a dialog over the sheet, or on a page of their own where there is no JavaScript."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.core.display import Link
from apps.core.formats import clock
from apps.core.forms import errors_into
from apps.monitoring import selectors, services
from apps.monitoring.forms import CueForm
from apps.monitoring.models import Cue, LongRecording
from apps.monitoring.views import shown
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest

DIALOG = "cue-dialog-body"


@require_http_methods(["GET", "POST"])
def add(request: TenantRequest, slug: str, recording_id: uuid.UUID) -> HttpResponse:
    """Add what was not recognised; ``?start=…&end=…`` fills in a gap."""
    require_role(request, Role.EDITOR)
    recording = selectors.get_recording(recording_id)
    initial = {name: _given_time(request.GET.get(name, "")) for name in ("start", "end")}
    form = CueForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with errors_into(form):
            cue = services.add_cue(recording_id=recording.id, details=form.details())
        if form.is_valid():
            messages.success(request, _undoable(_("“%(title)s” is added.") % {"title": cue.title}, cue))
            return _back(slug, cue)
    return _page(request, slug, form, recording, None)


@require_http_methods(["GET", "POST"])
def edit(request: TenantRequest, slug: str, cue_id: uuid.UUID) -> HttpResponse:
    """Correct a cue."""
    require_role(request, Role.EDITOR)
    cue = selectors.get_cue(cue_id)
    form = CueForm.of(cue, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_into(form):
            cue = services.edit_cue(cue_id=cue.id, details=form.details())
        if form.is_valid():
            text = _("“%(title)s” is corrected. What was recognised is kept in its history.") % {"title": cue.title}
            messages.success(request, _undoable(text, cue))
            return _back(slug, cue)
    return _page(request, slug, form, cue.recording, cue)


@require_POST
def confirm(request: TenantRequest, slug: str, cue_id: uuid.UUID) -> HttpResponse:
    """Say that a cue is right."""
    require_role(request, Role.EDITOR)
    cue = services.confirm_cue(cue_id=cue_id)
    messages.success(request, _undoable(_("“%(title)s” is confirmed.") % {"title": cue.title}, cue))
    return _back(slug, cue)


@require_http_methods(["GET", "POST"])
def remove(request: TenantRequest, slug: str, cue_id: uuid.UUID) -> HttpResponse:
    """Take a cue off the sheet; it can be put back."""
    require_role(request, Role.EDITOR)
    cue = selectors.get_cue(cue_id)
    if request.method == "POST":
        services.remove_cue(cue_id=cue.id)
        messages.success(request, _undoable(_("“%(title)s” is off the sheet.") % {"title": cue.title}, cue))
        return redirect("monitoring:detail", slug=slug, recording_id=cue.recording_id)
    question = {
        "title": _("Take “%(title)s” off the sheet?") % {"title": cue.title},
        "text": _("It can be put back at any time."),
        "confirm": _("Take it off"),
        "cancel_url": shown.recording_link(slug, cue.recording),
    }
    return render(request, "core/confirm.html", question)


@require_POST
def undo(request: TenantRequest, slug: str, cue_id: uuid.UUID) -> HttpResponse:
    """Take the newest correction back."""
    require_role(request, Role.EDITOR)
    cue = services.undo_correction(cue_id=cue_id)
    messages.success(request, _("The last change of “%(title)s” is taken back.") % {"title": cue.title})
    return _back(slug, cue)


@require_POST
def watch(request: TenantRequest, slug: str, cue_id: uuid.UUID) -> HttpResponse:
    """Put a cue's track on a watchlist."""
    require_role(request, Role.EDITOR)
    cue = selectors.get_cue(cue_id)
    try:
        watchlist = selectors.get_watchlist(uuid.UUID(request.POST.get("watchlist", "")))
    except ValueError:
        watchlist = services.ensure_own_watchlist()
    services.add_item(watchlist_id=watchlist.id, kind="track", cue_id=cue.id)
    messages.success(
        request, _("“%(title)s” is on the list “%(list)s”.") % {"title": cue.title, "list": watchlist.name}
    )
    return _back(slug, cue)


def _page(request: TenantRequest, slug: str, form: CueForm, recording: LongRecording, cue: Cue | None) -> HttpResponse:
    """The form, as a page or as what the dialog over the sheet shows."""
    dialog = bool(request.GET.get("dialog") or request.POST.get("dialog"))
    back = shown.recording_link(slug, recording)
    context = {
        "form": form,
        "cue": cue,
        "recording": recording,
        "sound": shown.sound(slug, recording),
        "history": shown.history(selectors.corrections_of(cue.id)) if cue else [],
        "back": "" if dialog else back,
        "dialog": dialog,
        "action": request.path,
        "crumbs": shown.crumbs(slug, Link(recording.title, back)),
    }
    template = "monitoring/cue_dialog.html" if dialog else "monitoring/cue_edit.html"
    response = render(request, template, context, status=422 if form.errors else 200)
    if dialog:
        # What is wrong belongs into the dialog: a form in the page would replace the page.
        response["HX-Retarget"], response["HX-Reswap"] = f"#{DIALOG}", "innerHTML"
        response["HX-Push-Url"] = "false"
    return response


def _undoable(text: str, cue: Cue) -> SafeString:
    """A message with a button that sends the form in the sheet by which the change is taken back."""
    button = '{} <button class="text-link" type="submit" form="undo-{}">{}</button>'
    return format_html(button, text, cue.id, _("Undo"))


def _back(slug: str, cue: Cue) -> HttpResponse:
    address = reverse("monitoring:detail", kwargs={"slug": slug, "recording_id": cue.recording_id})
    return redirect(f"{address}#cue-{cue.id}")


def _given_time(text: str) -> str:
    try:
        return clock(float(text), decimals=1)
    except ValueError:
        return ""
