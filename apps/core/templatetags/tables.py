"""Tags of tables and their filters; loaded with ``{% load components %}``."""

from typing import Any

from django import forms, template
from django.core.paginator import Page
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from apps.core.components import as_body, icon_markup, render_component
from apps.core.display import Text
from apps.core.tables import Table

register = template.Library()


@register.simple_block_tag(takes_context=True)
def filters(context: Context, content: str, form: forms.BaseForm) -> SafeString:
    """A filter bar: a GET form that keeps sort order and columns, and sends itself when something changes."""
    request = context["request"]
    others = [
        (name, value)
        for name, values in request.GET.lists()
        if name not in form.fields and name not in ("page", "format")
        for value in values
    ]
    active = [name for name in form.fields if request.GET.get(name)]
    values = {"form": form, "content": as_body(content), "others": others, "active": active}
    return render_component(context, "filters", values)


@register.simple_block_tag(takes_context=True)
def table(context: Context, content: str, table: Table) -> SafeString:
    """A table around the rows between the tags: sort links, columns, selection, CSV, pages."""
    return render_component(context, "table", {"table": table, "content": content})


@register.simple_block_tag
def cell(content: str, table: Table, key: str, *, head: bool = False) -> SafeString:
    """One cell of a row; nothing when the reader hid the column."""
    if key not in table.visible:
        return mark_safe("")
    column = table.column(key)
    markup = '<th scope="row" class="{}">{}</th>' if head else '<td class="{}" data-label="{label}">{}</td>'
    return format_html(markup, "num" if column.numeric else "", as_body(content), label=column.label)


@register.simple_tag
def select_cell(table: Table, row_id: object, *, label: Text = "") -> SafeString:
    """The check box of a row, when the table has bulk actions."""
    if not table.bulk_actions:
        return mark_safe("")
    return format_html(
        '<td class="pick"><input type="checkbox" class="checkbox checkbox-sm" name="selected" value="{}" '
        'form="{}-bulk" aria-label="{}" x-on:change="count"></td>',
        row_id,
        table.id,
        label or _("Select this row"),
    )


@register.simple_tag
def sort_link(table: Table, key: str) -> str:
    return table.sort_link(key)


@register.simple_tag
def sort_direction(table: Table, key: str) -> str:
    return table.direction(key)


@register.simple_tag
def sort_icon(table: Table, key: str) -> SafeString:
    """An arrow on the column that orders the table, a hint on the others."""
    names = {"ascending": "arrow-up", "descending": "arrow-down", "none": "chevrons-up-down"}
    return icon_markup(names[table.direction(key)], size="sm")


@register.simple_tag(takes_context=True)
def pagination(context: Context, page: Page[Any]) -> SafeString:
    """Page links that keep the rest of the address."""
    query = context["request"].GET.copy()
    query.pop("page", None)
    query.pop("format", None)
    prefix = f"?{query.urlencode()}&" if query else "?"
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    values = {"page": page, "prefix": prefix, "numbers": list(numbers), "ellipsis": page.paginator.ELLIPSIS}
    return render_component(context, "pagination", values)
