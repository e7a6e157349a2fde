"""Pages of the catalogue as people use them."""

import pytest

from tests.factories import make_organisation, make_user

pytestmark = pytest.mark.django_db


def test_smoke(client):
    from apps.catalog import services
    from apps.tenancy.context import bind
    from tests.factories_catalog import make_recording, make_track

    user = make_user()
    org = make_organisation(owner=user)
    client.force_login(user)
    base = f"/o/{org.slug}/catalogue/"
    assert client.get(base + "tracks/").status_code == 200
    with bind(org.id, user_id=user.id):
        a = make_recording()
        t = services.update_track(
            track_id=a.track_id,
            changes={"release_title": "Timetable", "isrc": "USS1Z9900001"},
            credited=[services.CreditInput("Anna")],
        )
        r = t.release
        art = services.create_artist(name="anna")
        make_track("夜行列车", artist="李")
    for u in [
        "tracks/",
        f"tracks/{t.id}/",
        f"tracks/{t.id}/edit/",
        f"tracks/{t.id}/recording/",
        f"tracks/{t.id}/delete/",
        "tracks/deleted/",
        "releases/",
        f"releases/{r.id}/",
        f"releases/{r.id}/edit/",
        f"releases/{r.id}/delete/",
        "releases/new/",
        "artists/",
        f"artists/{art.id}/",
        f"artists/{art.id}/edit/",
        f"artists/{art.id}/merge/",
        "artists/new/",
        "search/?q=夜行",
        f"recordings/{a.id}/audio/",
        f"recordings/{a.id}/waveform/",
        "tracks/?format=csv",
        "releases/?format=csv&q=x",
        "artists/?sort=-tracks",
    ]:
        x = client.get(base + u)
        assert x.status_code == 200, u
    x = client.post(base + "tracks/bulk/", {"action": "edit", "selected": [str(t.id)]})
    assert x.status_code == 200
