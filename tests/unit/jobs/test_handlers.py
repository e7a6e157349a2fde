"""The register of handlers."""

import pytest

from apps.jobs import handlers


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch):
    """An empty register for the test."""
    monkeypatch.setattr(handlers, "_handlers", {})
    return handlers.handler


def test_a_handler_is_found_by_its_kind(register):
    @register("spam.fry", queue="io", max_attempts=2, title="Frying")
    def fry(run):
        pass

    found = handlers.get("spam.fry")
    assert (found.work, found.queue, found.max_attempts, found.title) == (fry, "io", 2, "Frying")
    assert handlers.names() == ["spam.fry"]


def test_the_kind_is_the_title_by_default(register):
    register("spam.fry")(lambda run: None)
    assert handlers.get("spam.fry").title == "spam.fry"


def test_a_kind_belongs_to_one_handler(register):
    @register("spam.fry")
    def fry(run):
        pass

    with pytest.raises(ValueError, match=r"Two handlers for jobs of kind 'spam\.fry'"):

        @register("spam.fry")
        def boil(run):
            pass


def test_an_unknown_kind(register):
    assert handlers.find("spam.fry") is None
    with pytest.raises(LookupError):
        handlers.get("spam.fry")


def test_an_unknown_queue_is_refused(register):
    with pytest.raises(ValueError, match="tpu"):
        register("spam.fry", queue="tpu")(lambda run: None)
