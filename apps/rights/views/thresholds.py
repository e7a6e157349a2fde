"""How sure a match must be to be reported: the settings page."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.core.forms import errors_into
from apps.rights import services
from apps.rights.forms import ThresholdsForm
from apps.rights.selectors import threshold_settings
from apps.rights.threshold_page import facet_page
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest


@require_http_methods(["GET", "POST"])
def thresholds(request: TenantRequest, slug: str) -> HttpResponse:
    """Choose an operating point for each kind of comparison."""
    require_role(request, Role.ADMIN)
    settings = threshold_settings()
    form = ThresholdsForm(settings, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_into(form):
            services.set_thresholds(values=form.values())
        if form.is_valid():
            messages.success(request, _("Saved. Checks that start from now on use these settings."))
            return redirect("rights:thresholds", slug=slug)
    values = {
        "form": form,
        "facets": [facet_page(setting) for setting in settings],
        "is_default": all(setting.is_default for setting in settings),
        "adjustable": any(setting.sensitivity.is_adjustable for setting in settings),
    }
    return render(request, "rights/thresholds.html", values, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def reset(request: TenantRequest, slug: str) -> HttpResponse:
    """Back to the measured defaults, after a question."""
    require_role(request, Role.ADMIN)
    if request.method == "POST":
        services.reset_thresholds()
        messages.success(request, _("The defaults are back. Checks that start from now on use them."))
        return redirect("rights:thresholds", slug=slug)
    question = {
        "title": _("Go back to the defaults?"),
        "text": _("Every kind of comparison uses its measured default again. Earlier checks keep their answers."),
        "confirm": _("Use the defaults"),
        "cancel_url": reverse("rights:thresholds", kwargs={"slug": slug}),
    }
    return render(request, "core/confirm.html", question)
