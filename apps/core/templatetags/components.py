"""The components of every page. ``docs/frontend.md`` shows each with an example.

A tag renders ``templates/components/<name>.html``; a tag with an ``end…`` takes what stands between as its content.
An unknown parameter is an error, not a silent skip. Further ``name=value`` pairs become HTML attributes
(``hx_get`` → ``hx-get``) where a signature ends in ``**attributes``.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zlib import crc32

from django import forms, template
from django.template import Context
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from apps.core.components import (
    BUTTON_KINDS,
    NOTICE_ICONS,
    STATUS_TONES,
    SURENESS,
    as_body,
    html_attributes,
    icon_markup,
    render_component,
    url_or_empty,
    widget_class,
)
from apps.core.display import Link, Text, TimelineItem, Verdict
from apps.core.templatetags import tables

register = template.Library()
# One library to load: the tags of tables have their own module.
register.tags.update(tables.register.tags)


register.simple_tag(icon_markup, name="icon")


@register.simple_tag(takes_context=True)
def button(
    context: Context,
    label: Text,
    *,
    kind: str = "secondary",
    href: str = "",
    icon: str = "",
    icon_only: bool = False,
    size: str = "",
    disabled: bool = False,
    **attributes: Any,
) -> SafeString:
    """A button, or a link that looks like one when it has ``href``."""
    classes = f"btn {BUTTON_KINDS[kind]}"
    if size:
        classes += f" btn-{size}"
    if icon_only:
        classes += " btn-square"
    extra = attributes.pop("class_", "")
    values = {
        "label": label,
        "href": href,
        "icon": icon,
        "icon_only": icon_only,
        "type": attributes.pop("type", "submit"),
        "disabled": disabled,
        "classes": f"{classes} {extra}".strip(),
        "attributes": html_attributes(attributes),
    }
    return render_component(context, "button", values)


@register.simple_tag(takes_context=True)
def field(
    context: Context,
    bound: forms.BoundField,
    *,
    label: Text = "",
    help_text: Text = "",
    label_hidden: bool = False,
    **attributes: Any,
) -> SafeString:
    """One form field: label, widget, help, errors; keeps what was typed."""
    widget = bound.field.widget
    given = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
    described = [f"{bound.auto_id}_errors"]
    help_text = help_text or bound.help_text
    if help_text:
        described.append(f"{bound.auto_id}_help")
    classes = f"{widget_class(widget)} {widget.attrs.get('class', '')}".strip()
    if bound.errors:
        given["aria-invalid"] = "true"
        classes += " is-wrong"
    values = {
        "field": bound,
        "widget": bound.as_widget(attrs={"class": classes, "aria-describedby": " ".join(described), **given}),
        "label": label or bound.label,
        "help": help_text,
        "label_hidden": label_hidden,
        "is_checkbox": isinstance(widget, forms.CheckboxInput),
        "is_group": isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple),
        "required": bound.field.required,
    }
    return render_component(context, "field", values)


@register.simple_block_tag(takes_context=True)
def form(
    context: Context,
    content: str,
    form: forms.BaseForm | None = None,
    *,
    action: str = "",
    method: str = "post",
    submit: Text = "",
    submit_kind: str = "primary",
    submit_icon: str = "",
    cancel: str = "",
    keep: bool = True,
    **attributes: Any,
) -> SafeString:
    """A form with token, summary of errors, fields and actions. Without content it shows every visible field."""
    values = {
        "form": form,
        "content": as_body(content),
        "action": action,
        "method": method,
        "multipart": bool(form and form.is_multipart()),
        "submit": submit or _("Save"),
        "submit_kind": submit_kind,
        "submit_icon": submit_icon,
        "cancel": cancel,
        "keep": keep and method == "post",
        "attributes": html_attributes(attributes),
    }
    return render_component(context, "form", values)


@register.simple_block_tag(takes_context=True)
def empty_state(
    context: Context,
    content: str,
    title: Text,
    text: Text,
    *,
    icon: str = "music",
    action: Text = "",
    href: str = "",
) -> SafeString:
    """What a page is for while it is empty; the content is a small example."""
    values = {
        "title": title,
        "text": text,
        "icon": icon,
        "action": action,
        "href": href,
        "content": as_body(content),
    }
    return render_component(context, "empty_state", values)


@register.simple_tag(takes_context=True)
def status(context: Context, value: str, *, label: Text = "") -> SafeString:
    """A badge for a state of a track, job, file or case: word, icon and tone, never colour alone."""
    tone, icon_name, word = STATUS_TONES.get(str(value), ("plain", "circle", str(value)))
    return render_component(context, "status", {"tone": tone, "icon": icon_name, "label": label or word})


@register.simple_block_tag(takes_context=True)
def notice(context: Context, content: str, kind: str = "info", *, title: Text = "") -> SafeString:
    """A message in the page: ``info``, ``success``, ``warning`` or ``error``."""
    values = {"kind": kind, "icon": NOTICE_ICONS[kind], "title": title, "content": as_body(content)}
    return render_component(context, "notice", values)


@register.simple_block_tag(takes_context=True)
def card(context: Context, content: str, title: Text = "", *, href: str = "", note: Text = "") -> SafeString:
    """A quiet box with a heading; ``href`` shows a link beside the heading."""
    return render_component(context, "card", {"title": title, "href": href, "note": note, "content": as_body(content)})


@register.simple_block_tag(takes_context=True)
def menu(
    context: Context, content: str, label: Text, *, icon: str = "", align: str = "end", icon_only: bool = False
) -> SafeString:
    """A button that opens a list of ``<li>`` entries."""
    values = {"label": label, "icon": icon, "align": align, "icon_only": icon_only, "content": as_body(content)}
    return render_component(context, "menu", values)


@register.simple_block_tag(takes_context=True)
def confirm_button(
    context: Context,
    content: str,
    label: Text,
    *,
    action: str,
    title: Text,
    confirm: Text = "",
    kind: str = "danger",
    icon: str = "",
    size: str = "",
    type_name: str = "",
) -> SafeString:
    """Asks in a dialog before it posts to ``action``; without JavaScript ``action`` answers GET with a page that asks.

    The content says what will happen; ``type_name`` is a name that must be typed first.
    """
    values = {
        "dialog_id": f"confirm-{crc32(f'{action} {label}'.encode()):08x}",
        "label": label,
        "action": action,
        "title": title,
        "confirm": confirm or label,
        "kind": kind,
        "icon": icon,
        "size": size,
        "type_name": type_name,
        "content": as_body(content),
    }
    return render_component(context, "confirm_button", values)


@register.simple_tag(takes_context=True)
def tabs(context: Context, links: Sequence[Link], *, label: Text) -> SafeString:
    """Tabs that are links: the address says which one is open."""
    return render_component(context, "tabs", {"links": links, "label": label})


@register.simple_tag(takes_context=True)
def breadcrumbs(context: Context, links: Sequence[Link]) -> SafeString:
    return render_component(context, "breadcrumbs", {"links": links})


@register.simple_block_tag(takes_context=True)
def facts(context: Context, content: str, *, columns: int = 1) -> SafeString:
    """A description list around ``{% fact %}`` entries."""
    return render_component(context, "facts", {"content": content, "columns": columns})


@register.simple_block_tag
def fact(content: str, label: Text, *, title: Text = "") -> SafeString:
    """One entry of ``{% facts %}``; an empty value shows a dash."""
    value = as_body(content) or "–"
    hint = format_html(' title="{}"', title) if title else ""
    return format_html('<div class="fact"><dt{}>{}</dt><dd>{}</dd></div>', hint, label, value)


@register.simple_tag(takes_context=True)
def stat(
    context: Context, label: Text, value: object, *, unit: Text = "", note: Text = "", href: str = ""
) -> SafeString:
    """One figure with its name."""
    values = {"label": label, "value": value, "unit": unit, "note": note, "href": href}
    return render_component(context, "stat", values)


@register.simple_tag(takes_context=True)
def timeline(context: Context, items: Sequence[TimelineItem]) -> SafeString:
    """A history."""
    return render_component(context, "timeline", {"items": items})


@register.simple_tag
def when(value: datetime | None) -> SafeString:
    """A time, told as a distance with the exact time on hover once JavaScript runs, exact without."""
    if value is None:
        return mark_safe("–")
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    text = formats.date_format(local, "SHORT_DATETIME_FORMAT")
    return format_html('<time datetime="{}" title="{}" data-relative>{}</time>', value.isoformat(), text, text)


@register.simple_block_tag(takes_context=True)
def verdict(context: Context, content: str, verdict: Verdict) -> SafeString:
    """An automated result; the content is the evidence behind "Why?"."""
    steps, word = SURENESS[verdict.sureness]
    values = {
        "verdict": verdict,
        "sureness_word": word,
        "steps": [number <= steps for number in (1, 2, 3)],
        "content": as_body(content),
    }
    return render_component(context, "verdict", values)


@register.simple_tag(takes_context=True)
def job_card(
    context: Context, job: Any, *, title: Text, poll: str = "", cancel: str = "", retry: str = "", done: str = ""
) -> SafeString:
    """Long work: what, how far, time left, cancel or retry. ``poll`` answers with this card again; ``done`` is where
    the result is, opened when the work has ended."""
    values = {"job": job, "title": title, "poll": poll, "cancel": cancel, "retry": retry, "done": done}
    return render_component(context, "job_card", values)


@register.simple_tag(takes_context=True)
def copy_text(context: Context, text: Text) -> SafeString:
    """A code or key with a button that copies it."""
    return render_component(context, "copy_text", {"text": text})


@register.simple_block_tag(takes_context=True)
def page_header(
    context: Context, content: str, title: Text, *, text: Text = "", state: str = "", crumbs: Sequence[Link] = ()
) -> SafeString:
    """The head of a page: where one is, its one ``h1``, a line of text; the content is its buttons."""
    values = {"title": title, "text": text, "state": state, "crumbs": crumbs, "content": as_body(content)}
    return render_component(context, "page_header", values)


@register.simple_tag(takes_context=True)
def steps(context: Context, labels: Sequence[Text], current: int) -> SafeString:
    """The steps of a wizard; ``current`` counts from 1."""
    states = ["done" if number < current else "current" if number == current else "" for number in _count(labels)]
    entries = [{"label": label, "state": state} for label, state in zip(labels, states, strict=True)]
    return render_component(context, "steps", {"steps": entries})


def _count(items: Sequence[object]) -> range:
    return range(1, len(items) + 1)


@register.simple_tag
def url_if(name: str, *args: Any, **kwargs: Any) -> str:
    """``{% url_if "catalog:track_list" slug=organisation.slug as tracks %}``: empty while the page does not exist."""
    return url_or_empty(name, *args, **kwargs)
