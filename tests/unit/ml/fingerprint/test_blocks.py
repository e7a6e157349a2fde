import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.fingerprint import blocks, elias, pages
from ml.fingerprint.bits import SLACK
from ml.fingerprint.blocks import BlockError, Part, Tracks
from ml.fingerprint.merging import Plan, merge, merge_range

FRAMES = [8 * 40, 8 * 3, 8 * 100_000]
POSTINGS = st.lists(
    st.tuples(
        st.integers(0, (1 << 30) - 1) | st.integers(0, 1 << 17),
        st.integers(0, 2),
        st.integers(0, 2) | st.integers(0, 39),
    ),
    max_size=60,
)


def encoded(rows, numbers=(7, 3, 1000), frames=FRAMES):
    rows = [(h, t, min(c, frames[t] // 8 - 1)) for h, t, c in rows]
    columns = np.array(rows, np.int64).reshape(-1, 3).T
    tracks = Tracks.of(list(numbers), list(frames))
    return blocks.encode(columns[0].astype(np.uint32), columns[1].astype(np.int32), columns[2].astype(np.int32), tracks)


def named(rows, numbers=(7, 3, 1000), frames=FRAMES):
    return sorted({(h, numbers[t], min(c, frames[t] // 8 - 1)) for h, t, c in rows})


def rows_of(postings):
    return sorted(zip(postings.hash.tolist(), postings.track.tolist(), postings.cell.tolist(), strict=True))


@settings(max_examples=150, deadline=None)
@given(POSTINGS)
def test_round_trip(rows):
    assert rows_of(blocks.decode(encoded(rows))) == named(rows)
    assert blocks.count(encoded(rows)) == len(named(rows))


@settings(max_examples=60, deadline=None)
@given(POSTINGS, POSTINGS, st.sets(st.sampled_from([7, 3, 1000, 8, 9, 10])))
def test_merge_joins_parts_and_drops_removed_tracks(old, fresh, removed):
    parts = [encoded(old), encoded(fresh, numbers=(8, 9, 10))]
    merged = merge(parts, sorted(removed))
    expected = [row for row in named(old) + named(fresh, numbers=(8, 9, 10)) if row[1] not in removed]
    assert rows_of(blocks.decode(merged)) == sorted(expected)
    assert sorted(merged.tracks.number.tolist()) == sorted({7, 3, 1000, 8, 9, 10} - removed)


@settings(max_examples=15, deadline=None)
@given(POSTINGS, POSTINGS, st.sampled_from([512, 4096, 32_768]))
def test_merging_range_by_range_and_paging_gives_the_same_part(old, fresh, step):
    parts = [encoded(old), encoded(fresh, numbers=(8, 9, 10))]
    whole = merge(parts)
    plan = Plan.of([part.tracks for part in parts])
    made = [
        page
        for first in range(0, blocks.BUCKETS, step)
        for page in pages.pages(merge_range(parts, plan, first, first + step), 8, first, first + step)
    ]
    numbers = np.array([number for number, _ in made], np.int32)
    sizes = np.array([len(body) for _, body in made], np.int32)
    back = pages.unpack(numbers, sizes, b"".join(body for _, body in made), 8, plan.tracks)
    assert back.offsets.tolist() == whole.offsets.tolist()
    assert back.data[: whole.size].tolist() == whole.data[: whole.size].tolist()


def test_a_block_holds_64_pairs():
    made = encoded([(63 << 9, 0, 1), (64 << 9, 0, 1), (127 << 9 | 5, 0, 1), (128 << 9, 0, 1)])
    assert np.flatnonzero(np.diff(made.offsets)).tolist() == [0, 1, 2]


def test_the_format_is_stable():
    """Checked by hand: 72 cells, 2**15 prefixes, so 2,359,296 keys; two of them leave 20 bits each as they are."""
    made = encoded([((64 + 2) << 9 | 3, 0, 4), ((64 + 2) << 9 | 3, 0, 5)], numbers=(7,), frames=[320])
    assert made.tracks.span == 72
    assert np.flatnonzero(np.diff(made.offsets)).tolist() == [1]
    key = ((2 << 9) | 3) * 72 + 16 + 4
    lower = key | (key + 1) << 20
    upper = 0b11
    assert key < 1 << 20
    assert made.data[: made.size].tolist() == [2, *lower.to_bytes(5, "little"), upper]


def test_postings_of_real_density_cost_about_26_bits_in_small_and_in_large_parts():
    g = np.random.default_rng(5)
    costs = []
    for tracks in (4, 64):
        count = tracks * 180 * 80
        pairs = np.minimum(np.abs(g.normal(0, 0.2, count)) * 900_000, (1 << 21) - 1).astype(np.int64)
        hashes = (pairs << 9 | g.integers(0, 512, count)).astype(np.uint32)
        made = blocks.encode(
            hashes,
            np.repeat(np.arange(tracks), count // tracks).astype(np.int32),
            g.integers(0, 960, count).astype(np.int32),
            Tracks.of(range(tracks), [7_752] * tracks),
        )
        costs.append(8 * made.size / count)
    assert 24 < costs[1] < 27
    assert costs[0] < costs[1] + 2


def test_seeking_in_a_long_block_finds_every_key():
    g = np.random.default_rng(6)
    hashes = (g.integers(0, 64, 30_000) << 9 | g.integers(0, 512, 30_000)).astype(np.uint32)
    made = blocks.encode(
        hashes,
        np.zeros(30_000, np.int32),
        g.integers(0, 90_000, 30_000).astype(np.int32),
        Tracks.of([5], [720_000]),
    )
    universe = made.tracks.span << blocks.PREFIX_BITS
    block = elias.open_block(made.data, 0, universe)
    keys = np.empty(block[0], np.int64)
    elias.read_keys(made.data, block, keys)
    assert np.all(np.diff(keys) > 0)
    for rank in range(0, len(keys), 997):
        assert elias.seek(made.data, block, keys[rank])[0] == rank
        assert elias.seek(made.data, block, keys[rank] + 1)[0] == rank + 1


def test_pairs_that_are_too_common_are_left_out_and_named():
    common = [(5 << 9 | k % 7, 2, k) for k in range(blocks.LEAST_STOP + 1)]
    rare = [(6 << 9, 2, k) for k in range(blocks.LEAST_STOP)]
    made = encoded(common + rare, frames=[80, 80, 8 * 600_000])
    assert made.stopped.tolist() == []
    short = encoded(common + rare, frames=[80, 80, 8 * 1_000])
    assert short.stopped.tolist() == [5]
    assert set(blocks.decode(short).hash.tolist()) == {6 << 9}
    merged = merge([short, encoded([(1 << 9, 0, 0)], numbers=(8, 9, 10))])
    assert merged.stopped.tolist() == [5]


def test_a_day_of_audio_is_one_track():
    day = 24 * 3600 * 22_050 // 512
    last = day // 8 - 1
    tracks = Tracks.of([4, 5], [day, day])
    made = blocks.encode(
        np.array([9, 9, 9], np.uint32), np.array([0, 1, 1], np.int32), np.array([last, 0, last], np.int32), tracks
    )
    assert rows_of(blocks.decode(made)) == [(9, 4, last), (9, 5, 0), (9, 5, last)]


@pytest.mark.parametrize("cut", [1, 2])
def test_damaged_block_is_named(cut):
    made = encoded([(70 << 9, 0, 30), (70 << 9, 1, 1)])
    with pytest.raises(BlockError, match="bucket 1 "):
        Part.of(made.tracks, np.minimum(made.offsets, made.offsets[-1] - cut), made.data)


def test_a_page_whose_bytes_do_not_fit_is_refused():
    made = encoded([(70 << 9, 0, 30), (700 << 9, 1, 1)])
    [(number, body)] = pages.pages(made, 32_768)
    for bad in (body[:-1], body + b"x", body[:4096] + b"\xff" * (len(body) - 4096)):
        with pytest.raises(BlockError, match=f"Page {number} "):
            pages.unpack(np.array([number]), np.array([len(bad)]), bad, 32_768, made.tracks)


@pytest.mark.parametrize(
    ("size", "width"), [(0, 32_768), (16 * 1024, 32_768), (1024**2, 512), (40 * 1024**2, 8), (10**9, 8)]
)
def test_pages_hold_about_sixteen_kilobytes(size, width):
    assert pages.page_width(size) == width


def test_postings_outside_their_track_are_refused():
    tracks = Tracks.of([1], [80])
    one = np.array([1], np.uint32)
    with pytest.raises(ValueError, match="within the track"):
        blocks.encode(one, np.array([0], np.int32), np.array([10], np.int32), tracks)
    with pytest.raises(ValueError, match="tracks of the part"):
        blocks.encode(one, np.array([1], np.int32), np.array([0], np.int32), tracks)


def test_words_may_be_read_behind_the_last_block():
    assert len(encoded([(1, 0, 0)]).data) == encoded([(1, 0, 0)]).size + SLACK


def test_the_table_of_lists_says_how_many_postings_of_smaller_pairs_a_block_has(monkeypatch):
    g = np.random.default_rng(8)
    pairs = np.concatenate([g.integers(0, 300, 4_000), g.integers(0, 1 << 21, 2_000)])
    hashes = (pairs << 9 | g.integers(0, 512, len(pairs))).astype(np.uint32)
    made = blocks.encode(
        hashes, np.zeros(len(pairs), np.int32), np.arange(len(pairs), dtype=np.int32), Tracks.of([1], [80_000])
    )
    assert len(made.ranked().ranks) == 0, "a small part needs none"
    monkeypatch.setattr(blocks, "LEAST_RANKED", 1)
    ranked = made.ranked()
    counts = np.bincount(pairs, minlength=1 << 21).reshape(-1, 64)
    expected = np.cumsum(counts, axis=1) - counts
    expected[counts.sum(axis=1) == 0] = 0
    assert np.array_equal(ranked.ranks.reshape(-1, 64), expected)
    assert ranked.memory == made.memory + 4 * (1 << 21)
    assert ranked.ranked() is ranked
    assert len(ranked.hiding(np.array([True])).ranks) == 1 << 21
