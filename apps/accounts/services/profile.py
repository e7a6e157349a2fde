"""What people decide about themselves."""

from django.conf import settings
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import InvalidInput

THEMES = ("", "system", "light", "dark")


def update_profile(*, user: User, name: str, language: str, theme: str) -> User:
    """Change a person's name, language and theme ("" follows the browser and the system).

    Raises:
        InvalidInput: no such language or theme.
    """
    fields = {}
    if language not in ("", *dict(settings.LANGUAGES)):
        fields["language"] = _("Choose a language from the list.")
    if theme not in THEMES:
        fields["theme"] = _("Choose a theme from the list.")
    if fields:
        raise InvalidInput(_("This choice does not exist."), fields=fields)
    user.name, user.language, user.theme = name.strip(), language, theme
    user.save(update_fields=["name", "language", "theme", "updated_at"])
    return user
