"""Components that play and draw recordings. Their data goes to JavaScript through ``json_script`` only."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.template import Context
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.core.components import as_body, render_component
from apps.core.display import Alignment, LandmarkPicture, Text, plain

register = template.Library()

PCM_TYPES = ".wav,.flac,.aif,.aiff,.mp3,.m4a,.aac,.ogg,.oga,.opus,audio/*"


@register.simple_tag(takes_context=True)
def waveform(
    context: Context,
    title: Text,
    *,
    audio_url: str,
    duration_s: float | None,
    peaks_url: str = "",
    by: Text = "",
    page_url: str = "",
    sections: Sequence[dict[str, Any]] = (),
) -> SafeString:
    """The waveform of a recording; it plays in the player at the bottom.

    ``peaks_url`` answers JSON ``{"peaks": [[…], …], "duration_s": …}`` (one list a channel, −1–1).
    """
    values = {
        "title": title,
        "by": by,
        "audio_url": audio_url,
        "data": plain(
            {
                "title": str(title),
                "by": str(by),
                "audio_url": audio_url,
                "peaks_url": peaks_url,
                "duration_s": duration_s,
                "page_url": page_url,
                "sections": list(sections),
            }
        ),
    }
    return render_component(context, "waveform", values)


@register.simple_tag(takes_context=True)
def play_button(
    context: Context, title: Text, *, audio_url: str, duration_s: float | None, peaks_url: str = "", by: Text = ""
) -> SafeString:
    """A small play button for lists; it plays in the player at the bottom."""
    values = {"title": title, "by": by, "audio_url": audio_url, "peaks_url": peaks_url, "duration_s": duration_s}
    return render_component(context, "play_button", values)


@register.simple_tag(takes_context=True)
def ab_player(context: Context, alignment: Alignment) -> SafeString:
    """Two lanes locked to the alignment: switch sides at the same place in the music."""
    return render_component(context, "ab_player", {"alignment": alignment, "data": plain(alignment)})


@register.simple_tag(takes_context=True)
def alignment_overview(context: Context, alignment: Alignment) -> SafeString:
    """Both time lines with bands that join what is the same."""
    return render_component(context, "alignment", {"alignment": alignment, "data": plain(alignment)})


@register.simple_tag(takes_context=True)
def landmark_picture(context: Context, picture: LandmarkPicture) -> SafeString:
    """Both spectrograms with the landmarks that match, joined by lines."""
    return render_component(context, "landmarks", {"picture": picture, "data": plain(picture)})


@register.simple_block_tag(takes_context=True)
def uploader(
    context: Context,
    content: str,
    *,
    action: str,
    name: str = "files",
    accept: str = PCM_TYPES,
    max_bytes: int | None = None,
    multiple: bool = True,
    submit: Text = "",
    title: Text = "",
    help_text: Text = "",
    done: str = "",
    errors: Sequence[Text] = (),
) -> SafeString:
    """Several files with a progress bar each; a plain form without JavaScript.

    With JavaScript each file is posted alone (``Accept: application/json``); the answer is 201/200
    ``{"title": …, "url": …, "status": "created" | "duplicate", "message": …}`` or an error with ``message``/``detail``.
    Content: further fields that go with every file.
    """
    values = {
        "action": action,
        "name": name,
        "accept": accept,
        "max_bytes": max_bytes,
        "multiple": multiple,
        "submit": submit or _("Upload"),
        "title": title,
        "help": help_text,
        "done": done,
        "errors": errors,
        "content": as_body(content),
    }
    return render_component(context, "uploader", values)
