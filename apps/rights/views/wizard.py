"""What the wizards of recordings and of scores share: the form, rows on their way to an answer, where to ask again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from apps.catalog.models import AudioAsset, ScoreFile, TrackStatus, Work
from apps.catalog.selectors import current_asset, current_score
from apps.core.errors import DomainError
from apps.core.formats import clock
from apps.jobs.models import Job
from apps.rights import selectors, wording
from apps.rights.forms import RegisterForm
from apps.rights.models import Check, Match, Subject
from apps.rights.receiving import Received
from apps.rights.views.links import act_link, rest_link, subject_link
from apps.tenancy.requests import TenantRequest

SHOWN_FOR = timedelta(days=7)
UPLOAD_STEP, CHECK_STEP, READ_STEP = 1, 2, 3


@dataclass(frozen=True)
class Row:
    """One uploaded recording or score on its way."""

    subject: Subject
    source: AudioAsset | ScoreFile | None
    check: Check | None
    job: Job | None
    conflicts: list[Match]
    page: str
    register_url: str
    rest_url: str

    @property
    def is_open(self) -> bool:
        return (self.job is not None and self.job.is_open) or (self.source is not None and self.source.is_waiting)

    @property
    def is_work(self) -> bool:
        return isinstance(self.subject, Work)

    @property
    def by(self) -> str:
        return self.subject.composer_line if isinstance(self.subject, Work) else self.subject.artist_line

    @property
    def is_clear(self) -> bool:
        return self.subject.status == TrackStatus.CLEAR

    @property
    def is_incomplete(self) -> bool:
        return self.subject.status == TrackStatus.INCOMPLETE

    @property
    def answer(self) -> str:
        """What the check says, in a sentence."""
        return wording.answer_of_check(self.check, self.conflicts) if self.check else ""

    @property
    def is_registered(self) -> bool:
        return self.subject.status == TrackStatus.REGISTERED

    @property
    def facts(self) -> str:
        """The file in a line, for one that needs nothing."""
        if self.source is None:
            return ""
        return f"{self.source.filename} · {clock(self.source.duration_s)}"


def row_of(slug: str, subject: Subject) -> Row:
    """Where one upload stands."""
    check = selectors.latest_check_of(subject)
    return Row(
        subject=subject,
        source=current_score(subject.id) if isinstance(subject, Work) else current_asset(subject.id),
        check=check,
        job=check.job if check else None,
        conflicts=[match for match in selectors.matches_of(subject) if match.is_conflict],
        page=subject_link(slug, subject),
        register_url=act_link(slug, subject, "register"),
        rest_url=rest_link(slug, check) if check else "",
    )


@dataclass(frozen=True)
class Wizard:
    """One of the two wizards: its pages, and what it does with files.

    Attributes:
        page, progress: names of its addresses. receive, receive_many: keep a file, or several, and check them.
        missing: what is said when no file was chosen. shown: what its form shows besides.
    """

    page: str
    template: str
    progress: str
    receive: Callable[..., Received]
    receive_many: Callable[..., list[Received]]
    missing: Callable[[], str]
    shown: Callable[[], dict[str, Any]]

    def answer(self, request: TenantRequest, slug: str) -> HttpResponse:
        """The form, or what comes of it: each file is kept and, unless one says no, checked at once."""
        since = timezone.now()
        if request.method == "GET":
            return self._form(request, slug, RegisterForm(), since)
        form = RegisterForm(request.POST)
        check_now = form.is_valid() and form.cleaned_data["check_now"]
        files = request.FILES.getlist("files")
        if "application/json" in request.headers.get("Accept", ""):
            return self._one(request, slug, check=check_now)
        if not files:
            return self._form(request, slug, form, since, errors=[self.missing()])
        for received in self.receive_many(files=[(file, file.name or "") for file in files], check=check_now):
            if received.message:
                messages.warning(request, f"{received.source.filename}: {received.message}")
        return redirect(self.progress_link(slug, since))

    def progress_link(self, slug: str, since: datetime) -> str:
        """Where one sees what became of everything that was uploaded since."""
        return reverse(self.progress, kwargs={"slug": slug}) + since_query(since)

    def _form(
        self, request: TenantRequest, slug: str, form: RegisterForm, since: datetime, errors: list[str] | None = None
    ) -> HttpResponse:
        context = {
            "form": form,
            "action": reverse(self.page, kwargs={"slug": slug}),
            "poll": self.progress_link(slug, since),
            "errors": errors or [],
            "steps": step_labels(),
            **self.shown(),
        }
        return render(request, self.template, context, status=422 if errors else 200)

    def _one(self, request: TenantRequest, slug: str, *, check: bool) -> HttpResponse:
        """The uploader's request: one file, answered in JSON."""
        file = request.FILES.get("files")
        if file is None:
            return JsonResponse({"detail": _("No file arrived. Choose it again.")}, status=422)
        try:
            received = self.receive(file=file, filename=file.name or "", check=check)
        except DomainError as error:
            return JsonResponse({"detail": str(error.message), "code": error.code}, status=error.status)
        return JsonResponse(_told(slug, received), status=200 if received.duplicate else 201)


def _told(slug: str, received: Received) -> dict[str, Any]:
    started = _("Received. The check has started.") if received.check else _("Received.")
    return {
        "title": received.subject.full_title,
        "url": subject_link(slug, received.subject),
        "status": "duplicate" if received.duplicate else "rejected" if received.source.is_rejected else "created",
        "message": received.message or started,
    }


def progress_page(request: TenantRequest, rows: Sequence[Row], poll: str, shown: dict[str, Any]) -> HttpResponse:
    """The rows as a page, or to htmx as a fragment that also moves the marker of the steps."""
    busy = any(row.is_open for row in rows)
    fragment = bool(request.htmx) and not request.htmx.boosted
    context = {
        "rows": rows,
        "busy": busy,
        "poll": poll,
        "steps": step_labels(),
        "step": step_of(rows),
        "fragment": fragment,
        **shown,
    }
    response = render(request, f"rights/register_{'rows' if fragment else 'progress'}.html", context)
    response["Cache-Control"] = "no-store"
    return response


def step_of(rows: Sequence[Row]) -> int:
    """Uploading, checking, or reading the answers."""
    if not rows:
        return UPLOAD_STEP
    return CHECK_STEP if any(row.is_open for row in rows) else READ_STEP


def step_labels() -> list[str]:
    return [_("Upload"), _("Check"), _("Read the answers and register")]


def since_query(since: datetime) -> str:
    """From when on, as an address says it."""
    return f"?since={since:%Y-%m-%dT%H:%M:%S.%fZ}"


def since_of(request: TenantRequest) -> datetime:
    """From when on; never longer ago than a week, and the last day when the address does not say."""
    try:
        asked = parse_datetime(request.GET.get("since", ""))
    except ValueError:
        asked = None
    if asked is None:
        return timezone.now() - timedelta(days=1)
    aware = asked if timezone.is_aware(asked) else timezone.make_aware(asked)
    return max(aware, timezone.now() - SHOWN_FOR)
