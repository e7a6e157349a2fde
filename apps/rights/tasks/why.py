"""How the evidence of a match adds up, as plain figures: what a page explains and what would have changed it."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any


def calibrated(name: str, *files: Path) -> str:
    """A version that another calibration changes."""
    content = b"".join(file.read_bytes() for file in files)
    return f"{name}-{sha256(content).hexdigest()[:8]}"


def evidence(
    *,
    score: float,
    chance: float,
    threshold: float,
    needed: float | None,
    compared_with: int,
    runner_up: dict[str, Any] | None = None,
    parts: Sequence[tuple[str, float]] = (),
    facts: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The explanation that every facet has; ``parts`` are what the score adds up from, with their signs."""
    found: dict[str, Any] = {
        "score": round(score, 2),
        "chance": chance,
        "threshold": threshold,
        "needed": needed,
        "compared_with": compared_with,
        "parts": [[name, round(value, 2)] for name, value in parts],
    }
    if runner_up:
        found["runner_up"] = runner_up
    return found | (facts or {})


def next_best(ranked: Sequence[tuple[float, float]], place: int) -> dict[str, Any] | None:
    """The strongest (score, chance) beside the one at ``place`` of a list, strongest first."""
    for at, (score, chance) in enumerate(ranked):
        if at != place:
            return {"score": round(score, 2), "chance": chance}
    return None
