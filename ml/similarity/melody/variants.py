"""Pairs of tunes that tradition handed down under one title in different collections: real variants, not made ones.

Titles are compared without articles, kinds of dance, punctuation and case. Titles that a collection gives to several
tunes, and short ones, are left out. Not every pair shares a melody: two tunes may have one title. So figures on these
pairs stay below what the search could reach.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

from ml.similarity.melody.notes import Melody

_KINDS = (
    "reel|jig|hornpipe|strathspey|slow air|air|march|quick ?step|clog|waltz|polka|slip jig|highland fling|country dance"
)
_DROPPED = re.compile(rf"\b(the|a|an|or|ye|o|of|{_KINDS}|no|set|version|1st|2d|2nd)\b|\d+")
MIN_TITLE = 6


@dataclass(frozen=True, slots=True)
class Pair:
    """Two tunes of one title: (collection, place in it) of the query and of the other."""

    title: str
    query: tuple[str, int]
    other: tuple[str, int]

    @property
    def is_held_out(self) -> bool:
        """Half of the titles, by checksum: for reporting only."""
        return bool(crc32(self.title.encode()) & 1)


def key_of(title: str) -> str:
    """A title reduced to what collections agree on."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"\s--.*|\(.*?\)|\[.*?\]", " ", plain)
    plain = re.sub(r"(.*), (the|a|an)\b", r"\1", plain).replace("'s", "s").replace("'", "")
    return "".join(re.sub(r"[^a-z ]", " ", _DROPPED.sub(" ", plain)).split())


def pairs_of(collections: Mapping[str, Sequence[Melody]]) -> list[Pair]:
    """Pairs across collections, one for each title and pair of collections, ordered by title."""
    where: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for name, melodies in collections.items():
        for number, melody in enumerate(melodies):
            key = key_of(melody.title)
            if len(key) >= MIN_TITLE:
                where[key][name].append(number)
    found = []
    for title, places in sorted(where.items()):
        once = [(name, numbers[0]) for name, numbers in sorted(places.items()) if len(numbers) == 1]
        found += [Pair(title, a, b) for k, a in enumerate(once) for b in once[k + 1 :]]
    return found
