"""The left rail. An entry appears when its address resolves: pages that do not exist yet show nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Entry:
    """A page of the rail by its URL name; ``roles`` limits who sees it (empty: every member)."""

    label: str | Promise
    url_name: str = ""
    icon: str = "circle"
    roles: tuple[str, ...] = ()
    entries: tuple["Entry", ...] = ()


@dataclass(frozen=True)
class Place:
    """An entry as the template shows it."""

    label: str | Promise
    href: str
    icon: str
    current: bool
    entries: Sequence["Place"] = ()


ADMINS = ("owner", "admin")

_SETTINGS = Entry(
    _("Settings"),
    icon="settings",
    entries=(
        Entry(_("Organisation"), "tenancy:settings", roles=ADMINS),
        Entry(_("Members"), "accounts:members"),
        Entry(_("Thresholds"), "rights:thresholds", roles=ADMINS),
        Entry(_("API keys"), "accounts:api_keys", roles=ADMINS),
        Entry(_("Jobs"), "jobs:list"),
    ),
)
_HOME = Entry(_("Home"), "organisation_home", "house")

RAIL: dict[str, tuple[Entry, ...]] = {
    "label": (
        _HOME,
        Entry(
            _("Catalogue"),
            icon="library",
            entries=(
                Entry(_("Tracks"), "catalog:tracks"),
                Entry(_("Works"), "catalog:works"),
                Entry(_("Releases"), "catalog:releases"),
                Entry(_("Artists"), "catalog:artists"),
            ),
        ),
        Entry(
            _("Registry"),
            icon="fingerprint",
            entries=(
                Entry(_("Register"), "rights:register"),
                Entry(_("Registrations"), "rights:registrations"),
                Entry(_("Matches"), "rights:matches"),
                Entry(_("Checks"), "rights:checks"),
                Entry(_("Monitoring"), "monitoring:list"),
                Entry(_("Cases"), "cases:list"),
            ),
        ),
        _SETTINGS,
    ),
}
# Until their own rooms are built, schools and promoters see what every organisation has.
SHARED = (_HOME, _SETTINGS)


def navigation(request: HttpRequest) -> list[Place]:
    """The rail for the request's organisation; empty outside of one."""
    organisation = getattr(request, "organisation", None)
    if organisation is None:
        return []
    role = getattr(getattr(request, "membership", None), "role", "")
    entries = RAIL.get(organisation.kind, SHARED)
    places = (_place(entry, organisation.slug, role, request.path) for entry in entries)
    return [place for place in places if place is not None]


@dataclass(frozen=True)
class Frame:
    """Addresses of the top bar; empty while a page does not exist."""

    search: str = ""
    jobs: str = ""
    jobs_menu: str = ""
    notifications: str = ""
    notifications_count: str = ""


def frame(request: HttpRequest) -> Frame:
    """The top bar for the request's organisation; empty outside of one."""
    organisation = getattr(request, "organisation", None)
    if organisation is None:
        return Frame()
    slug = organisation.slug
    return Frame(
        search=resolve("catalog:search", slug),
        jobs=resolve("jobs:list", slug),
        jobs_menu=resolve("jobs:menu", slug),
        notifications=resolve("accounts:notifications", slug),
        notifications_count=resolve("accounts:notifications_count", slug),
    )


def resolve(url_name: str, slug: str, **kwargs: Any) -> str:
    """The address below the organisation, or nothing while the page does not exist."""
    try:
        return reverse(url_name, kwargs={"slug": slug, **kwargs})
    except NoReverseMatch:
        return ""


def _place(entry: Entry, slug: str, role: str, path: str) -> Place | None:
    if entry.roles and role not in entry.roles:
        return None
    if entry.entries:
        children = [place for child in entry.entries if (place := _place(child, slug, role, path))]
        if not children:
            return None
        current = any(child.current for child in children)
        return Place(entry.label, children[0].href, entry.icon, current, tuple(children))
    href = resolve(entry.url_name, slug)
    if not href:
        return None
    at_home = href == f"/o/{slug}/"
    return Place(entry.label, href, entry.icon, path == href if at_home else path.startswith(href))
