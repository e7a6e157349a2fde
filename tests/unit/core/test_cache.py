"""The cache may be away."""

import pytest

from apps.core.cache import TolerantRedisCache


@pytest.fixture
def away(tmp_path):
    return TolerantRedisCache(f"unix://{tmp_path}/no-server.sock?db=1", {})


def test_a_cache_that_is_away_is_empty(away):
    away.set("key", 1)
    assert away.get("key") is None
    assert away.get("key", "default") == "default"
    assert away.get_many(["key"]) == {}
    assert away.has_key("key") is False
    assert away.get_or_set("key", 7) == 7


def test_what_was_not_stored_is_said(away):
    assert away.set_many({"a": 1, "b": 2}) == ["a", "b"]
    assert away.delete("a") is False
    assert away.touch("a") is False


def test_counting_starts_over(away):
    assert away.add("key", 0) is True
    assert away.incr("key") == 1


def test_a_cache_that_answers_is_djangos_own(tmp_path):
    from tests.services import services

    cache = TolerantRedisCache(services().cache_url, {})
    cache.set("descant-test", {"a": 1}, 10)
    assert cache.get("descant-test") == {"a": 1}
    assert cache.delete("descant-test") is True
