"""Search over the whole catalogue: a fragment for the dialog, a page for everybody else."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.catalog import selectors
from apps.tenancy.access import require_role
from apps.tenancy.requests import TenantRequest

PAGE_LIMIT = 30


@require_GET
def search(request: TenantRequest, slug: str) -> HttpResponse:
    """Tracks, releases and artists whose names hold the words of ``q``."""
    require_role(request)
    query = request.GET.get("q", "")[:200]
    is_fragment = bool(request.htmx) and not request.htmx.boosted
    results = selectors.search(query, limit=selectors.SEARCH_LIMIT if is_fragment else PAGE_LIMIT)
    template = "catalog/search_results.html" if is_fragment else "catalog/search.html"
    response = render(request, template, {"results": results})
    response["Cache-Control"] = "private, no-store"
    return response
