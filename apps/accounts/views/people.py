"""The signed-in person's own page."""

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.forms import ProfileForm
from apps.accounts.models import User
from apps.accounts.services.profile import update_profile
from apps.core.forms import errors_into
from apps.core.preferences import THEME_COOKIE, YEAR_S
from apps.tenancy.requests import TenantRequest


@login_required
@require_http_methods(["GET", "POST"])
def profile(request: TenantRequest) -> HttpResponse:
    """Name, language, theme; e-mail addresses and the password have pages of their own."""
    user = cast(User, request.user)
    initial = {"name": user.name, "language": user.language, "theme": user.theme or "system"}
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with errors_into(form):
            update_profile(user=user, **form.cleaned_data)
            with translation.override(user.language or translation.get_language()):
                messages.success(request, _("Your profile is saved."))
            response = redirect("accounts:profile")
            _follow(response, user)
            return response
    return render(request, "accounts/profile.html", {"form": form}, status=422 if form.errors else 200)


def _follow(response: HttpResponse, user: User) -> None:
    """Bring this browser's cookies in line: they win over the profile."""
    for name, value in ((settings.LANGUAGE_COOKIE_NAME, user.language), (THEME_COOKIE, user.theme)):
        if value:
            response.set_cookie(name, value, max_age=YEAR_S, samesite="Lax")
        else:
            response.delete_cookie(name, samesite="Lax")
