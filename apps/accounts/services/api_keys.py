"""Keys with which programs call the API."""

import secrets
import uuid
from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import ApiKey, ApiScope
from apps.accounts.selectors import api_key_of_secret, get_api_key, hash_secret
from apps.audit import services as audit
from apps.core.errors import InvalidInput
from apps.tenancy.context import bind, current_user_id
from apps.tenancy.models import Organisation
from apps.tenancy.requests import TenantRequest

BEARER = "Bearer "
KEY_PREFIX = "dsc_"
SHOWN_LENGTH = 10
USE_NOTED_EVERY = timedelta(minutes=5)


def tenant_of_api_key(request: TenantRequest) -> Organisation | None:
    """The organisation of the API key in ``Authorization: Bearer …``; the key is left on the request.

    Side effect: the time of its use, noted every few minutes.
    """
    header = request.headers.get("Authorization", "")
    key = api_key_of_secret(header[len(BEARER) :]) if header.startswith(BEARER) else None
    if key is None:
        return None
    now = timezone.now()
    if key.last_used_at is None or key.last_used_at < now - USE_NOTED_EVERY:
        with bind(key.organisation_id):
            ApiKey.objects.filter(id=key.id).update(last_used_at=now)
    request.api_key = key
    return key.organisation


def create_api_key(*, name: str, scopes: Sequence[str]) -> tuple[ApiKey, str]:
    """A new key of the bound organisation and its secret, which is stored nowhere: show it once.

    Raises:
        InvalidInput: no name, no scope, or an unknown scope.
    """
    name = name.strip()
    if not name:
        raise InvalidInput(_("Give the key a name."), fields={"name": _("Give the key a name.")})
    unknown = sorted(set(scopes) - set(ApiScope.values))
    if unknown or not scopes:
        message = _("Choose at least one thing that the key may do.")
        raise InvalidInput(message, code="invalid_scopes", fields={"scopes": message})
    secret = KEY_PREFIX + secrets.token_urlsafe(32)
    key: ApiKey = ApiKey.objects.create(
        name=name[:100],
        prefix=secret[:SHOWN_LENGTH],
        key_hash=hash_secret(secret),
        scopes=sorted(set(scopes)),
        created_by_id=current_user_id(),
    )
    audit.record(
        action="api_key.created",
        subject_type="api_key",
        subject_id=key.id,
        data={"name": key.name, "scopes": key.scopes},
    )
    return key, secret


def revoke_api_key(*, key_id: uuid.UUID) -> ApiKey:
    """Make a key useless from now on; revoking it again changes nothing."""
    key = get_api_key(key_id, lock=True)
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at", "updated_at"])
        audit.record(action="api_key.revoked", subject_type="api_key", subject_id=key.id, data={"name": key.name})
    return key
