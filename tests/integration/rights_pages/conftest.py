"""Browsers of members: signed in, one label each, with whatever the label has registered."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.jobs import runner
from apps.jobs.models import Job, JobState
from apps.tenancy.context import bind
from tests.factories import make_member, make_user
from tests.integration.rights.helpers import label


@dataclass
class Desk:
    """A member at work: a browser and the address of the organisation."""

    organisation: Any
    user: Any
    client: Client

    def url(self, name: str, **kwargs: Any) -> str:
        return reverse(name, kwargs={"slug": self.organisation.slug, **kwargs})

    def get(self, name: str, query: str = "", **kwargs: Any) -> Any:
        return self.client.get(self.url(name, **kwargs) + query)

    def post(self, name: str, data: dict[str, Any] | None = None, **kwargs: Any) -> Any:
        return self.client.post(self.url(name, **kwargs), data or {})

    def work(self) -> list[JobState | None]:
        """Do all waiting jobs, as a worker does."""
        with bind(self.organisation.id):
            waiting = list(
                Job.objects.filter(state=JobState.QUEUED).order_by("created_at").values_list("id", flat=True)
            )
        return [runner.run(job_id, self.organisation.id) for job_id in waiting]


def make_desk(organisation: Any, role: str = "editor", name: str = "Edda Editor") -> Desk:
    """A member of the organisation with a browser."""
    user = make_user(name=name)
    make_member(organisation, role, user)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return Desk(organisation, user, client)


@pytest.fixture
def aurora(db: None) -> Desk:
    return make_desk(
        label(
            "Aurora private", public_name="Aurora Records", contact_route="rights@aurora.example", share_excerpts=True
        )
    )


@pytest.fixture
def borealis(db: None) -> Desk:
    return make_desk(label("Borealis private", public_name="Borealis", contact_route="legal@borealis.example"))
