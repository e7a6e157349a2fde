"""The daily digest: what of the watchlists was heard, by mail and in the application, each alert once."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import send_mail
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.services import notify
from apps.monitoring import messages
from apps.monitoring.models import Alert
from apps.monitoring.selectors import unmailed_alerts
from apps.monitoring.services.counting import zone_of
from apps.tenancy.models import Membership, Organisation, Role

MOST_LINES = 100


@dataclass(frozen=True)
class Line:
    """One play in the mail."""

    watchlist: str
    title: str
    artist: str
    recording: str
    source: str
    at: str


def due_organisations() -> list[uuid.UUID]:
    """Organisations with alerts that no digest told: only their ids are known here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organisation_id FROM monitoring_digest_due()")
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def send_digest() -> int:
    """Tell the bound organisation's editors what was heard since the last digest. Answers the number of plays.

    Alerts are marked in the same transaction: a mail server that fails leaves them for the next round.
    """
    alerts = list(unmailed_alerts().select_for_update(of=("self",)).order_by("watchlist__name", "created_at"))
    if not alerts:
        return 0
    organisation = Organisation.objects.get(id=alerts[0].organisation_id)
    Alert.objects.filter(id__in=[alert.id for alert in alerts]).update(mailed_at=timezone.now())
    page = reverse("monitoring:watchlists", kwargs={"slug": organisation.slug})
    notify(
        kind="monitoring.digest",
        text=messages.DIGEST if len(alerts) > 1 else messages.DIGEST_ONE,
        params={"count": len(alerts)},
        link=page,
    )
    for reader in _readers(organisation):
        with translation.override(reader.language or settings.LANGUAGE_CODE):
            _mail(reader, organisation, alerts, page)
    return len(alerts)


def _readers(organisation: Organisation) -> list[User]:
    """Members who work with the catalogue; viewers read it in the application."""
    members = Membership.objects.filter(organisation_id=organisation.id).select_related("user")
    return [m.user for m in members if m.may_act_as(Role.EDITOR) and m.user.is_active]


def _mail(reader: User, organisation: Organisation, alerts: Sequence[Alert], page: str) -> None:
    values = {
        "organisation": organisation.name,
        "lines": [_line(alert) for alert in alerts[:MOST_LINES]],
        "more": max(0, len(alerts) - MOST_LINES),
        "page": f"{settings.SITE_URL.rstrip('/')}{page}",
    }
    subject = _("%(organisation)s: what was heard of your watchlists") % {"organisation": organisation.name}
    send_mail(subject, render_to_string("monitoring/email/digest.txt", values), None, [reader.email])


def _line(alert: Alert) -> Line:
    cue, recording = alert.cue, alert.cue.recording
    at = recording.on_air_at(cue.start_s).astimezone(zone_of(recording.source))
    return Line(
        watchlist=alert.watchlist.name,
        title=cue.title,
        artist=cue.artist,
        recording=recording.title,
        source=recording.source.name if recording.source else "",
        at=f"{at:%Y-%m-%d %H:%M:%S}",
    )
