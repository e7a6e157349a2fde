"""Keys for programs."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts import selectors
from apps.accounts.forms import ApiKeyForm
from apps.accounts.services.api_keys import create_api_key, revoke_api_key
from apps.core.forms import errors_into
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest


@require_http_methods(["GET", "POST"])
def overview(request: TenantRequest, slug: str) -> HttpResponse:
    """The organisation's keys; POST makes one, whose secret is on the answering page and nowhere else."""
    require_role(request, Role.ADMIN)
    form = ApiKeyForm(request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        with errors_into(form):
            _key, secret = create_api_key(**form.cleaned_data)
            form = ApiKeyForm()
    values = {"keys": selectors.api_keys(), "form": form, "secret": secret}
    response = render(request, "accounts/api_keys.html", values, status=422 if form.errors else 200)
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "POST"])
def revoke(request: TenantRequest, slug: str, key_id: uuid.UUID) -> HttpResponse:
    """Make a key useless, after a question."""
    require_role(request, Role.ADMIN)
    key = selectors.get_api_key(key_id)
    if request.method == "POST":
        revoke_api_key(key_id=key_id)
        messages.success(request, _("The key “%(name)s” no longer works.") % {"name": key.name})
        return redirect("accounts:api_keys", slug=slug)
    question = {
        "title": _("Revoke the key “%(name)s”?") % {"name": key.name},
        "text": _("Programs that use it are refused from now on. This can't be undone."),
        "confirm": _("Revoke"),
        "cancel_url": reverse("accounts:api_keys", kwargs={"slug": slug}),
    }
    return render(request, "core/confirm.html", question)
