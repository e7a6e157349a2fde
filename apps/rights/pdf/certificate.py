"""The certificate of a registration."""

from datetime import UTC, datetime

import qrcode
from django.utils.translation import gettext as _

from apps.core.formats import clock
from apps.core.paper.document import INK, MUTED, RULE, Paper
from apps.rights.models import Certificate, Registration, RegistrationState, SubjectKind
from apps.rights.problems import what_was_compared

QR_MM = 36
HASH_GROUP = 8


def certificate_pdf(certificate: Certificate, *, verify_url: str) -> bytes:
    """The PDF of a certificate. The same certificate gives the same text in every copy.

    Args:
        verify_url: address of its public page, also in the QR code.
    """
    registration = certificate.registration
    rows = _rows(certificate, registration)
    paper = Paper(
        title=_("Certificate of registration %(code)s") % {"code": certificate.code},
        texts=[certificate.title, certificate.artist, *(f"{label}{value}" for label, value in rows)],
        made_at=certificate.issued_at,
        foot=verify_url,
    )
    paper.set_author(certificate.registrant_name)
    paper.ln(8)
    paper.paragraph(_("Certificate of registration"), size=11, colour=MUTED, after=2)
    paper.paragraph(certificate.title, size=20, bold=True, after=0)
    if certificate.artist:
        paper.paragraph(certificate.artist, size=12, after=1)
    if registration.state != RegistrationState.REGISTERED:
        paper.paragraph(_state_notice(registration), size=10, bold=True, after=1)
    paper.ln(3)
    paper.rule()
    paper.ln(4)
    paper.facts(rows)
    paper.ln(2)
    paper.rule()
    paper.ln(5)
    _verification(paper, certificate, verify_url)
    paper.paragraph(_meaning(certificate), size=9, colour=MUTED)
    return paper.finish()


def _meaning(certificate: Certificate) -> str:
    if certificate.subject_kind == SubjectKind.WORK:
        return _(
            "This certificate says that the registrant named above had registered a score with exactly this SHA-256 "
            "at this time, after its melody was compared with the registry. It says nothing about who owns which "
            "rights in it."
        )
    return _(
        "This certificate says that the registrant named above had registered a recording with exactly this "
        "SHA-256 at this time, after it was compared with the registry. It says nothing about who owns which "
        "rights in it."
    )


def _rows(certificate: Certificate, registration: Registration) -> list[tuple[str, str]]:
    of_work = certificate.subject_kind == SubjectKind.WORK
    compared = what_was_compared(registration.check_run)
    return [
        (_("Registrant"), certificate.registrant_name),
        (_("Registered"), _utc(registration.registered_at)),
        (_("Registry number"), str(registration.entry_number)),
        (_("Basis"), str(registration.get_basis_display())),
        *([(_("What was compared"), compared)] if compared else []),
        (_("Length"), clock(certificate.duration_s, decimals=1)),
        (_("SHA-256 of the score") if of_work else _("SHA-256 of the recording"), _grouped(certificate.sha256)),
        (_("Digest of its melody") if of_work else _("Digest of its fingerprint"), _grouped(certificate.digest)),
        (_("Certificate issued"), _utc(certificate.issued_at)),
    ]


def _verification(paper: Paper, certificate: Certificate, verify_url: str) -> None:
    top = paper.y
    _qr(paper, verify_url, x=paper.l_margin, y=top)
    left = paper.l_margin
    paper.set_left_margin(left + QR_MM + 8)
    paper.set_xy(left + QR_MM + 8, top + 2)
    paper.paragraph(_("Code"), size=9, colour=MUTED, after=0)
    paper.paragraph(certificate.code, size=15, bold=True, after=2)
    paper.paragraph(_("Anybody can verify this certificate, and compare a file with it, at:"), size=9, after=0.5)
    paper.paragraph(verify_url, size=9, after=0)
    paper.set_left_margin(left)
    paper.set_xy(left, max(paper.y, top + QR_MM) + 6)


def _qr(paper: Paper, text: str, *, x: float, y: float) -> None:
    code = qrcode.QRCode(border=0, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    side = QR_MM / len(matrix)
    paper.set_draw_color(*RULE)
    paper.set_fill_color(*INK)
    for row, cells in enumerate(matrix):
        for column, dark in enumerate(cells):
            if dark:
                # A hair wider than the module, so that no white seams show between neighbours.
                paper.rect(x + column * side, y + row * side, side + 0.02, side + 0.02, style="F")


def _state_notice(registration: Registration) -> str:
    if registration.state == RegistrationState.WITHDRAWN:
        return _("This registration was withdrawn.")
    return _("A match of this registration is disputed.")


def _grouped(digest: str) -> str:
    """A hash in two lines of groups of eight, so that eyes can compare it."""
    groups = [digest[at : at + HASH_GROUP] for at in range(0, len(digest), HASH_GROUP)]
    half = len(groups) // 2
    return f"{' '.join(groups[:half])}\n{' '.join(groups[half:])}"


def _utc(moment: datetime) -> str:
    """On paper time has one zone: the reader may be anywhere."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
