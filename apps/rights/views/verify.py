"""The public page of a certificate."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from apps.rights import selectors
from apps.rights.forms import CodeForm
from apps.rights.models import SubjectKind


@require_GET
def ask(request: HttpRequest) -> HttpResponse:
    """Asks for a code and leads to its page."""
    form = CodeForm(request.GET or None)
    if request.GET and form.is_valid():
        code = selectors.normalise_code(form.cleaned_data["code"])
        if code:
            return redirect("verify", code=code)
    return render(request, "rights/verify_ask.html", {"form": form})


@require_GET
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """What a certificate says, for anybody who has its code; nothing else is told."""
    found = selectors.verify_certificate(code)
    if found is None:
        context = {"form": CodeForm({"code": code[:40]}), "unknown": True}
        return render(request, "rights/verify_ask.html", context, status=404)
    context = {"certificate": found, "of_work": found.subject_kind == SubjectKind.WORK}
    return render(request, "rights/verify.html", context)
