"""What a query may say."""

import uuid

from django.utils.translation import gettext_lazy as _

from apps.core.errors import InvalidInput


def uuid_parameter(value: str | None, name: str) -> uuid.UUID | None:
    """An id in the query; None when it is not given.

    Raises:
        InvalidInput: it is no id.
    """
    if not value:
        return None
    try:
        return uuid.UUID(value)
    except ValueError:
        message = _("This is no id.")
        raise InvalidInput(message, fields={name: message}) from None
