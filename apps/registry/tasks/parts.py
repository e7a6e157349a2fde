"""Parts of the index that a worker keeps between checks. They are immutable, so a kept part is never out of date."""

import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Collection

from ml.fingerprint.blocks import Part

KEPT_BYTES = 320 * 1024**2
"""Some 6,000 recordings of three minutes fit. What is mapped from a file doesn't count: the system drops and reads its
pages as memory allows.
"""


class PartCache:
    """Least recently used parts, up to a number of bytes in memory. Threads may share it."""

    def __init__(self, limit: int = KEPT_BYTES) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._kept: OrderedDict[uuid.UUID, Part] = OrderedDict()
        self._mapped: dict[uuid.UUID, Part] = {}

    def fits(self, size: int) -> bool:
        """Whether parts of so many bytes together can be kept at once."""
        return size <= self._limit

    def find(self, uid: uuid.UUID) -> Part | None:
        """A part that is kept or mapped."""
        with self._lock:
            if uid in self._mapped:
                return self._mapped[uid]
            if uid in self._kept:
                self._kept.move_to_end(uid)
                return self._kept[uid]
        return None

    def get(self, uid: uuid.UUID, read: Callable[[], Part]) -> Part:
        """A kept part, or what ``read`` gives, which is kept from now on."""
        part = self.find(uid)
        if part is not None:
            return part
        part = read()
        with self._lock:
            self._kept[uid] = part
            self._kept.move_to_end(uid)
            while self._size() > self._limit and len(self._kept) > 1:
                self._kept.popitem(last=False)
        return part

    def map(self, uid: uuid.UUID, part: Part) -> None:
        """Remember a part that is mapped from a file."""
        with self._lock:
            self._mapped[uid] = part
            self._kept.pop(uid, None)

    def keep_only(self, uids: Collection[uuid.UUID]) -> None:
        """Let go of every mapped part but these."""
        with self._lock:
            for uid in self._mapped.keys() - set(uids):
                del self._mapped[uid]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self._mapped.clear()

    def _size(self) -> int:
        return sum(part.memory for part in self._kept.values())


cache = PartCache()
