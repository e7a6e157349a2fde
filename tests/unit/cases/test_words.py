"""Money, moments and the texts that the database holds too."""

from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module

import pytest

from apps.cases import messages, wording
from apps.cases.models import Proposal


@pytest.mark.parametrize(
    ("minor", "currency", "words"),
    [(125_000, "EUR", "1,250.00 EUR"), (5, "USD", "0.05 USD"), (150_000, "JPY", "150,000 JPY"), (0, "GBP", "0.00 GBP")],
)
def test_money_is_written_in_whole_units(minor, currency, words):
    assert wording.money(minor, currency) == words


def test_terms_of_each_kind():
    licence = Proposal(
        kind="licence", fee_minor=0, currency="EUR", starts_on=date(2027, 1, 1), ends_on=None, territory="worldwide"
    )
    assert [value for _name, value in wording.terms_in_words(licence)] == [
        "free of charge",
        "Jan. 1, 2027 to without end",
        "worldwide",
    ]
    assert wording.terms_as_data(licence)["starts_on"] == "2027-01-01"
    share = Proposal(kind="share", share_percent=Decimal("12.50"))
    assert wording.proposal_in_words(share) == "Share of revenue: 12.50 %"
    assert wording.terms_as_data(share) == {"share_percent": "12.50", "territory": ""}
    gone = Proposal(kind="take_down", take_down_on=date(2027, 2, 3))
    assert wording.terms_in_words(gone) == [("Gone from", "Feb. 3, 2027")]


def test_moments_name_their_zone():
    moment = datetime(2026, 12, 1, 17, tzinfo=UTC)
    assert wording.moment_in_words(moment, "Europe/Berlin") == "2026-12-01 18:00 Europe/Berlin"
    assert wording.moment_in_words(moment, "Nowhere/At-all") == "2026-12-01 17:00 UTC"


def test_the_database_writes_the_texts_that_are_translated():
    assert import_module("apps.cases.migrations.0002_security").TEXTS == messages.FROM_OTHER_SIDE
