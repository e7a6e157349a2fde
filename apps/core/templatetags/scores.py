"""Components that draw and play scores, and draw chroma."""

import itertools
from collections.abc import Sequence
from dataclasses import replace

from django import template
from django.http import QueryDict
from django.template import Context
from django.utils.safestring import SafeString

from apps.core.chroma import ChromaPicture
from apps.core.components import render_component
from apps.core.display import Link, Text
from apps.core.piano_roll import PianoRoll, draw
from apps.core.roll_axis import chosen_page, page_name, pages_of

register = template.Library()
_numbers = itertools.count(1)


@register.simple_tag(takes_context=True)
def piano_roll(context: Context, roll: PianoRoll, *, part: str = "part") -> SafeString:
    """One score as a piano roll, or two above each other with lines between the notes that belong together.

    It scrolls and zooms, plays, and says everything in a table. Long works come in stretches; ``part`` is the name in
    the address that says which one, for pages with several rolls.
    """
    query = context["request"].GET if "request" in context else QueryDict()
    roll = replace(roll, page=_number(query.get(part, "")) or roll.page)
    values = {
        "roll": roll,
        "drawing": draw(roll),
        "pair": roll.reference is not None,
        "pages": _pages(roll, query, part),
        "part": part,
        # Patterns of one page need names of their own; where two pages meet, the newest wins and looks the same.
        "name": f"roll-{next(_numbers)}",
    }
    return render_component(context, "piano_roll", values)


def _pages(roll: PianoRoll, query: QueryDict, part: str) -> list[Link]:
    """Links to the stretches of a long work; none where one picture holds it all."""
    pages, chosen = pages_of(roll), chosen_page(roll)
    if len(pages) < 2:
        return []
    links = []
    for number, page in enumerate(pages, start=1):
        wanted = query.copy()
        wanted[part] = str(number)
        links.append(Link(page_name(roll, page), f"?{wanted.urlencode()}#{part}", current=page == chosen))
    return links


def _number(text: str) -> int:
    """A page as the address says it; 0 for what makes no sense."""
    return int(text) if text.isdecimal() and len(text) < 6 else 0


@register.simple_tag(takes_context=True)
def chroma(context: Context, pictures: Sequence[ChromaPicture], *, own: Text, other: Text, label: Text) -> SafeString:
    """Pitch classes of two recordings over time, above each other, for each aligned stretch.

    ``own`` and ``other`` are titles; ``label`` says what the pictures show to those who don't see them.
    """
    return render_component(context, "chroma", {"pictures": pictures, "own": own, "other": other, "label": label})
