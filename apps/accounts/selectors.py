"""Reads about people and keys."""

import hashlib

from django.db import connection
from django.http import HttpRequest

from apps.accounts.models import ApiKey
from apps.tenancy.context import bind
from apps.tenancy.models import Organisation

BEARER = "Bearer "


def hash_secret(secret: str) -> str:
    """SHA-256 in hex: secrets are long and random, so a plain hash is enough to store them."""
    return hashlib.sha256(secret.encode()).hexdigest()


def tenant_of_api_key(request: HttpRequest) -> Organisation | None:
    """The organisation of the API key in ``Authorization: Bearer …``; the key is left on the request."""
    header = request.headers.get("Authorization", "")
    if not header.startswith(BEARER):
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT key_id, organisation_id FROM api_key_tenant(%s)", [hash_secret(header[len(BEARER) :])])
        row = cursor.fetchone()
    if row is None:
        return None
    with bind(row[1]):
        request.api_key = ApiKey.objects.select_related("organisation").get(id=row[0])
        return request.api_key.organisation
