"""What the demo is made of, as far as the portal knows it; ``ml.symbolic`` makes it."""

import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

Report = Callable[[str], None]
Owners = Mapping[str, tuple[uuid.UUID, uuid.UUID]]
"""For each demo label its organisation's id and its user's id."""


class Recording(Protocol):
    """What the demo needs to know of a rendered recording (``ml.symbolic.demo.DemoRecording``)."""

    @property
    def key(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def label(self) -> str: ...

    @property
    def path(self) -> Path: ...

    @property
    def title(self) -> str: ...

    @property
    def artist(self) -> str: ...

    @property
    def composer(self) -> str: ...

    @property
    def release(self) -> str: ...

    @property
    def track_number(self) -> int | None: ...

    @property
    def isrc(self) -> str: ...


class Score(Protocol):
    """What the demo needs to know of a made score (``ml.symbolic.demo_scores.DemoScore``)."""

    @property
    def label(self) -> str: ...

    @property
    def path(self) -> Path: ...

    @property
    def title(self) -> str: ...

    @property
    def composer(self) -> str: ...

    @property
    def recorded_as(self) -> str: ...

    @property
    def conflicts(self) -> bool: ...
