"""The same Idempotency-Key and body has one effect and one answer."""

import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import override_settings

from apps.api.models import IdempotentRequest
from apps.catalog.models import Track
from apps.tenancy.context import bind
from tests.factories import make_organisation
from tests.factories_catalog import audio_bytes

KEY = {"Idempotency_Key": "order-1"}


def _titles(organisation):
    with bind(organisation.id):
        return sorted(Track.objects.values_list("title", flat=True))


@pytest.mark.django_db
def test_a_repeated_request_answers_the_same_and_does_nothing(api):
    caller = api(make_organisation())
    first = caller.post("tracks/", {"title": "Once"}, **KEY)
    second = caller.post("tracks/", {"title": "Once"}, **KEY)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert second.headers["Location"] == first.headers["Location"]
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert _titles(caller.organisation) == ["Once"]


@pytest.mark.django_db
def test_without_a_key_a_repeated_request_is_another_one(api):
    caller = api(make_organisation())
    caller.post("tracks/", {"title": "Twice"})
    caller.post("tracks/", {"title": "Twice"})
    assert _titles(caller.organisation) == ["Twice", "Twice"]


@pytest.mark.django_db
def test_a_key_with_another_body_is_refused(api):
    caller = api(make_organisation())
    caller.post("tracks/", {"title": "One"}, **KEY)
    answer = caller.post("tracks/", {"title": "Two"}, **KEY)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert _titles(caller.organisation) == ["One"]


@pytest.mark.django_db
def test_keys_of_other_addresses_and_other_organisations_are_others(api):
    ours, theirs = api(make_organisation()), api(make_organisation())
    assert ours.post("tracks/", {"title": "One"}, **KEY).status_code == 201
    assert ours.post("artists/", {"name": "One"}, **KEY).status_code == 201
    answer = theirs.post("tracks/", {"title": "Theirs"}, **KEY)
    assert (answer.status_code, answer.json()["title"]) == (201, "Theirs")


@pytest.mark.django_db
def test_after_an_error_the_same_key_tries_again(api):
    caller = api(make_organisation())
    assert caller.post("tracks/", {"title": ""}, **KEY).status_code == 422
    assert caller.post("tracks/", {"title": "Now right"}, **KEY).status_code == 201
    with bind(caller.organisation.id):
        assert IdempotentRequest.objects.count() == 1


@pytest.mark.django_db
@override_settings(ROOT_URLCONF="tests.integration.api.test_problems")
def test_an_answer_of_refusal_is_not_remembered(api):
    caller = api(make_organisation())
    assert caller.post("refuse/", **KEY).status_code == 409
    with bind(caller.organisation.id):
        assert IdempotentRequest.objects.count() == 0


@pytest.mark.django_db
def test_files_count_as_content(api):
    caller = api(make_organisation())
    one, two = audio_bytes(seed=1), audio_bytes(seed=2)

    def send(content):
        file = SimpleUploadedFile("Take.wav", content, "audio/wav")
        return caller.post("uploads/", {"check": "false"}, files={"file": file}, **KEY)

    first, again, other = send(one), send(one), send(two)
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert again.json() == first.json()
    assert _titles(caller.organisation) == ["Take"]


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", " ", "x" * 256, "tab\there"])
def test_keys_that_are_none_are_refused(api, key):
    answer = api(make_organisation()).post("tracks/", {"title": "One"}, Idempotency_Key=key)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_idempotency_key")


@pytest.mark.django_db
def test_a_stored_answer_is_not_for_a_key_without_the_scope(api):
    caller = api(make_organisation())
    caller.post("tracks/", {"title": "Once"}, **KEY)
    reader = api(caller.organisation, ["tracks:read"])
    assert reader.post("tracks/", {"title": "Once"}, **KEY).status_code == 403


def test_two_at_once_have_one_effect_and_the_same_answer(committed, api):
    caller = api(make_organisation())
    start, answers = threading.Barrier(4), []

    def send():
        start.wait()
        try:
            answers.append(
                caller.client.post(
                    "/api/v1/tracks/",
                    {"title": "Race"},
                    content_type="application/json",
                    headers=caller.headers | {"Idempotency-Key": "race"},
                )
            )
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert _titles(caller.organisation) == ["Race"]
