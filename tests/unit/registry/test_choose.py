"""Which parts of the index are merged next."""

import pytest

from apps.registry.tasks.merge import MOST_TRACKS, Segment, choose


def _parts(*sizes, withdrawn=0):
    return [Segment(number, size, withdrawn) for number, size in enumerate(sizes, start=1)]


@pytest.mark.parametrize(
    ("sizes", "chosen"),
    [
        ((), []),
        ((16, 16, 16), []),
        ((16, 16, 16, 16), [1, 2, 3, 4]),
        ((64, 64, 64, 16, 64, 16), [1, 2, 3, 5]),
        ((256, 16, 64, 1024), []),
        ((4096, 4096, 16, 4096, 4096), []),
        ((2000, 2000, 2000, 2000, 2000, 2000), [1, 2, 3, 4, 5]),
    ],
)
def test_a_full_tier_is_merged_smallest_first_and_no_part_grows_too_large(sizes, chosen):
    assert choose(_parts(*sizes)) == chosen
    assert sum(sizes[number - 1] for number in chosen) <= MOST_TRACKS


def test_a_part_with_many_withdrawn_tracks_is_written_anew():
    assert choose(_parts(100, withdrawn=20)) == []
    assert choose(_parts(100, withdrawn=21)) == [1]
