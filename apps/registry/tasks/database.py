"""Calls of the registry's functions with bytes as bytes: Django's own cursors send and receive them as hexadecimal."""

import uuid
from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection, transaction

from apps.tenancy.context import bind


def rows(query: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a query on the default connection, in PostgreSQL's binary format."""
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        return cursor.execute(query, params, binary=True).fetchall()


def call(query: str, params: Sequence[Any] = ()) -> Any:
    """The first column of the first row, in a transaction of its own; None when there is no row."""
    with transaction.atomic():
        found = rows(query, params)
    return found[0][0] if found else None


def call_as(organisation_id: uuid.UUID, query: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a query in a short transaction of an organisation."""
    with bind(organisation_id):
        return rows(query, params)
