"""Registrations and certificates."""

import uuid

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.catalog.models import Work
from apps.core.errors import NotFound
from apps.rights.models import Certificate, Registration, RegistrationState, Subject
from apps.rights.selectors.matching import with_subject
from apps.rights.selectors.shapes import PublicCertificate

CODE_LENGTH = 16


def registrations(*, text: str = "", state: str = "") -> QuerySet[Registration]:
    """Registrations, newest first, with their tracks and works."""
    found = with_subject(
        Registration.objects.select_related("track", "work", "check_run", "registered_by").prefetch_related(
            "certificates"
        )
    )
    if text:
        found = found.filter(Q(track__title__icontains=text) | Q(work__title__icontains=text))
    if state:
        found = found.filter(state=state)
    return found.order_by("-registered_at")


def get_registration(registration_id: uuid.UUID) -> Registration:
    """One registration.

    Raises:
        NotFound: there is none with this id here.
    """
    registration: Registration | None = registrations().filter(id=registration_id).first()
    if registration is None:
        raise NotFound(_("There is no such registration."))
    return registration


def registration_of(track_id: uuid.UUID) -> Registration | None:
    """The registration of a track that stands, if any."""
    return registrations().filter(track_id=track_id).exclude(state=RegistrationState.WITHDRAWN).first()


def registration_of_subject(subject: Subject) -> Registration | None:
    """The registration of a track or a work that stands, if any."""
    wanted = {"work_id": subject.id} if isinstance(subject, Work) else {"track_id": subject.id}
    return registrations().filter(**wanted).exclude(state=RegistrationState.WITHDRAWN).first()


def get_certificate(certificate_id: uuid.UUID) -> Certificate:
    """One certificate of ours.

    Raises:
        NotFound: there is none with this id here.
    """
    found: Certificate | None = (
        Certificate.objects.select_related("registration__track", "registration__work")
        .filter(id=certificate_id)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such certificate."))
    return found


def certificate_of(registration: Registration) -> Certificate | None:
    """The newest certificate of a registration."""
    return registration.certificates.order_by("-issued_at").first()


def verify_certificate(code: str) -> PublicCertificate | None:
    """What a certificate says, for anybody who has its code. Needs no tenant."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, registrant, title, artist, sha256, digest, duration_s, registered_at, issued_at, state, "
            "subject_kind FROM rights_verify_certificate(%s)",
            [normalise_code(code)],
        )
        row = cursor.fetchone()
    return PublicCertificate(*row) if row else None


def normalise_code(code: str) -> str:
    """A certificate's code as stored: upper case, groups of four joined by hyphens."""
    letters = "".join(sign for sign in code.upper() if sign.isalnum())[:CODE_LENGTH]
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))
