"""What a match's ``detail`` holds: plain JSON that a page draws and explains, the same on both sides.

Everything that lies on a side is under ``own`` or ``other``, and everything that goes from one side to the other is a
list of pairs [own, other], so that the other side's copy is the same with the sides exchanged:

``{"own": {…}, "other": {…}, "pairs": [[own, other], …], "transposition": semitones, "why": {…}, "folded": {…}}``
"""

from typing import Any

SIDES = {"own": "other", "other": "own"}
PAIRED = frozenset({"pairs", "path"})
SIGNED = frozenset({"transposition"})


def mirrored(detail: dict[str, Any]) -> dict[str, Any]:
    """The detail as the other side keeps it."""
    return {SIDES.get(name, name): _mirrored(name, value) for name, value in detail.items()}


def _mirrored(name: str, value: Any) -> Any:
    if name in SIDES:
        return value
    if name in PAIRED:
        return [[other, own] for own, other in value]
    if name in SIGNED:
        return -value if value else value
    if isinstance(value, dict):
        return mirrored(value)
    if isinstance(value, list):
        return [mirrored(item) if isinstance(item, dict) else item for item in value]
    return value
