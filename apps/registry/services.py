"""Writes of the registry that need no audio: activating a claim, naming a pair.

A claim ends by itself when its track goes back to draft, is withdrawn or deleted: a trigger on the catalogue's table
sees to it, whatever code did it.
"""

import uuid

from django.db import connection


def activate(track_id: uuid.UUID) -> int | None:
    """Make a track's claim an active entry; its number, or None when no claim stands."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT registry_activate(%s)", [track_id])
        row = cursor.fetchone()
    number: int | None = row[0] if row else None
    return number


def activate_work(work_id: uuid.UUID) -> int | None:
    """Make a work's claim an active entry; its number, or None when no claim stands."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT registry_activate_work(%s)", [work_id])
        row = cursor.fetchone()
    number: int | None = row[0] if row else None
    return number


def pair_of(number: int, other: int) -> uuid.UUID:
    """The random id under which two entries that matched are known to both sides; the same for every repeat."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT registry_pair_of(%s, %s)", [number, other])
        pair: uuid.UUID = cursor.fetchone()[0]
    return pair


def listen(listener_id: uuid.UUID) -> int:
    """A place in the registry to search from without claiming anything, for the bound organisation.

    Its number is above every entry that was committed before, and nobody finds it. The same listener gets the same
    number again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT registry_listen(%s)", [listener_id])
        number: int = cursor.fetchone()[0]
    return number
