"""What a caller may do."""

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.tenancy.models import Role


class TenantPermission(BasePermission):
    """A key needs the view's scope; a member needs to be an editor to write.

    A view names its scope in ``scope`` (``tracks``, ``registrations``, …): reading needs ``<scope>:read``, writing
    ``<scope>:write``.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        if request._request.organisation is None:
            return False
        reading = request.method in SAFE_METHODS
        key = getattr(request._request, "api_key", None)
        if key is not None:
            scope = f"{getattr(view, 'scope', 'tracks')}:{'read' if reading else 'write'}"
            return scope in key.scopes
        membership = request._request.membership
        return membership is not None and membership.may_act_as(Role.VIEWER if reading else Role.EDITOR)
