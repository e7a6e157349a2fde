"""The state of a table is in the address."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import RequestFactory

from apps.core.tables import Column, Table


class Rows(list):
    """Stands for a query set: remembers how it was ordered."""

    # Any model without these fields: as for annotations, a value may be missing.
    model = Group
    ordering: tuple = ()

    def order_by(self, *ordering):
        ordered = Rows(self)
        ordered.ordering = ordering
        return ordered

    def count(self):  # type: ignore[override]
        return len(self)


@dataclass
class Track:
    title: str
    isrc: str


COLUMNS = [
    Column("title", "Title", sort="title", value=lambda track: track.title, optional=False),
    Column("isrc", "ISRC", sort="isrc", value=lambda track: track.isrc),
    Column("plays", "Plays", numeric=True, shown=False),
]
TRACKS = Rows([Track("Night train", "DEA123456789"), Track("=cmd()", "-"), Track("夜车", "")])


def table(address, **options):
    rows: Any = TRACKS
    return Table(RequestFactory().get(address), rows, COLUMNS, **options)


def test_sorting_comes_from_the_address_and_unknown_columns_are_ignored():
    assert table("/t?sort=-isrc", sort="title").sort == "-isrc"
    assert table("/t?sort=password", sort="title").sort == "title"
    assert table("/t?sort=plays", sort="title").sort == "title"
    ordering = table("/t?sort=-isrc")._queryset.ordering
    assert ordering[0].descending is True
    assert ordering[0].expression.name == "isrc"
    assert ordering[1] == "pk"


def test_sort_links_turn_round_and_go_back_to_the_first_page():
    tracks = table("/t?q=a&sort=title&page=3")
    assert tracks.sort_link("title") == "?q=a&sort=-title"
    assert tracks.sort_link("isrc") == "?q=a&sort=isrc"
    assert [tracks.direction(key) for key in ("title", "isrc")] == ["ascending", "none"]


def test_columns_are_chosen_in_the_address_and_fixed_ones_stay():
    assert table("/t").visible == {"title", "isrc"}
    assert table("/t?columns=plays").visible == {"title", "plays"}
    assert table("/t?columns=plays&columns=isrc").visible == {"title", "plays", "isrc"}
    assert table("/t?columns=nonsense").visible == {"title"}


def test_a_page_that_is_not_there_is_the_last_one():
    tracks = table("/t?page=99", per_page=2)
    assert tracks.page.number == 2
    assert [track.title for track in tracks.rows] == ["夜车"]
    assert tracks.total == 3


def test_csv_holds_every_row_and_no_formula():
    answer = table("/t?format=csv", per_page=1).csv("My tracks")
    assert answer["Content-Disposition"] == 'attachment; filename="my-tracks.csv"'
    assert answer.content.decode("utf-8") == ("\ufeffTitle,ISRC\r\nNight train,DEA123456789\r\n'=cmd(),'-\r\n夜车,\r\n")


def test_negative_numbers_are_no_formulas():
    column = Column("level", "Level", value=lambda row: row.level)
    rows: Any = Rows([SimpleNamespace(level=-14.2)])
    answer = Table(RequestFactory().get("/"), rows, [column]).csv("levels")
    assert answer.content.decode("utf-8") == "\ufeffLevel\r\n-14.2\r\n"


def test_an_unknown_column_is_an_error():
    with pytest.raises(KeyError, match="nothing"):
        table("/t").column("nothing")
