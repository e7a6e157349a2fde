"""Organisations as their members make and change them."""

import uuid
import zoneinfo
from contextlib import suppress
from dataclasses import asdict, dataclass

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, URLValidator
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.core.errors import InvalidInput
from apps.tenancy import services as tenancy
from apps.tenancy.context import bind
from apps.tenancy.models import Organisation, OrganisationKind


@dataclass(frozen=True)
class OrganisationSettings:
    """What an administrator decides about an organisation.

    ``public_name``, ``contact_route`` and ``share_excerpts`` say what the registry may show to others.
    """

    name: str
    time_zone: str
    public_name: str
    contact_route: str
    share_excerpts: bool


def create_organisation(*, name: str, kind: str = OrganisationKind.LABEL, owner_id: uuid.UUID) -> Organisation:
    """A new organisation of which the user is the owner.

    Raises:
        InvalidInput: the name is empty.
    """
    organisation = tenancy.create_organisation(name=name, kind=kind, owner_id=owner_id)
    with bind(organisation.id, user_id=owner_id):
        audit.record(
            action="organisation.created",
            subject_type="organisation",
            subject_id=organisation.id,
            data={"name": organisation.name, "kind": organisation.kind},
        )
    return organisation


def update_organisation(*, organisation: Organisation, settings: OrganisationSettings) -> Organisation:
    """Change an organisation's settings; what stays as it was is not recorded.

    Raises:
        InvalidInput: an empty name, or no such time zone.
    """
    _check(settings)
    changed = {name: value for name, value in asdict(settings).items() if getattr(organisation, name) != value}
    if not changed:
        return organisation
    before = {name: getattr(organisation, name) for name in changed}
    for name, value in changed.items():
        setattr(organisation, name, value)
    organisation.save(update_fields=[*changed, "updated_at"])
    audit.record(
        action="organisation.changed",
        subject_type="organisation",
        subject_id=organisation.id,
        data={name: {"from": before[name], "to": value} for name, value in changed.items()},
    )
    return organisation


def _is_contact(text: str) -> bool:
    """Others see it, and may follow it: nothing but mail and web addresses."""
    for validate in (EmailValidator(), URLValidator(schemes=["https", "http"])):
        with suppress(ValidationError):
            validate(text)
            return True
    return False


def _check(settings: OrganisationSettings) -> None:
    fields = {}
    if not settings.name.strip():
        fields["name"] = _("Give the organisation a name.")
    if not settings.public_name.strip():
        fields["public_name"] = _("Say under which name others see you in the registry.")
    if settings.contact_route and not _is_contact(settings.contact_route):
        fields["contact_route"] = _("Give an e-mail address or a web address that begins with https://.")
    if settings.time_zone not in zoneinfo.available_timezones():
        fields["time_zone"] = _("Choose a time zone from the list.")
    if fields:
        raise InvalidInput(_("Some settings need your attention."), fields=fields)
