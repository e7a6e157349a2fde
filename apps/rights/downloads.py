"""Files that people and programs fetch: PDFs and evidence. Private, never cached by others."""

import threading

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.text import slugify

from apps.core.serving import StoredFile, serve
from apps.rights.models import Certificate, EvidenceFile
from apps.rights.selectors import MatchReport

PDF = "application/pdf"
PRIVATE = "private, no-store"
EXTENSIONS = {
    "image/png": "png",
    "application/json": "json",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
}
STEM_LENGTH = 60
# Setting type takes some 40 MB for a moment; eight threads at once would double the web process.
_one_at_a_time = threading.Lock()


def verify_url(code: str) -> str:
    """The absolute address of a certificate's public page."""
    return f"{settings.SITE_URL.rstrip('/')}{reverse('verify', kwargs={'code': code})}"


def certificate_pdf(certificate: Certificate) -> HttpResponse:
    """A certificate as a download."""
    # fpdf2 and its fonts take some 30 MB: only a process that makes a PDF pays for them.
    from apps.rights.pdf.certificate import certificate_pdf as made

    with _one_at_a_time:
        data = made(certificate, verify_url=verify_url(certificate.code))
    return _pdf(data, f"certificate {certificate.code}")


def match_pdf(report: MatchReport) -> HttpResponse:
    """A match report as a download."""
    from apps.rights.pdf.report import match_pdf as made

    match = report.match
    address = reverse("rights:match", kwargs={"slug": match.organisation.slug, "match_id": match.id})
    with _one_at_a_time:
        data = made(report, page_url=f"{settings.SITE_URL.rstrip('/')}{address}")
    return _pdf(data, f"match report {match.title}")


def evidence(request: HttpRequest, file: EvidenceFile) -> HttpResponseBase:
    """One evidence file, whole or the asked range of it.

    Raises:
        NotFound: storage does not have it any more.
    """
    extension = EXTENSIONS.get(file.media_type, "bin")
    stored = StoredFile(file.storage_key, file.media_type, f"{file.kind}.{extension}", version=str(file.id))
    return serve(request, stored)


def _pdf(data: bytes, stem: str) -> HttpResponse:
    response = HttpResponse(data, content_type=PDF)
    name = slugify(stem)[:STEM_LENGTH].strip("-") or "descant"
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    response["Cache-Control"] = PRIVATE
    return response
