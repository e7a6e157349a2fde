"""What the wizards of recordings and of scores share: rows on their way to an answer, steps, where to ask again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from apps.catalog.models import AudioAsset, ScoreFile, TrackStatus, Work
from apps.catalog.selectors import current_asset, current_score
from apps.core.formats import clock
from apps.jobs.models import Job
from apps.rights import selectors, wording
from apps.rights.models import Check, Match, Subject
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


def progress_page(request: TenantRequest, template: str, rows: Sequence[Row], poll: str) -> HttpResponse:
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
    }
    response = render(request, "rights/register_rows.html" if fragment else template, context)
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
