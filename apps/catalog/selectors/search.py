"""Search over the whole catalogue."""

from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Case, IntegerField, QuerySet, When
from django.db.models.functions import Length

from apps.catalog.models import Artist, Release, Track, Work
from apps.catalog.selectors.tracks import matching, tracks
from apps.catalog.selectors.works import works
from apps.catalog.text import search_key

SEARCH_LIMIT = 6
TRIGRAM_MIN_LENGTH = 4
TRIGRAM_LIKENESS = 0.5


@dataclass(frozen=True)
class SearchResults:
    """What a search of the whole catalogue found, best first."""

    query: str
    tracks: list[Track]
    works: list[Work]
    releases: list[Release]
    artists: list[Artist]

    @property
    def is_empty(self) -> bool:
        return not (self.tracks or self.works or self.releases or self.artists)


def search(query: str, *, limit: int = SEARCH_LIMIT) -> SearchResults:
    """Tracks, works, releases and artists whose names hold every word of the query, in any script.

    When nothing holds them, names that look alike (trigrams) are answered: a typing mistake still finds its track.
    """
    words = search_key(query).split()
    if not words:
        return SearchResults(query, [], [], [], [])
    return SearchResults(
        query,
        _search(tracks(), words, limit),
        _search(works(), words, limit),
        _search(Release.objects.select_related("artist"), words, limit),
        _search(Artist.objects.all(), words, limit),
    )


def _search(queryset: QuerySet[Any], words: list[str], limit: int) -> list[Any]:
    text = " ".join(words)
    exact = matching(queryset, text)
    starts = Case(When(search_text__startswith=text, then=0), default=1, output_field=IntegerField())
    found = list(exact.order_by(starts, Length("search_text"), "-created_at")[:limit])
    if found or len(text) < TRIGRAM_MIN_LENGTH:
        return found
    alike = queryset.annotate(likeness=TrigramWordSimilarity(text, "search_text"))
    return list(alike.filter(likeness__gte=TRIGRAM_LIKENESS).order_by("-likeness", "-created_at")[:limit])
