"""Addresses that several pages need."""

import uuid

from django.urls import reverse

from apps.catalog.models import AudioAsset, Track
from apps.core.components import url_or_empty
from apps.core.display import Link
from apps.core.display import Text as LinkText
from apps.rights.models import Check, Match


def match_link(slug: str, match: Match) -> str:
    return reverse("rights:match", kwargs={"slug": slug, "match_id": match.id})


def check_link(slug: str, check: Check) -> str:
    return reverse("rights:check", kwargs={"slug": slug, "check_id": check.id})


def track_link(slug: str, track_id: uuid.UUID) -> str:
    return url_or_empty("catalog:track", slug=slug, track_id=track_id)


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
