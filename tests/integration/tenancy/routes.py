"""Every address of the site, read from the URL configuration, so that a new route can't be forgotten."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse


@dataclass(frozen=True)
class Route:
    """One address.

    Attributes:
        name: with its namespaces, ``jobs:detail``; empty for the few routes that have none.
        path: the pattern as written, ``/o/<slug:slug>/jobs/<uuid:job_id>/``.
        kwargs: names of the parts that vary, in order.
    """

    name: str
    path: str
    kwargs: tuple[str, ...]
    view: Callable[..., Any]

    @property
    def is_tenant(self) -> bool:
        return self.path.startswith("/o/")

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/api/v1/")

    @property
    def ids(self) -> tuple[str, ...]:
        """The parts that name a thing."""
        return tuple(name for name in self.kwargs if name not in ("slug", "format"))

    def url(self, values: dict[str, str]) -> str:
        return reverse(self.name, kwargs={name: values[name] for name in self.kwargs})

    def __str__(self) -> str:
        return self.name or self.path


def all_routes() -> list[Route]:
    """Every route once."""
    found = {(route.name, route.path): route for route in _walk(get_resolver().url_patterns, "/", (), ())}
    return list(found.values())


def _walk(patterns: list[Any], path: str, kwargs: tuple[str, ...], spaces: tuple[str, ...]) -> Iterator[Route]:
    for entry in patterns:
        here = path + str(entry.pattern).removeprefix("^")
        names = (*kwargs, *entry.pattern.converters, *getattr(entry.pattern.regex, "groupindex", {}))
        named = tuple(dict.fromkeys(names))
        if isinstance(entry, URLResolver):
            inner = (*spaces, entry.namespace) if entry.namespace else spaces
            yield from _walk(entry.url_patterns, here, named, inner)
        elif isinstance(entry, URLPattern):
            name = ":".join((*spaces, entry.name)) if entry.name else ""
            yield Route(name, here, named, entry.callback)
