"""Pages that belong to no app: landing, errors of the security middleware."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.http import require_safe


def landing(request: HttpRequest) -> HttpResponse:
    """What Descant is, for people who are not signed in; others go home."""
    if request.user.is_authenticated:
        return redirect("home")
    return render(request, "core/landing.html")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Where browsers look for the mark on pages that name none: the staff portal, a picture on its own."""
    return redirect(static("images/mark.svg"))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form was sent with an expired token: say so, and keep what was typed."""
    response = render(request, "403_csrf.html", {"reason": reason}, status=403)
    # The page's script tells this from a plain refusal and lets one send again.
    response["X-Descant-Csrf"] = "failed"
    return response
