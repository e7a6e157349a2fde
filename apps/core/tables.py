"""Tables whose whole state (sort, page, columns, filters) is in the address, with CSV."""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.core.paginator import Page, Paginator
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.text import slugify

from apps.core.display import Text

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        key: its name in the address and in ``{% cell %}``.
        sort: the model field to order by, empty when it can't be sorted.
        value: makes the CSV value of a row; a column without it is left out of the CSV.
        numeric: right-aligned.
        optional: may be hidden by the reader; ``shown`` says whether it is there at first.
    """

    key: str
    label: Text
    sort: str = ""
    value: Callable[[Any], object] | None = None
    numeric: bool = False
    optional: bool = True
    shown: bool = True


@dataclass(frozen=True)
class BulkAction:
    """Something to do with the selected rows: posts ``selected`` ids to ``url`` with ``action=key``."""

    key: str
    label: Text
    url: str
    icon: str = ""
    danger: bool = False


class Table:
    """A page of rows and the links that change its state.

    Reads ``sort`` (``-key`` for descending), ``page``, ``columns`` (comma-separated) and ``format=csv`` from the
    address and ignores what it does not know. Filter the query set before you hand it in.
    """

    def __init__(
        self,
        request: HttpRequest,
        queryset: QuerySet[Any],
        columns: Sequence[Column],
        *,
        sort: str = "",
        per_page: int = 50,
        bulk_actions: Sequence[BulkAction] = (),
        table_id: str = "table",
        caption: Text = "",
    ) -> None:
        self.request = request
        self.columns = list(columns)
        self.bulk_actions = list(bulk_actions)
        self.id = slugify(table_id)
        self.caption = caption
        self.sort = self._known_sort(request.GET.get("sort", "")) or sort
        self._queryset = self._ordered(queryset)
        self._per_page = per_page

    @cached_property
    def page(self) -> Page[Any]:
        return Paginator(self._queryset, self._per_page).get_page(self.request.GET.get("page"))

    @property
    def rows(self) -> Sequence[Any]:
        return list(self.page.object_list)

    @property
    def total(self) -> int:
        return self.page.paginator.count

    @cached_property
    def visible(self) -> frozenset[str]:
        """Keys of the columns that are shown."""
        fixed = {column.key for column in self.columns if not column.optional}
        chosen = self.request.GET.getlist("columns")
        if not chosen:
            return frozenset(fixed | {column.key for column in self.columns if column.shown})
        asked = {key for value in chosen for key in value.split(",")}
        return frozenset(fixed | {column.key for column in self.columns if column.key in asked})

    @property
    def visible_columns(self) -> list[Column]:
        return [column for column in self.columns if column.key in self.visible]

    @property
    def optional_columns(self) -> list[Column]:
        return [column for column in self.columns if column.optional]

    @property
    def can_export(self) -> bool:
        return any(column.value for column in self.columns)

    @property
    def csv_link(self) -> str:
        return self.link(format="csv", page=None)

    @property
    def wants_csv(self) -> bool:
        return self.request.GET.get("format") == "csv"

    def column(self, key: str) -> Column:
        for column in self.columns:
            if column.key == key:
                return column
        raise KeyError(f"The table has no column {key!r}")

    def direction(self, key: str) -> str:
        """``ascending``, ``descending`` or ``none``, as ``aria-sort`` says it."""
        if self.sort == key:
            return "ascending"
        return "descending" if self.sort == f"-{key}" else "none"

    def sort_link(self, key: str) -> str:
        return self.link(sort=f"-{key}" if self.sort == key else key, page=None)

    def page_link(self, number: int) -> str:
        return self.link(page=number if number > 1 else None)

    def link(self, **changes: object) -> str:
        """This address with some parameters changed; ``None`` takes one away."""
        query = self.request.GET.copy()
        for name, value in changes.items():
            if value is None:
                query.pop(name, None)
            else:
                query[name] = str(value)
        text = query.urlencode()
        return f"?{text}" if text else self.request.path

    def csv(self, filename: str) -> HttpResponse:
        """Every row that the filters leave, in the shown order, as a UTF-8 CSV that spreadsheets open rightly."""
        # Made whole before the answer: the tenant's transaction is over when a stream is sent.
        response = HttpResponse("".join(self._csv_lines()), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{slugify(filename) or "table"}.csv"'
        return response

    def _csv_lines(self) -> Iterator[str]:
        exported = [column for column in self.columns if column.value]
        writer = csv.writer(_Echo())
        yield "\ufeff" + writer.writerow([str(column.label) for column in exported])
        for row in self._queryset:
            yield writer.writerow([_safe_cell(column.value(row)) for column in exported if column.value])

    def _known_sort(self, value: str) -> str:
        key = value.removeprefix("-")
        return value if any(column.key == key and column.sort for column in self.columns) else ""

    def _ordered(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.sort:
            return queryset
        name = self.column(self.sort.removeprefix("-")).sort
        # Empty values last in both directions; without any, an index on the field can give the order.
        nulls = {"nulls_last": True} if _may_be_null(queryset, name) else {}
        by = F(name).desc(**nulls) if self.sort.startswith("-") else F(name).asc(**nulls)
        return queryset.order_by(by, "pk")


def _may_be_null(queryset: QuerySet[Any], name: str) -> bool:
    """Whether a sort field can be empty; annotations and fields of other tables may."""
    try:
        return bool(queryset.model._meta.get_field(name).null)
    except (FieldDoesNotExist, AttributeError):
        return True


class _Echo:
    """A file for ``csv.writer`` that hands each line back."""

    def write(self, value: str) -> str:
        return value


def _safe_cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    number = text.replace(".", "", 1).removeprefix("-").isdecimal()
    return f"'{text}" if text.startswith(FORMULA_STARTS) and not number else text
