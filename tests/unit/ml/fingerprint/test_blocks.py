import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.fingerprint import blocks
from ml.fingerprint.blocks import BlockError, Blocks

POSTINGS = st.lists(
    st.tuples(
        st.integers(0, (1 << 22) - 1) | st.integers(0, 300),
        st.integers(0, (1 << 31) - 1) | st.integers(0, 5),
        st.integers(0, (1 << 31) - 1) | st.integers(0, 20),
    ),
    max_size=60,
)


def encoded(rows):
    columns = np.array(rows, np.int64).reshape(-1, 3).T
    return blocks.encode(columns[0].astype(np.uint32), columns[1].astype(np.int32), columns[2].astype(np.int32))


def rows_of(postings):
    return list(zip(postings.hash.tolist(), postings.track.tolist(), postings.frame.tolist(), strict=True))


@settings(max_examples=150, deadline=None)
@given(POSTINGS)
def test_round_trip(rows):
    assert rows_of(blocks.decode(encoded(rows))) == sorted(set(rows))


@settings(max_examples=80, deadline=None)
@given(POSTINGS, st.sets(st.integers(0, 300), max_size=40), st.sets(st.integers(0, 5)))
def test_only_wanted_hashes_and_no_removed_tracks(rows, wanted, removed):
    asked = np.array(sorted(wanted), np.uint32)
    found = blocks.decode(encoded(rows), asked, removed=np.array(sorted(removed), np.int32))
    assert found.hashes.tolist() == sorted(wanted)
    assert rows_of(found) == sorted({r for r in rows if r[0] in wanted and r[1] not in removed})


@settings(max_examples=80, deadline=None)
@given(POSTINGS, POSTINGS, st.sets(st.integers(0, 5)))
def test_merge_joins_parts_and_drops_removed_tracks(old, fresh, removed):
    parts = [*encoded(old).items(), *encoded(fresh).items()]
    both = Blocks.from_items([n for n, _ in parts], [b for _, b in parts])
    merged = blocks.merge(both, removed=np.array(sorted(removed), np.int32))
    assert rows_of(blocks.decode(merged)) == sorted({r for r in [*old, *fresh] if r[1] not in removed})
    assert merged.bucket.tolist() == sorted(set(merged.bucket.tolist()))


def test_a_block_holds_64_hashes():
    made = encoded([(63, 1, 1), (64, 1, 1), (127, 1, 1), (128, 1, 1)])
    assert made.bucket.tolist() == [0, 1, 2]
    assert blocks.buckets_of(np.array([63, 64, 127, 128], np.uint32)).tolist() == [0, 1, 2]


def test_the_format_is_stable():
    (number, data), *rest = encoded([(130, 3, 300), (130, 3, 301), (131, 0, 5)]).items()
    assert rest == []
    assert number == 2
    assert data == bytes([2, 2, 5, 3, 0xAC, 0x02, 0, 1, 3, 1, 2, 0, 5])


def test_realistic_postings_cost_less_than_seven_bytes():
    g = np.random.default_rng(5)
    hashes = (g.zipf(1.3, 200_000) * 7919 % 400_000).astype(np.uint32)
    made = blocks.encode(
        hashes, g.integers(0, 2000, 200_000).astype(np.int32), g.integers(0, 10_000, 200_000).astype(np.int32)
    )
    assert len(made.data) / 200_000 < 7


def test_damaged_block_is_named():
    made = encoded([(70, 5, 1000), (70, 6, 1000)])
    broken = Blocks(made.bucket, made.offsets - np.array([0, 1]), made.data[:-1])
    with pytest.raises(BlockError, match="bucket 1 "):
        blocks.decode(broken)


def test_negative_tracks_are_refused():
    with pytest.raises(ValueError, match="0 or more"):
        blocks.encode(np.array([1], np.uint32), np.array([-1], np.int32), np.array([1], np.int32))
