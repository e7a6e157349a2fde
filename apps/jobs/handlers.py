"""Which function does which kind of job. Apps register theirs in ``tasks.py``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise

from apps.jobs.models import Job, Queue

if TYPE_CHECKING:
    from apps.jobs.runner import JobRun

Work = Callable[["JobRun"], None]
Ended = Callable[[Job], None]
Link = Callable[[Job], str]


@dataclass(frozen=True)
class Handler:
    """How one kind of job is done.

    Attributes:
        kind: name in dotted form, ``app.verb``.
        work: does the job; it must end in ``run.commit(...)``.
        queue: which workers take it.
        on_abandoned: called in the transaction in which a job fails or is cancelled for good, so that the rows that
            wait for it can be put right.
        max_attempts: how many workers may die on it.
        title: what it is called on pages, translatable; the kind by default.
        link: the address of what the job is about or made, "" when there is none.
    """

    kind: str
    work: Work
    queue: Queue
    on_abandoned: Ended | None
    max_attempts: int
    title: str | Promise
    link: Link | None


_handlers: dict[str, Handler] = {}


def handler(
    kind: str,
    *,
    queue: Queue | str = Queue.CPU,
    on_abandoned: Ended | None = None,
    max_attempts: int = 5,
    title: str | Promise = "",
    link: Link | None = None,
) -> Callable[[Work], Work]:
    """Register the decorated function as the one that does jobs of this kind."""

    def register(work: Work) -> Work:
        known = _handlers.get(kind)
        if known is not None and known.work.__qualname__ != work.__qualname__:
            raise ValueError(f"Two handlers for jobs of kind {kind!r}")
        _handlers[kind] = Handler(kind, work, Queue(queue), on_abandoned, max_attempts, title or kind, link)
        return work

    return register


def find(kind: str) -> Handler | None:
    """The handler of a kind, None when no app registered it (a row of an older or newer release)."""
    return _handlers.get(kind)


def get(kind: str) -> Handler:
    """The handler of a kind.

    Raises:
        LookupError: no app registered it.
    """
    try:
        return _handlers[kind]
    except KeyError:
        raise LookupError(f"No handler for jobs of kind {kind!r}") from None


def names() -> list[str]:
    """All kinds that are registered, sorted."""
    return sorted(_handlers)


__all__ = ["Handler", "find", "get", "handler", "names"]
