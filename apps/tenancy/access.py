"""The first line of every view of a tenant: who may be here."""

from django.utils.translation import gettext as _

from apps.core.errors import Forbidden, NotFound
from apps.tenancy.models import Membership, Role
from apps.tenancy.requests import TenantRequest


def require_role(request: TenantRequest, role: str = Role.VIEWER) -> Membership:
    """The membership under which the request runs.

    Raises:
        NotFound: the address names no organisation of the user.
        Forbidden: the user's role in it is lower than ``role``.
    """
    membership = request.membership
    if membership is None:
        raise NotFound(_("This page does not exist, or you may not see it."))
    if not membership.may_act_as(Role(role)):
        raise Forbidden(
            _("Your role in this organisation does not allow this. Ask an administrator of it."), code="role_too_low"
        )
    return membership
