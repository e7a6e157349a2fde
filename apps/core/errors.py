"""Errors that a user can cause. Each says what to do, and knows its HTTP status."""

from collections.abc import Mapping
from typing import ClassVar

from django.utils.functional import Promise


class DomainError(Exception):
    """A rule of the product was broken.

    Attributes:
        message: what happened and what to do, translatable, safe to show.
        code: a stable machine-readable name in snake_case.
        fields: messages by field name, for forms and the API.
    """

    status: ClassVar[int] = 400
    default_code: ClassVar[str] = "invalid"

    def __init__(
        self,
        message: str | Promise,
        *,
        code: str | None = None,
        fields: Mapping[str, str | Promise] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.fields = dict(fields or {})


class InvalidInput(DomainError):
    status = 422
    default_code = "invalid_input"


class NotFound(DomainError):
    status = 404
    default_code = "not_found"


class Forbidden(DomainError):
    status = 403
    default_code = "forbidden"


class Conflict(DomainError):
    status = 409
    default_code = "conflict"


class TooLarge(DomainError):
    status = 413
    default_code = "too_large"


class Unavailable(DomainError):
    status = 503
    default_code = "unavailable"
