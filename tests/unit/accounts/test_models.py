"""Small derived facts of invitations and notifications."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import Invitation, Notification

NOW = timezone.now()


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({"expires_at": NOW + timedelta(days=1)}, "open"),
        ({"expires_at": NOW - timedelta(seconds=1)}, "expired"),
        ({"expires_at": NOW + timedelta(days=1), "revoked_at": NOW}, "revoked"),
        ({"expires_at": NOW - timedelta(days=1), "accepted_at": NOW}, "accepted"),
    ],
)
def test_state_of_an_invitation(values, state):
    assert Invitation(email="a@example.org", **values).state == state


def test_a_notification_is_filled_in():
    assert (
        Notification(text="%(count)s tracks of %(who)s", params={"count": 3, "who": "Ana"}).sentence
        == "3 tracks of Ana"
    )


@pytest.mark.parametrize("params", [{}, {"other": 1}, []])
def test_missing_values_do_not_break_the_page(params):
    assert Notification(text="%(count)s tracks", params=params).sentence == "%(count)s tracks"
