"""The request as views and middleware see it, with its tenant."""

from typing import Any, Protocol, cast

from django.http import HttpRequest

from apps.tenancy.models import Membership, Organisation


class Key(Protocol):
    """What the request's API key tells the layers that don't know accounts."""

    pk: Any
    scopes: list[str]
    created_by: Any


class TenantRequest(HttpRequest):
    """A request after ``TenantMiddleware``. For typing only: Django makes the object, the middleware fills it.

    Attributes:
        organisation: the tenant that is bound, if any.
        membership: the signed-in user's place in it; None for an API key.
        memberships: all of the signed-in user's, oldest first, with their organisations.
        api_key: the key under which a program calls.
        htmx: details of a request made by htmx; false otherwise.
    """

    organisation: Organisation | None
    membership: Membership | None
    memberships: list[Membership]
    api_key: Key | None
    htmx: Any


def prepare(request: HttpRequest) -> TenantRequest:
    """Give a fresh request its tenant attributes, all empty."""
    tenant_request = cast(TenantRequest, request)
    tenant_request.organisation = None
    tenant_request.membership = None
    tenant_request.memberships = []
    tenant_request.api_key = None
    return tenant_request
