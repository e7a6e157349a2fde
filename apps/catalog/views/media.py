"""The sound of recordings, for their own organisation only."""

import uuid

from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.catalog import selectors
from apps.catalog.presenters import peaks_json, stored_file
from apps.core.errors import NotFound
from apps.core.serving import serve
from apps.tenancy.access import require_role
from apps.tenancy.requests import TenantRequest

_YEAR_S = 365 * 24 * 3600


@require_http_methods(["GET", "HEAD"])
def asset_audio(request: TenantRequest, slug: str, asset_id: uuid.UUID) -> HttpResponseBase:
    """A recording for listening, or with ``?download=1`` the file as it was uploaded. Answers ranges."""
    require_role(request)
    asset = selectors.get_asset(asset_id)
    if not asset.storage_key:
        raise NotFound(_("This file was not kept. Upload the recording again."))
    return serve(request, stored_file(asset, download="download" in request.GET))


@require_safe
def asset_waveform(request: TenantRequest, slug: str, asset_id: uuid.UUID) -> HttpResponse:
    """The outline of a recording as JSON; it never changes, so browsers may keep it."""
    require_role(request)
    waveform = selectors.waveform_of(asset_id)
    if waveform is None:
        raise NotFound(_("This recording has no outline yet."))
    response = JsonResponse(peaks_json(waveform))
    response["Cache-Control"] = f"private, max-age={_YEAR_S}, immutable"
    return response
