"""Covers and melodies of the whole registry, as a worker keeps them between checks.

A print is never changed: a new one has a new id. So a worker reads each print once, and asks before every search which
of them still stand. Prints are claimed in the transaction of the entry, and looked up after it: of two entries that
are checked at the same moment, the later one always sees the earlier one.
"""

import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from django.db import connection

from apps.registry.tasks import damage
from apps.registry.tasks.database import call_as, rows

COVER, MELODY, TRANSCRIPTION = "cover", "melody", "transcription"
PRINTS_A_QUERY = 500
Progress = Callable[[float], None]
Printed = TypeVar("Printed")


class Index(Protocol):
    """What ``CoverIndex`` and ``MelodyIndex`` have in common."""

    def __len__(self) -> int: ...

    def add(self, number: int, printed: Any) -> None: ...

    def search(
        self, query: Any, *, threshold: float | None, exclude: Any, progress: Progress | None
    ) -> Sequence[Any]: ...


@dataclass(frozen=True, slots=True)
class Kind(Generic[Printed]):
    """How prints of one kind and version are read and searched."""

    name: str
    version: str
    read: Callable[[bytes], Printed]
    new_index: Callable[[], Index]


@dataclass(slots=True)
class _Shelf(Generic[Printed]):
    """The prints of one kind that this process has read. ``places`` are the index's numbers, by print; ``taken`` counts
    those that were given out.
    """

    index: Index
    places: dict[uuid.UUID, int] = field(default_factory=dict)
    printed: dict[int, Printed] = field(default_factory=dict)
    unreadable: set[uuid.UUID] = field(default_factory=set)
    taken: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True, slots=True)
class Found(Generic[Printed]):
    """What a search of the registry's prints answers.

    matches: (entry's number, what the index said, the other side's print), strongest first. compared_with: prints that
    were searched. seconds_reading: spent on prints that this process had not read yet.
    """

    matches: list[tuple[int, Any, Printed]]
    compared_with: int
    seconds_reading: float


_shelves: dict[tuple[str, str, str], _Shelf[Any]] = {}
_shelves_lock = threading.Lock()


def put(number: int, kind: str, version: str, printed: bytes) -> bool:
    """Give an entry of the bound organisation its print of a kind, in place of an earlier one; whether it is new.

    In the transaction that claims the entry: whoever commits later sees it.
    """
    new: bool = rows("SELECT registry_put_print(%s, %s, %s, %b)", [number, kind, version, printed])[0][0]
    return new


def search(
    organisation_id: uuid.UUID,
    number: int,
    kind: Kind[Printed],
    query: Printed,
    *,
    threshold: float,
    everyone: bool = False,
    progress: Progress | None = None,
) -> Found[Printed]:
    """Entries whose print is like the query, for the organisation that entry ``number`` belongs to.

    Only entries with a lower number, unless ``everyone`` asks for all others (a re-check of an entry that stood before
    its print did).
    """
    started = time.monotonic()
    live = _live(organisation_id, number, kind, everyone=everyone)
    shelf = _shelf(kind)
    with shelf.lock:
        missing = [name for name in live if name not in shelf.places and name not in shelf.unreadable]
        _read_missing(organisation_id, number, kind, shelf, missing, live)
        entry_of = {shelf.places[name]: entry for name, entry in live.items() if name in shelf.places}
        reading = time.monotonic() - started
        if not entry_of:
            return Found([], 0, reading)
        exclude = frozenset(place for place in shelf.places.values() if place not in entry_of)
        found = shelf.index.search(query, threshold=threshold, exclude=exclude, progress=progress)
        matches = [(entry_of[match.number], match, shelf.printed[match.number]) for match in found]
    return Found(matches, len(entry_of), reading)


def forget() -> None:
    """Let go of everything that was read."""
    with _shelves_lock:
        _shelves.clear()


def _live(organisation_id: uuid.UUID, number: int, kind: Kind[Any], *, everyone: bool) -> dict[uuid.UUID, int]:
    """Prints that count for an entry, with the numbers of the entries that they are of."""
    found = call_as(
        organisation_id,
        "SELECT prints, numbers FROM registry_similarity_live(%s, %s, %s, %s)",
        [number, kind.name, kind.version, everyone],
    )
    prints, numbers = found[0] if found else ([], [])
    return dict(zip(prints, numbers, strict=True))


def _read_missing(
    organisation_id: uuid.UUID,
    number: int,
    kind: Kind[Any],
    shelf: _Shelf[Any],
    missing: list[uuid.UUID],
    live: Mapping[uuid.UUID, int],
) -> None:
    for some in _batches(missing):
        query = "SELECT id, print FROM registry_similarity_prints(%s, %s::uuid[])"
        for name, data in call_as(organisation_id, query, [number, some]):
            _add(kind, shelf, name, bytes(data), live[name])


def _add(kind: Kind[Any], shelf: _Shelf[Any], name: uuid.UUID, data: bytes, number: int) -> None:
    """A print that can't be read is passed over and reported: one damaged row must not stop every check."""
    place = shelf.taken
    shelf.taken += 1
    try:
        printed = kind.read(data)
        shelf.index.add(place, printed)
    except Exception as error:  # whatever is wrong with it, the other prints are not to blame
        shelf.unreadable.add(name)
        damage.report(kind.name, number, error)
        return
    shelf.places[name], shelf.printed[place] = place, printed


def _shelf(kind: Kind[Printed]) -> _Shelf[Printed]:
    database = connection.settings_dict
    key = (f"{database['HOST']}:{database['PORT']}/{database['NAME']}", kind.name, kind.version)
    with _shelves_lock:
        if key not in _shelves:
            _shelves[key] = _Shelf(kind.new_index())
        return _shelves[key]


def _batches(prints: list[uuid.UUID]) -> Iterator[list[uuid.UUID]]:
    for at in range(0, len(prints), PRINTS_A_QUERY):
        yield prints[at : at + PRINTS_A_QUERY]
