"""Roles, and what each may do."""

import pytest

from apps.core.errors import Forbidden, NotFound
from apps.tenancy.access import require_role
from apps.tenancy.models import Membership, Role
from apps.tenancy.requests import prepare


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.VIEWER, ["viewer"]),
        (Role.EDITOR, ["viewer", "editor"]),
        (Role.ADMIN, ["viewer", "editor", "admin"]),
        (Role.OWNER, ["viewer", "editor", "admin", "owner"]),
    ],
)
def test_a_role_may_do_what_lower_ones_may(role, may):
    assert [other.value for other in reversed(Role) if role.may_act_as(other)] == may


def test_require_role(rf):
    request = prepare(rf.get("/o/x/"))
    with pytest.raises(NotFound):
        require_role(request)
    request.membership = Membership(role="editor")
    assert require_role(request, "editor") is request.membership
    with pytest.raises(Forbidden) as caught:
        require_role(request, "admin")
    assert caught.value.code == "role_too_low"
