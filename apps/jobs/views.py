"""Pages and fragments about long work."""

import uuid
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from apps.core.tables import Column, Table
from apps.jobs import handlers, selectors, services
from apps.jobs.forms import JobFilterForm
from apps.jobs.models import Job
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest

MENU_LENGTH = 8


@dataclass(frozen=True)
class JobItem:
    """A job as pages show it: with its name and the addresses of what one can do."""

    job: Job
    title: str | Promise
    page: str
    poll: str
    cancel: str
    retry: str
    done: str


def _title(job: Job) -> str:
    handler = handlers.find(job.kind)
    return str(handler.title) if handler else job.kind


def _item(job: Job, slug: str, *, may_act: bool) -> JobItem:
    handler = handlers.find(job.kind)

    def address(name: str) -> str:
        return reverse(f"jobs:{name}", kwargs={"slug": slug, "job_id": job.id})

    return JobItem(
        job=job,
        title=_title(job),
        page=address("detail"),
        poll=address("card"),
        cancel=address("cancel") if may_act else "",
        retry=address("retry") if may_act else "",
        done=handler.link(job) if handler and handler.link else "",
    )


COLUMNS = [
    Column("what", gettext_lazy("Job"), sort="kind", value=_title, optional=False),
    Column("state", gettext_lazy("State"), sort="state", value=lambda job: job.get_state_display()),
    Column("who", gettext_lazy("Started by"), value=lambda job: job.created_by or ""),
    Column("created", gettext_lazy("Since"), sort="created_at", value=lambda job: job.created_at.isoformat()),
    Column("finished", gettext_lazy("Ended"), sort="finished_at", value=lambda job: job.finished_at or ""),
]


@require_GET
def overview(request: TenantRequest, slug: str) -> HttpResponse:
    """All work of the organisation, newest first."""
    membership = require_role(request)
    form = JobFilterForm(request.GET)
    jobs = selectors.recent_jobs()
    if form.is_valid() and form.cleaned_data["state"]:
        jobs = jobs.filter(state=form.cleaned_data["state"])
    table = Table(request, jobs, COLUMNS, sort="-created", caption=_("Jobs"), table_id="jobs")
    if table.wants_csv:
        return table.csv("jobs")
    may_act = membership.may_act_as(Role.EDITOR)
    items = [_item(job, slug, may_act=may_act) for job in table.rows]
    return render(request, "jobs/list.html", {"table": table, "items": items, "form": form})


@require_GET
def detail(request: TenantRequest, slug: str, job_id: uuid.UUID) -> HttpResponse:
    """One job: what, how far, how it ended."""
    membership = require_role(request)
    job = selectors.get_job(job_id)
    item = _item(job, slug, may_act=membership.may_act_as(Role.EDITOR))
    return render(request, "jobs/detail.html", {"item": item, "job": job})


@require_GET
def card(request: TenantRequest, slug: str, job_id: uuid.UUID) -> HttpResponse:
    """The card alone, for a page that watches the job."""
    membership = require_role(request)
    item = _item(selectors.get_job(job_id), slug, may_act=membership.may_act_as(Role.EDITOR))
    response = render(request, "jobs/card.html", {"item": item})
    response["Cache-Control"] = "no-store"
    return response


@require_GET
def menu(request: TenantRequest, slug: str) -> HttpResponse:
    """What runs right now, for the top bar."""
    membership = require_role(request)
    jobs = selectors.open_jobs()
    may_act = membership.may_act_as(Role.EDITOR)
    items = [_item(job, slug, may_act=may_act) for job in jobs[:MENU_LENGTH]]
    response = render(request, "jobs/menu.html", {"items": items, "count": jobs.count()})
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "POST"])
def cancel(request: TenantRequest, slug: str, job_id: uuid.UUID) -> HttpResponse:
    """Stop a job, after a question."""
    require_role(request, Role.EDITOR)
    job = selectors.get_job(job_id)
    if request.method == "POST":
        job = services.cancel(job_id=job_id)
        messages.info(request, _("The work stops at its next step.") if job.is_open else _("The work is cancelled."))
        return redirect("jobs:detail", slug=slug, job_id=job_id)
    question = {
        "title": _("Stop this work?"),
        "text": _("Nothing of yours is lost; you can start it again."),
        "confirm": _("Stop"),
        "cancel_url": reverse("jobs:detail", kwargs={"slug": slug, "job_id": job.id}),
    }
    return render(request, "core/confirm.html", question)


@require_http_methods(["GET", "POST"])
def retry(request: TenantRequest, slug: str, job_id: uuid.UUID) -> HttpResponse:
    """Queue a failed or cancelled job again; GET leads to its page, where the button is."""
    require_role(request, Role.EDITOR)
    selectors.get_job(job_id)
    if request.method == "POST":
        services.retry(job_id=job_id)
        messages.info(request, _("The work is queued again."))
    return redirect("jobs:detail", slug=slug, job_id=job_id)
