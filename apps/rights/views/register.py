"""The wizard: drop recordings, watch their checks, read the answers."""

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.rights.uploads import receive_recording, receive_recordings, uploaded_since
from apps.rights.views.wizard import Wizard, progress_page, row_of, since_of
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest

WIZARD = Wizard(
    page="rights:register",
    template="rights/register.html",
    progress="rights:register_progress",
    receive=receive_recording,
    receive_many=receive_recordings,
    missing=lambda: _("Choose at least one recording."),
    shown=lambda: {"max_bytes": settings.UPLOAD_MAX_BYTES},
)


@require_http_methods(["GET", "POST"])
def wizard(request: TenantRequest, slug: str) -> HttpResponse:
    """Choose files; each is kept and, unless one says no, checked at once."""
    require_role(request, Role.EDITOR)
    return WIZARD.answer(request, slug)


@require_GET
def progress(request: TenantRequest, slug: str) -> HttpResponse:
    """What became of the recordings that one has just uploaded; asks again while something runs."""
    require_role(request)
    since = since_of(request)
    rows = [row_of(slug, track) for track in uploaded_since(user_id=request.user.pk, since=since)]
    shown = {
        "text": _("Each recording with its check. You may leave this page; the work goes on."),
        "register_url": reverse(WIZARD.page, kwargs={"slug": slug}),
        "register": _("Register recordings"),
    }
    return progress_page(request, rows, WIZARD.progress_link(slug, since), shown)
