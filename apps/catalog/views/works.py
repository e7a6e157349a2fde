"""The list of works, one work, and what can be done with several at once."""

import uuid

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.catalog import selectors, services
from apps.catalog.forms import WorkFilterForm
from apps.catalog.models import ScoreFile, Work
from apps.catalog.presenters import sound_of
from apps.catalog.timeline import timeline
from apps.catalog.views import several
from apps.catalog.work_presenters import roll_of, score_download
from apps.core.components import url_or_empty
from apps.core.display import Link
from apps.core.errors import NotFound
from apps.core.serving import serve
from apps.core.tables import BulkAction, Column, Table
from apps.jobs.models import Job
from apps.jobs.selectors import latest_job_of
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest

HISTORY_LENGTH = 50

COLUMNS = [
    Column("title", gettext_lazy("Title"), sort="search_text", value=lambda work: work.full_title, optional=False),
    Column("composer", gettext_lazy("Composer"), sort="composer_order", value=lambda work: work.composer_line),
    Column("iswc", gettext_lazy("ISWC"), sort="iswc", value=lambda work: work.iswc),
    Column(
        "recordings",
        gettext_lazy("Recordings"),
        sort="recording_count",
        value=lambda work: work.recording_count,
        numeric=True,
    ),
    Column(
        "notes",
        gettext_lazy("Note count"),
        sort="note_count",
        value=lambda work: work.note_count or "",
        numeric=True,
    ),
    Column("status", gettext_lazy("Status"), sort="status", value=lambda work: work.status),
    Column("created", gettext_lazy("Added"), sort="created_at", value=lambda work: work.created_at.isoformat()),
    Column("file", gettext_lazy("File"), value=lambda work: work.file_name or "", shown=False),
]


@require_GET
def work_list(request: TenantRequest, slug: str) -> HttpResponse:
    """All works: sorted, filtered, selected, exported."""
    membership = require_role(request)
    form = WorkFilterForm(request.GET)
    queryset = selectors.filter_works(selectors.with_work_columns(selectors.works_with_scores()), form.wanted())
    may_edit = membership.may_act_as(Role.EDITOR)
    table = Table(
        request,
        queryset,
        COLUMNS,
        sort="-created",
        caption=_("Works"),
        table_id="works",
        bulk_actions=_bulk_actions(slug) if may_edit else [],
    )
    if table.wants_csv:
        return table.csv("works")
    values = {
        "table": table,
        "form": form,
        "may_edit": may_edit,
        "is_empty": not table.total and not selectors.works().exists(),
        "has_deleted": may_edit and selectors.deleted_works().exists(),
    }
    return render(request, "catalog/work_list.html", values)


@require_GET
def work_detail(request: TenantRequest, slug: str, work_id: uuid.UUID) -> HttpResponse:
    """One work: its notes, who wrote it, its recordings, and what happened to it."""
    membership = require_role(request)
    work = selectors.get_work(work_id)
    score = selectors.current_score(work.id)
    history = list(selectors.work_history_of(work.id)[: HISTORY_LENGTH + 1])
    recordings = selectors.recordings_of_work(work.id)
    values = {
        "work": work,
        "score": score,
        "roll": roll_of(work, score),
        "credits": selectors.work_credits_of(work.id),
        "rows": [(track, sound_of(track, next(iter(track.current_assets), None), slug)) for track in recordings],
        "history": timeline(history[:HISTORY_LENGTH]),
        "history_is_cut": len(history) > HISTORY_LENGTH,
        "job": _reading_job(work, score),
        "may_edit": membership.may_act_as(Role.EDITOR),
        "crumbs": [Link(_("Works"), reverse("catalog:works", kwargs={"slug": slug}))],
        "panel_url": url_or_empty("rights:work_panel", slug=slug, work_id=work.id),
    }
    return render(request, "catalog/work_detail.html", values)


@require_http_methods(["GET", "HEAD"])
def score_file(request: TenantRequest, slug: str, score_id: uuid.UUID) -> HttpResponseBase:
    """A score as it was uploaded."""
    require_role(request)
    score = selectors.get_score(score_id)
    if not score.storage_key:
        raise NotFound(_("This file was not kept. Upload the score again."))
    return serve(request, score_download(score))


@require_GET
def deleted(request: TenantRequest, slug: str) -> HttpResponse:
    """Deleted works that can still be restored."""
    require_role(request, Role.EDITOR)
    values = {
        "works": selectors.deleted_works(),
        "crumbs": [Link(_("Works"), reverse("catalog:works", kwargs={"slug": slug}))],
    }
    return render(request, "catalog/works_deleted.html", values)


@require_http_methods(["GET", "POST"])
def delete(request: TenantRequest, slug: str, work_id: uuid.UUID) -> HttpResponse:
    """Delete a work, after a question; it can be restored for 30 days."""
    require_role(request, Role.EDITOR)
    work = selectors.get_work(work_id)
    if request.method == "POST":
        services.delete_work(work_id=work_id)
        undo_url = reverse("catalog:works_deleted", kwargs={"slug": slug})
        several.say_deleted(request, _("“%(title)s” is deleted.") % {"title": work.title}, undo_url)
        return redirect("catalog:works", slug=slug)
    question = {
        "title": _("Delete “%(title)s”?") % {"title": work.title},
        "text": _("It can be restored for 30 days. Its recordings stay."),
        "confirm": _("Delete"),
        "cancel_url": reverse("catalog:work", kwargs={"slug": slug, "work_id": work_id}),
    }
    return render(request, "core/confirm.html", question)


@require_POST
def restore(request: TenantRequest, slug: str, work_id: uuid.UUID) -> HttpResponse:
    """Bring a deleted work back."""
    require_role(request, Role.EDITOR)
    work = services.restore_work(work_id=work_id)
    messages.success(request, _("“%(title)s” is back.") % {"title": work.title})
    return redirect("catalog:work", slug=slug, work_id=work.id)


@require_POST
def bulk(request: TenantRequest, slug: str) -> HttpResponse:
    """Delete the selected works; those that can't be are named with the reason."""
    require_role(request, Role.EDITOR)
    works = list(selectors.works().filter(id__in=several.selected(request)))
    if not works:
        messages.warning(request, _("Select one work or more first."))
        return redirect("catalog:works", slug=slug)
    several.delete_each(
        request,
        works,
        lambda work_id: services.delete_work(work_id=work_id),
        undo_url=reverse("catalog:works_deleted", kwargs={"slug": slug}),
        deleted=lambda count: (
            ngettext("%(count)d work is deleted.", "%(count)d works are deleted.", count) % {"count": count}
        ),
        stay=lambda count: (
            ngettext("%(count)d more work stays.", "%(count)d more works stay.", count) % {"count": count}
        ),
    )
    return redirect("catalog:works", slug=slug)


def _reading_job(work: Work, score: ScoreFile | None) -> Job | None:
    """What runs until the score can be drawn; a rejected one says more by itself."""
    if score is None or score.is_ready or score.is_rejected:
        return None
    return latest_job_of("work", work.id)


def _bulk_actions(slug: str) -> list[BulkAction]:
    url = reverse("catalog:works_bulk", kwargs={"slug": slug})
    actions = [BulkAction("delete", _("Delete"), url, icon="trash-2", danger=True)]
    check_url = url_or_empty("rights:check_selected_works", slug=slug)
    if check_url:
        actions.insert(0, BulkAction("check", _("Check"), check_url, icon="fingerprint"))
    return actions
