"""Texts of notifications. They are stored in English and translated when they are read."""

from django.utils.translation import gettext_noop as _

DONE = _("The cue sheet of “%(title)s” is ready: %(count)s tracks.")
DONE_ONE = _("The cue sheet of “%(title)s” is ready: one track.")
DONE_NONE = _("“%(title)s” was listened to: no registered track was found.")
FAILED = _("“%(title)s” could not be listened to: %(reason)s")
WATCHED = _("“%(track)s” from your list “%(list)s” was heard in “%(title)s”.")
WATCHED_MORE = _("%(count)s tracks from your list “%(list)s” were heard in “%(title)s”, “%(track)s” among them.")
FOLDER_FAILED = _("The watched folder “%(folder)s” can't be read: %(reason)s")
DIGEST = _("%(count)s plays of watched tracks were found since the last digest.")
DIGEST_ONE = _("One play of a watched track was found since the last digest.")
