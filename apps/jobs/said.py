"""What a job says while it runs, kept so that everybody reads it in a language of their own.

Whoever started a job and whoever looks at it need not share a language, so the English text and its parameters are
kept, and translated when they are shown. The functions are named like gettext's, so that their texts are collected:

    from apps.jobs import said
    run.progress(0.3, said.ngettext("Reading %(count)d page", "Reading %(count)d pages", count))
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.utils import translation
from django.utils.translation import trans_real

ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Said:
    """A translatable sentence with its parameters (numbers and names). ``count`` chooses between text and plural."""

    text: str
    plural: str = ""
    count: int = 0
    params: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """The sentence in the language that is active."""
        if self.plural:
            chosen = translation.ngettext(self.text, self.plural, self.count)
        else:
            chosen = translation.gettext(self.text)
        return chosen % self.params if self.params else chosen

    @property
    def english(self) -> str:
        """The sentence in English, for logs and for whoever does not know it by its parts."""
        with translation.override(ENGLISH):
            return str(self)

    def kept(self) -> dict[str, Any]:
        """As a row keeps it."""
        return {"text": self.text, "plural": self.plural, "count": self.count, "params": dict(self.params)}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Said":
        """What ``kept`` wrote."""
        return cls(kept["text"], kept.get("plural", ""), int(kept.get("count", 0)), kept.get("params", {}))


def gettext(text: str, **params: Any) -> Said:
    """A sentence; ``params`` fill its ``%(name)s``."""
    return Said(text, params=params)


def ngettext(text: str, plural: str, count: int, **params: Any) -> Said:
    """A sentence about ``count`` things, which fills ``%(count)d`` too."""
    return Said(text, plural, count, {"count": count, **params})


def recovered(sentence: str) -> Said | None:
    """A sentence in the active language, traced back to its English text; None when it is empty or has parameters."""
    if not sentence:
        return None
    language = translation.get_language() or ENGLISH
    if language.split("-")[0] == ENGLISH:
        return Said(sentence)
    text = _texts(language).get(sentence)
    return Said(text) if text else None


@cache
def _texts(language: str) -> dict[str, str]:
    """English texts by their translation."""
    known = trans_real.translation(language)._catalog.items()  # type: ignore[attr-defined]
    return {shown: text for text, shown in known if isinstance(text, str) and text}


def told(kept: Mapping[str, Any] | None, plain: str) -> str:
    """A stored sentence in the reader's language; rows of before there were parts have the plain text only."""
    return str(Said.of(kept)) if kept else plain
