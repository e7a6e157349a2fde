"""Parts of the index that a worker keeps between checks. They are immutable, so a kept part is never out of date."""

import threading
from collections import OrderedDict
from collections.abc import Callable

from ml.fingerprint.blocks import Blocks

KEPT_BYTES = 320 * 1024**2
"""Some 3,000 recordings of three minutes fit. A larger registry is read bucket by bucket, as it is asked for."""

Key = tuple[str, int]


class PartCache:
    """Least recently used parts, up to a number of bytes. Threads may share it."""

    def __init__(self, limit: int = KEPT_BYTES) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, Blocks] = OrderedDict()

    def fits(self, size: int) -> bool:
        """Whether parts of so many bytes together can be kept at once."""
        return size <= self._limit

    def get(self, key: Key, read: Callable[[], Blocks]) -> Blocks:
        """A kept part, or what ``read`` gives, which is kept from now on."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        part = read()
        with self._lock:
            self._kept[key] = part
            self._kept.move_to_end(key)
            while self._size() > self._limit and len(self._kept) > 1:
                self._kept.popitem(last=False)
        return part

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()

    def _size(self) -> int:
        return sum(len(part.data) for part in self._kept.values())


cache = PartCache()
