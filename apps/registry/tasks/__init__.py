"""Background work of the registry. What computes lies in this package's modules and is imported only when it runs."""

from celery import shared_task


@shared_task(name="registry.maintain")
def maintain() -> int:
    """Merge what has come in, drop what was withdrawn, delete what nobody reads any more.

    Safe to run at any time, twice at once, and to kill.
    """
    from apps.registry.tasks.merge import maintain as work

    return work()
