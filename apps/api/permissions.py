"""What a caller may do."""

from typing import TYPE_CHECKING, cast

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest

if TYPE_CHECKING:
    # Importing it loads the default permissions, which are in this very package.
    from rest_framework.views import APIView

DEFAULT_SCOPE = "tracks"
NO_ORGANISATION = _("Name the organisation in the header X-Organisation, or send one of its API keys.")
SCOPE_MISSING = _("This API key lacks the scope %(scope)s.")
ROLE_TOO_LOW = _("Your role in this organisation does not allow this. Ask an administrator of it.")


class TenantPermission(BasePermission):
    """A key needs the view's scope; a member needs to be an editor to write.

    A view names its scope in ``scope`` (``tracks``, ``registrations``, …): reading needs ``<scope>:read``, writing
    ``<scope>:write``.
    """

    message: str | Promise = ""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        tenant_request = cast(TenantRequest, request._request)
        if tenant_request.organisation is None:
            self.message = NO_ORGANISATION
            return False
        reading = request.method in SAFE_METHODS
        if tenant_request.api_key is not None:
            scope = f"{getattr(view, 'scope', DEFAULT_SCOPE)}:{'read' if reading else 'write'}"
            self.message = SCOPE_MISSING % {"scope": scope}
            return scope in tenant_request.api_key.scopes
        self.message = ROLE_TOO_LOW
        membership = tenant_request.membership
        return membership is not None and membership.may_act_as(Role.VIEWER if reading else Role.EDITOR)
