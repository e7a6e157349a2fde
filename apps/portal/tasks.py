"""Work of the portal that needs ``ml``."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apps.portal.demo_material import Recording, Score


def render_demo_music(folder: Path, progress: Callable[[float], None]) -> "list[Recording]":
    """Render the demo's recordings into a folder, on all cores."""
    from ml.symbolic.demo import make_demo_music

    return list(make_demo_music(folder, progress))


def make_demo_scores(folder: Path) -> "list[Score]":
    """Write the demo's scores into a folder."""
    from ml.symbolic.demo_scores import make_demo_scores as make

    return list(make(folder))
