"""Who belongs to an organisation, and as what."""

import uuid

from django.utils.translation import gettext as _

from apps.accounts.selectors import get_member
from apps.audit import services as audit
from apps.core.errors import Forbidden
from apps.tenancy import services as tenancy
from apps.tenancy.models import Membership, Role


def change_role(*, member_id: uuid.UUID, role: str, by: Membership) -> Membership:
    """Give a member another role.

    Raises:
        NotFound: no such member here.
        Forbidden: only owners make or unmake owners.
        Conflict: it would leave the organisation without an owner.
    """
    member = get_member(member_id, lock=True)
    before = member.role
    if before == role:
        return member
    ensure_may_grant(by, before)
    ensure_may_grant(by, role)
    tenancy.change_role(membership=member, role=role)
    audit.record(
        action="member.role_changed",
        subject_type="membership",
        subject_id=member.id,
        data={"email": member.user.email, "from": before, "to": role},
    )
    return member


def remove_member(*, member_id: uuid.UUID, by: Membership) -> None:
    """Take a member out of the organisation; everybody may leave by themselves.

    Raises:
        NotFound: no such member here.
        Forbidden: only owners remove owners.
        Conflict: it would leave the organisation without an owner.
    """
    member = get_member(member_id, lock=True)
    if member.user_id != by.user_id:
        ensure_may_grant(by, member.role)
    data = {"email": member.user.email, "role": member.role}
    member_pk = member.pk
    tenancy.remove_member(membership=member)
    audit.record(action="member.removed", subject_type="membership", subject_id=member_pk, data=data)


def ensure_may_grant(by: Membership, role: str) -> None:
    """Administrators manage everybody but owners.

    Raises:
        Forbidden: the role is higher than the one of the member who asks, or that one is no administrator.
    """
    if not by.may_act_as(Role.ADMIN) or not by.may_act_as(Role(role)):
        raise Forbidden(_("Only an owner can do this. Ask an owner of the organisation."), code="owner_needed")
