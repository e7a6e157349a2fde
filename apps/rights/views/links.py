"""Addresses that several pages need."""

import uuid

from django.urls import reverse

from apps.catalog.models import AudioAsset, Track, Work
from apps.core.components import url_or_empty
from apps.core.display import Link
from apps.core.display import Text as LinkText
from apps.rights.models import Check, Match, Subject


def match_link(slug: str, match: Match) -> str:
    return reverse("rights:match", kwargs={"slug": slug, "match_id": match.id})


def check_link(slug: str, check: Check) -> str:
    return reverse("rights:check", kwargs={"slug": slug, "check_id": check.id})


def rest_link(slug: str, check: Check) -> str:
    """Where what failed in a check is compared again."""
    return reverse("rights:check_rest", kwargs={"slug": slug, "check_id": check.id})


def track_link(slug: str, track_id: uuid.UUID) -> str:
    return url_or_empty("catalog:track", slug=slug, track_id=track_id)


def subject_link(slug: str, subject: Subject | None) -> str:
    """The page of a track or a work of ours; empty for none."""
    if subject is None:
        return ""
    if isinstance(subject, Work):
        return url_or_empty("catalog:work", slug=slug, work_id=subject.id)
    return track_link(slug, subject.id)


def act_link(slug: str, subject: Subject, act: str) -> str:
    """Where something is done with a track or a work: ``check``, ``register``, ``withdraw``, ``panel``."""
    kind = "work" if isinstance(subject, Work) else "track"
    return url_or_empty(f"rights:{kind}_{act}", slug=slug, **{f"{kind}_id": subject.id})


def audio_link(slug: str, asset: AudioAsset | None) -> str:
    """Where our own recording streams from; empty while it can't be played."""
    if asset is None or not asset.is_ready:
        return ""
    return url_or_empty("catalog:asset_audio", slug=slug, asset_id=asset.id)


def peaks_link(slug: str, asset: AudioAsset | None) -> str:
    if asset is None or not asset.is_ready:
        return ""
    return url_or_empty("catalog:asset_waveform", slug=slug, asset_id=asset.id)


def registry_crumbs(slug: str, label: LinkText, url_name: str, current: LinkText) -> list[Link]:
    """Where one is: the list, then the page."""
    return [Link(label, reverse(url_name, kwargs={"slug": slug})), Link(current, "", current=True)]


def track_of(track: Track) -> str:
    """A track in one line: title and artists."""
    return f"{track.full_title} · {track.artist_line}" if track.artist_line else track.full_title
