"""What waits for somebody, gathered for the home page from rooms that it does not know.

A room above the one that has the page registers what it knows in its ``AppConfig.ready``; imports go along the arrows.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """One thing that waits for somebody, with the page where it is done."""

    count: int
    text: str
    href: str
    icon: str


Provider = Callable[[str, uuid.UUID | None], list[Need]]
"""Given the organisation's slug and the member's id, what waits in a room; the organisation is bound."""

_providers: list[Provider] = []


def provide(provider: Provider) -> None:
    """Let a room add to every organisation's home page. The same again changes nothing."""
    if provider not in _providers:
        _providers.append(provider)


def gathered(slug: str, user_id: uuid.UUID | None) -> list[Need]:
    """What waits in all rooms that registered; only things of which there are any."""
    return [need for provider in _providers for need in provider(slug, user_id) if need.count]
