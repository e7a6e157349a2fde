"""Files that people and programs fetch: PDFs and evidence. Private, never cached by others."""

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from apps.core.errors import NotFound
from apps.rights.models import Certificate, EvidenceFile
from apps.rights.selectors import MatchReport

PDF = "application/pdf"
PRIVATE = "private, no-store"
EVIDENCE_CACHE = "private, max-age=3600"
STEM_LENGTH = 60


def verify_url(code: str) -> str:
    """The absolute address of a certificate's public page."""
    return f"{settings.SITE_URL.rstrip('/')}{reverse('verify', kwargs={'code': code})}"


def certificate_pdf(certificate: Certificate) -> HttpResponse:
    """A certificate as a download."""
    # fpdf2 and its fonts take some 30 MB: only a process that makes a PDF pays for them.
    from apps.rights.pdf.certificate import certificate_pdf as made

    return _pdf(made(certificate, verify_url=verify_url(certificate.code)), f"certificate {certificate.code}")


def match_pdf(report: MatchReport) -> HttpResponse:
    """A match report as a download."""
    from apps.rights.pdf.report import match_pdf as made

    match = report.match
    address = reverse("rights:match", kwargs={"slug": report.track.organisation.slug, "match_id": match.id})
    data = made(report, page_url=f"{settings.SITE_URL.rstrip('/')}{address}")
    return _pdf(data, f"match report {report.track.full_title}")


def evidence(request: HttpRequest, file: EvidenceFile) -> HttpResponse:
    """One evidence file, whole or the asked range of it. They are small: seconds of sound or one picture.

    Raises:
        NotFound: storage does not have it any more.
    """
    try:
        with default_storage.open(file.storage_key, "rb") as stored:
            content = stored.read()
    except FileNotFoundError:
        raise NotFound(_("This evidence is stored no more.")) from None
    response = _ranged(request.headers.get("Range", ""), content)
    response["Content-Type"] = file.media_type
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = EVIDENCE_CACHE
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _ranged(wanted: str, content: bytes) -> HttpResponse:
    """The part that ``Range: bytes=a-b`` names (RFC 9110, one range); anything else gives the whole."""
    span = _span(wanted, len(content))
    if span is None:
        return HttpResponse(content)
    first, last = span
    if first > last or first >= len(content):
        response = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{len(content)}"
        return response
    response = HttpResponse(content[first : last + 1], status=206)
    response["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return response


def _span(wanted: str, size: int) -> tuple[int, int] | None:
    if not wanted.startswith("bytes=") or "," in wanted:
        return None
    start, _dash, end = wanted.removeprefix("bytes=").partition("-")
    if not (start + end).isdecimal() or not _dash:
        return None
    if not start:
        return max(0, size - int(end)), size - 1
    return int(start), min(int(end), size - 1) if end else size - 1


def _pdf(data: bytes, stem: str) -> HttpResponse:
    response = HttpResponse(data, content_type=PDF)
    name = slugify(stem)[:STEM_LENGTH].strip("-") or "descant"
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    response["Cache-Control"] = PRIVATE
    return response
