"""The insecure development defaults must never run in production."""

from django.core.exceptions import ImproperlyConfigured

MINIMUM_KEY_LENGTH = 40


def refuse_insecure_defaults(*, debug: bool, secret_key: str, allowed_hosts: list[str]) -> None:
    """Raise unless the settings are safe to serve with DEBUG off.

    Raises:
        ImproperlyConfigured: DEBUG is off and the secret key or the allowed hosts are development defaults.
    """
    if debug:
        return
    if not secret_key or secret_key.startswith("insecure") or len(secret_key) < MINIMUM_KEY_LENGTH:
        raise ImproperlyConfigured(
            f"SECRET_KEY is missing or insecure: set it to a random string of at least {MINIMUM_KEY_LENGTH} characters."
        )
    if not allowed_hosts or "*" in allowed_hosts:
        raise ImproperlyConfigured("ALLOWED_HOSTS must name the host names that Descant is served under.")
