"""How component tags render: one template in ``templates/components/`` each, with only what it was given."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.template import Context
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from apps.core.display import Text

BUTTON_KINDS = {
    "primary": "btn-primary",
    "secondary": "btn-outline",
    "quiet": "btn-ghost",
    "danger": "btn-outline btn-error",
}
STATUS_TONES = {
    "draft": ("plain", "circle-dashed", _("Draft")),
    "checking": ("busy", "loader-circle", _("Checking")),
    "clear": ("good", "circle-check", _("Clear")),
    "incomplete": ("attention", "circle-help", _("Not fully compared")),
    "conflict": ("attention", "triangle-alert", _("Conflict")),
    "registered": ("good", "badge-check", _("Registered")),
    "disputed": ("attention", "scale", _("Disputed")),
    "withdrawn": ("plain", "archive", _("Withdrawn")),
    "queued": ("plain", "clock", _("Waiting")),
    "running": ("busy", "loader-circle", _("Running")),
    "succeeded": ("good", "circle-check", _("Done")),
    "failed": ("bad", "circle-x", _("Failed")),
    "cancelled": ("plain", "ban", _("Cancelled")),
    "uploaded": ("busy", "loader-circle", _("Being read")),
    "processing": ("busy", "loader-circle", _("Being read")),
    "ready": ("good", "circle-check", _("Ready")),
    "rejected": ("bad", "circle-x", _("Rejected")),
    "pending": ("plain", "clock", _("Pending")),
    "active": ("good", "circle-check", _("Active")),
    "revoked": ("plain", "ban", _("Revoked")),
    "open": ("attention", "circle", _("Open")),
    "closed": ("plain", "check", _("Closed")),
    "done": ("good", "circle-check", _("Done")),
    "found": ("plain", "audio-lines", _("Recognised")),
    "confirmed": ("good", "circle-check", _("Confirmed")),
    "corrected": ("plain", "pencil", _("Corrected")),
    "added": ("plain", "plus", _("Added by hand")),
    "removed": ("plain", "minus", _("Removed")),
    "gone": ("plain", "eye-off", _("No longer heard")),
}
SURENESS = {
    "likely": (3, _("likely")),
    "possible": (2, _("possible")),
    "unsure": (1, _("unsure")),
}
NOTICE_ICONS = {"info": "info", "success": "circle-check", "warning": "triangle-alert", "error": "circle-alert"}

SHARED_NAMES = ("csrf_token", "organisation", "membership", "user")

# CSS classes by the kind of widget; templates and forms never name them.
_WIDGET_CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxInput, "checkbox"),
    (forms.RadioSelect, "radio-list"),
    (forms.CheckboxSelectMultiple, "check-list"),
    (forms.Textarea, "textarea w-full"),
    (forms.Select, "select w-full"),
    (forms.FileInput, "file-input w-full"),
    (forms.Widget, "input w-full"),
)


def render_component(context: Context, name: str, values: Mapping[str, Any]) -> SafeString:
    """``templates/components/<name>.html`` with ``values`` and what every component may rely on."""
    if context.template is None:
        raise RuntimeError("A component was rendered outside a template")
    component = context.template.engine.get_template(f"components/{name}.html")
    shared = {key: context[key] for key in SHARED_NAMES if key in context}
    return component.render(context.new({**shared, "request": context.get("request"), **values}))


def html_attributes(attributes: Mapping[str, Any]) -> SafeString:
    """``hx_get="…"`` → `` hx-get="…"``; ``True`` gives a bare attribute, ``None``, ``False`` and "" none."""
    given = [(name.rstrip("_").replace("_", "-"), value) for name, value in attributes.items()]
    parts = [
        format_html(" {}", name) if value is True else format_html(' {}="{}"', name, value)
        for name, value in given
        if value is not None and value is not False and value != ""
    ]
    return format_html_join("", "{}", ((part,) for part in parts)) if parts else mark_safe("")


def widget_class(widget: forms.Widget) -> str:
    return next(classes for kind, classes in _WIDGET_CLASSES if isinstance(widget, kind))


def url_or_empty(name: str, *args: Any, **kwargs: Any) -> str:
    """The address by its name, or nothing while that page does not exist."""
    try:
        return reverse(name, args=args or None, kwargs=kwargs or None)
    except NoReverseMatch:
        return ""


def as_body(content: str) -> SafeString:
    """What stood between the tags of a block component, already rendered and escaped, without its margins."""
    return mark_safe(content.strip())  # noqa: S308


def icon_markup(name: str, *, label: Text = "", size: str = "") -> SafeString:
    """A lucide icon from the sprite; decorative unless it has a label."""
    classes = f"icon icon-{size}" if size else "icon"
    href = f"{static('icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}"></use></svg>', classes, label, href
        )
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"></use></svg>', classes, href)
