"""Telling the other organisation. The database writes into its rows; only figures and a pair's id go out from here."""

import json

from django.db import connection

from apps.rights.links import match_page_pattern
from apps.rights.models import Match, MatchState
from apps.rights.services.outcome import FoundMatch


def deliver(found: FoundMatch) -> None:
    """Write a match into the other organisation's list, notify it, and have its evidence made. Again changes little."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rights_deliver_match(%s, %s, %s::jsonb, %s)",
            [found.pair_id, found.facet, json.dumps(found.mirrored()), match_page_pattern()],
        )


def tell(match: Match, state: MatchState) -> None:
    """Let the other organisation know what became of a match on our side."""
    if not match.already_ours:
        _tell(match, state.value)


def tell_whether_registered(match: Match) -> None:
    """Let the other organisation's report show whether our track is registered, without a notification."""
    if not match.already_ours:
        _tell(match, None)


def _tell(match: Match, state: str | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rights_tell_other_side(%s, %s, %s, %s)", [match.pair_id, match.facet, state, match_page_pattern()]
        )
