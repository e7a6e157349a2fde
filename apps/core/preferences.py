"""Language and theme: a cookie for everybody, and the profile of people who are signed in."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

THEME_COOKIE = "theme"
THEMES = ("light", "dark")
YEAR_S = 365 * 24 * 3600


def theme_of(request: HttpRequest) -> str:
    """``light``, ``dark``, or nothing when the system decides. The cookie wins over the profile."""
    cookie = request.COOKIES.get(THEME_COOKIE)
    chosen = cookie if cookie is not None else getattr(getattr(request, "user", None), "theme", "")
    return chosen if chosen in THEMES else ""


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Store ``language`` and ``theme`` (unknown values are ignored) and go back to ``next``."""
    changed: dict[str, str] = {}
    language, theme = request.POST.get("language", ""), request.POST.get("theme", "")
    if language in dict(settings.LANGUAGES):
        changed["language"] = language
    if theme in (*THEMES, "system"):
        changed["theme"] = theme
    response = _answer(request)
    if "language" in changed:
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=YEAR_S, samesite="Lax")
    if "theme" in changed:
        response.set_cookie(THEME_COOKIE, theme, max_age=YEAR_S, samesite="Lax")
    if changed and request.user.is_authenticated:
        for name, value in changed.items():
            setattr(request.user, name, value)
        request.user.save(update_fields=list(changed))
    return response


def _answer(request: HttpRequest) -> HttpResponse:
    if request.headers.get("Accept") == "application/json":
        return HttpResponse(status=204)
    following = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(following, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(following if safe else "/")
