"""What is done alike with tracks and works: checking those that were ticked, registering, withdrawing."""

import uuid
from collections.abc import Callable, Iterable

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core.errors import DomainError
from apps.core.forms import errors_into
from apps.rights.forms import WithdrawForm
from apps.rights.models import Subject
from apps.rights.views.links import registry_crumbs, subject_link
from apps.tenancy.requests import TenantRequest


def back(slug: str, subject: Subject) -> HttpResponse:
    """To the page of the track or work."""
    return redirect(subject_link(slug, subject) or reverse("rights:registrations", kwargs={"slug": slug}))


def check_each(
    request: TenantRequest, slug: str, subjects: Iterable[Subject], start: Callable[[Subject], object]
) -> HttpResponse:
    """Start a check of each; those that can't be checked are named with the reason."""
    started = 0
    for subject in subjects:
        try:
            with transaction.atomic():
                start(subject)
            started += 1
        except DomainError as error:
            messages.warning(request, f"{subject.full_title}: {error.message}")
    if started:
        text = ngettext("%(count)d check has started.", "%(count)d checks have started.", started)
        messages.success(request, text % {"count": started})
    return redirect("rights:checks", slug=slug)


def register_it(request: TenantRequest, slug: str, subject: Subject, register: Callable[[], object]) -> HttpResponse:
    """Register it when the button was pressed; in any case back to its page."""
    if request.method == "POST":
        register()
        messages.success(
            request, _("“%(title)s” is registered. Its certificate is ready.") % {"title": subject.full_title}
        )
    return back(slug, subject)


def withdraw_it(
    request: TenantRequest, slug: str, subject: Subject, withdraw: Callable[[str], object], text: str
) -> HttpResponse:
    """Take it out of the registry, after a question and with a reason. text: what withdrawing means."""
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_into(form):
            withdraw(form.cleaned_data["reason"])
        if form.is_valid():
            messages.success(request, _("“%(title)s” is withdrawn from the registry.") % {"title": subject.full_title})
            return back(slug, subject)
    context = {
        "form": form,
        "subject": subject,
        "text": text,
        "crumbs": registry_crumbs(slug, _("Registrations"), "rights:registrations", subject.full_title),
        "cancel": subject_link(slug, subject) or reverse("rights:registrations", kwargs={"slug": slug}),
    }
    return render(request, "rights/withdraw.html", context, status=422 if form.errors else 200)


def selected_ids(request: TenantRequest) -> list[uuid.UUID]:
    """The ticked rows; what is no id is no row of ours."""
    found = []
    for value in request.POST.getlist("selected"):
        try:
            found.append(uuid.UUID(value))
        except ValueError:
            continue
    return found
