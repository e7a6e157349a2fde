"""How a broken rule of the product becomes an error of a form."""

from collections.abc import Iterator
from contextlib import contextmanager

from django import forms
from django.db import transaction
from django.utils.http import url_has_allowed_host_and_scheme

from apps.core.errors import DomainError


@contextmanager
def errors_into(form: forms.BaseForm) -> Iterator[None]:
    """Run a service; a domain error is undone in the database and shown beside the fields it concerns.

    Afterwards ``form.is_valid()`` says whether it went well. Errors that concern the whole page (404) pass through.
    """
    try:
        with transaction.atomic():
            yield
    except DomainError as error:
        if error.status == 404:
            raise
        named = {name: text for name, text in error.fields.items() if name in form.fields}
        for name, text in named.items():
            form.add_error(name, str(text))
        if not named:
            form.add_error(None, str(error.message))


def safe_path(path: str | None, *, host: str, default: str) -> str:
    """A path of this site that a request names as its way on; ``default`` instead of any other address."""
    return path if path and url_has_allowed_host_and_scheme(path, allowed_hosts={host}) else default
