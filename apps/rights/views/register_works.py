"""The wizard for works: drop scores, watch their checks, read the answers."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.catalog.services.scores import SCORE_MAX_BYTES
from apps.core.scores import SCORE_TYPES
from apps.rights.views.wizard import Wizard, progress_page, row_of, since_of
from apps.rights.work_uploads import receive_score_to_check, receive_scores_to_check, scores_uploaded_since
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest

WIZARD = Wizard(
    page="rights:register_work",
    template="rights/register_works.html",
    progress="rights:register_works_progress",
    receive=receive_score_to_check,
    receive_many=receive_scores_to_check,
    missing=lambda: _("Choose at least one score."),
    shown=lambda: {"accept": SCORE_TYPES, "max_bytes": SCORE_MAX_BYTES},
)


@require_http_methods(["GET", "POST"])
def wizard(request: TenantRequest, slug: str) -> HttpResponse:
    """Choose scores; each is kept and, unless one says no, checked at once."""
    require_role(request, Role.EDITOR)
    return WIZARD.answer(request, slug)


@require_GET
def progress(request: TenantRequest, slug: str) -> HttpResponse:
    """What became of the scores that one has just uploaded; asks again while something runs."""
    require_role(request)
    since = since_of(request)
    rows = [row_of(slug, work) for work in scores_uploaded_since(user_id=request.user.pk, since=since)]
    shown = {
        "text": _("Each score with its check. You may leave this page; the work goes on."),
        "register_url": reverse(WIZARD.page, kwargs={"slug": slug}),
        "register": _("Register works"),
    }
    return progress_page(request, rows, WIZARD.progress_link(slug, since), shown)
