"""Components that draw and play scores, and draw chroma."""

import itertools
from collections.abc import Sequence

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from apps.core.chroma import ChromaPicture
from apps.core.components import render_component
from apps.core.display import Link, Text
from apps.core.piano_roll import PianoRoll, draw

register = template.Library()
_numbers = itertools.count(1)


@register.simple_tag(takes_context=True)
def piano_roll(context: Context, roll: PianoRoll, *, pages: Sequence[Link] = ()) -> SafeString:
    """One score as a piano roll, or two above each other with lines between the notes that belong together.

    ``pages`` leads to the other stretches of a long score. It scrolls and zooms, plays, and says everything in a table.
    """
    drawing = draw(roll)
    values = {
        "roll": roll,
        "drawing": drawing,
        "pair": roll.reference is not None,
        "pages": pages,
        # Patterns of one page need names of their own; where two pages meet, the newest wins and looks the same.
        "name": f"roll-{next(_numbers)}",
    }
    return render_component(context, "piano_roll", values)


@register.simple_tag(takes_context=True)
def chroma(context: Context, pictures: Sequence[ChromaPicture], *, own: Text, other: Text, label: Text) -> SafeString:
    """Pitch classes of two recordings over time, above each other, for each aligned stretch.

    ``own`` and ``other`` are titles; ``label`` says what the pictures show to those who don't see them.
    """
    return render_component(context, "chroma", {"pictures": pictures, "own": own, "other": other, "label": label})
