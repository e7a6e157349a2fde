"""Which tenant the running code works for.

Binding opens one transaction and sets ``app.organisation_id`` (and ``app.user_id``) with ``SET LOCAL``: a
session-level setting would leak through the connection pool to the next request.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import DEFAULT_DB_ALIAS, connections, transaction


class NoTenant(RuntimeError):
    """Tenant data was touched while no tenant is bound: a programming error, never shown to a user."""


@dataclass(frozen=True)
class Binding:
    """The tenant and the user on whose behalf code runs."""

    organisation_id: uuid.UUID | None
    user_id: uuid.UUID | None


_binding: ContextVar[Binding | None] = ContextVar("tenant_binding", default=None)


def current_organisation_id() -> uuid.UUID:
    """The bound tenant's id.

    Raises:
        NoTenant: nothing is bound.
    """
    binding = _binding.get()
    if binding is None or binding.organisation_id is None:
        raise NoTenant("No organisation is bound: wrap the call in tenancy.context.bind().")
    return binding.organisation_id


def current_user_id() -> uuid.UUID | None:
    """The bound user's id, if a person is behind the running code."""
    binding = _binding.get()
    return binding.user_id if binding else None


@contextmanager
def bind(organisation_id: uuid.UUID | None, *, user_id: uuid.UUID | None = None) -> Iterator[None]:
    """Run a block as one tenant (and user), in one transaction.

    With ``organisation_id`` None only the user is known: tenant tables stay closed, the user's own memberships are
    readable. A nested binding of another tenant restores the outer one when it ends.
    """
    outer = _binding.get()
    inner = Binding(organisation_id, user_id)
    try:
        with transaction.atomic():
            _apply(inner)
            token = _binding.set(inner)
            try:
                yield
            finally:
                _binding.reset(token)
    finally:
        _restore(outer or Binding(None, None))


def _apply(binding: Binding) -> None:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.organisation_id', %s, true), set_config('app.user_id', %s, true)",
            [str(binding.organisation_id or ""), str(binding.user_id or "")],
        )


def _restore(outer: Binding) -> None:
    """Set the outer values again where a transaction goes on around the block.

    A failed one is rolled back by its owner, which resets them.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.in_atomic_block and not connection.needs_rollback:
        _apply(outer)
