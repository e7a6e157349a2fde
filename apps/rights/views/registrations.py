"""Registrations and their certificates."""

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from apps.catalog.models import Work
from apps.core.tables import Column, Table
from apps.rights import downloads, selectors
from apps.rights.forms import RegistrationFilterForm
from apps.rights.models import Certificate, Registration
from apps.rights.views.links import subject_link
from apps.tenancy.access import require_role
from apps.tenancy.requests import TenantRequest


def _newest(registration: Registration) -> Certificate | None:
    """The newest certificate of a registration whose certificates are loaded already."""
    return max(registration.certificates.all(), key=lambda found: found.issued_at, default=None)


def _code(registration: Registration) -> str:
    certificate = _newest(registration)
    return certificate.code if certificate else ""


def _industry_code(registration: Registration) -> str:
    """ISRC of a track, ISWC of a work, as they are written."""
    subject = registration.subject
    return subject.iswc_display if isinstance(subject, Work) else subject.isrc_display


COLUMNS = [
    Column("track", _("Title"), sort="subject_title", value=lambda row: row.title, optional=False),
    Column("artist", _("Artist"), value=lambda row: row.artist_line),
    Column("kind", _("Kind"), value=lambda row: row.subject_kind.label),
    Column("isrc", _("ISRC or ISWC"), value=lambda row: _industry_code(row), shown=False),
    Column("number", _("Number"), sort="entry_number", value=lambda row: row.entry_number, numeric=True),
    Column("state", _("State"), sort="state", value=lambda row: row.get_state_display()),
    Column("basis", _("Basis"), sort="basis", value=lambda row: row.get_basis_display(), shown=False),
    Column("registered", _("Registered"), sort="registered_at", value=lambda row: row.registered_at.isoformat()),
    Column("certificate", _("Certificate"), value=_code),
]


@require_GET
def overview(request: TenantRequest, slug: str) -> HttpResponse:
    """All registrations, newest first."""
    require_role(request)
    form = RegistrationFilterForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    found = selectors.registrations(text=wanted.get("text", ""), state=wanted.get("state", ""))
    table = Table(request, found, COLUMNS, sort="-registered", caption=_("Registrations"), table_id="registrations")
    if table.wants_csv:
        return table.csv("registrations")
    rows = [
        {
            "registration": row,
            "certificate": _newest(row),
            "page": subject_link(slug, row.subject),
            "code": _industry_code(row),
        }
        for row in table.rows
    ]
    context = {"table": table, "rows": rows, "form": form, "filtered": any(wanted.values())}
    return render(request, "rights/registrations.html", context)


@require_GET
def certificate(request: TenantRequest, slug: str, certificate_id: uuid.UUID) -> HttpResponse:
    """A certificate as a PDF."""
    require_role(request)
    return downloads.certificate_pdf(selectors.get_certificate(certificate_id))
