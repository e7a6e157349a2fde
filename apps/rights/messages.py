"""Texts of notifications. They are stored in English and translated when they are read.

Those that reach the other organisation are written by functions of the database, so that nothing but published names
can be put into them; the migration holds the same texts.
"""

from django.utils.translation import gettext_noop as _

CHECK_CLEAR = _("“%(title)s” came out clear: nothing similar is in the registry.")
CHECK_INCOMPLETE = _("“%(title)s” could not be compared in every way. Compare the rest before you register it.")
CHECK_CONFLICT = _("“%(title)s” is similar in %(count)s ways to what is registered. Read the reports and decide.")
CHECK_CONFLICT_ONE = _("“%(title)s” is similar to something registered. Read the report and decide.")
RECHECK_SAME = _("“%(title)s” was checked again: nothing has changed.")
RECHECK_CHANGED = _("“%(title)s” was checked again, and something has changed. Read what.")
RECHECK_MANY = _("%(count)s were checked again; %(changed)s have a different answer now.")
RECHECK_ONE_SAME = _("One was checked again, with the same answer.")
RECHECK_ONE_CHANGED = _("One was checked again, and its answer is different now.")
EXPIRY_SOON = _("“%(title)s” was checked long ago and never registered. Its place in the registry ends on %(date)s.")
EXPIRED = _("“%(title)s” was never registered: its place in the registry has ended, and it is a draft again.")
CHECK_FAILED = _("The check of “%(title)s” did not finish: %(reason)s")
REGISTERED = _("“%(title)s” is registered.")
WITHDRAWN = _("“%(title)s” was withdrawn from the registry.")
DECIDED = {
    "own_or_licensed": _("%(actor)s decided about a match of “%(title)s”: own or licensed."),
    "dispute": _("%(actor)s disputed a match of “%(title)s”."),
    "withdraw": _("%(actor)s withdrew “%(title)s” because of a match."),
}
UNDONE = _("The decision about “%(title)s” was taken back.")

INCOMING_MATCH = _("A check of %(organisation)s found that “%(other_title)s” is similar to your “%(title)s”.")
OTHER_OWN_OR_LICENSED = _(
    "%(organisation)s says that its “%(other_title)s”, similar to your “%(title)s”, is its own or licensed."
)
OTHER_DISPUTED = _("%(organisation)s disputes the match of its “%(other_title)s” with your “%(title)s”.")
OTHER_WITHDRAWN = _("%(organisation)s withdrew its “%(other_title)s”, which is similar to your “%(title)s”.")
OTHER_REOPENED = _("%(organisation)s took back its decision about “%(other_title)s”, similar to your “%(title)s”.")

INCOMING_COVER = _(
    "A check of %(organisation)s found that the music of “%(other_title)s” is similar to that of your “%(title)s”."
)
INCOMING_MELODY = _(
    "A check of %(organisation)s found that the melody of “%(other_title)s” is similar to that of your “%(title)s”."
)

FROM_OTHER_SIDE = {
    "own_or_licensed": OTHER_OWN_OR_LICENSED,
    "disputed": OTHER_DISPUTED,
    "withdrawn": OTHER_WITHDRAWN,
    "open": OTHER_REOPENED,
}


def recheck(count: int, changed: int) -> str:
    """The text of a re-check of so many, of which so many have a different answer."""
    if count != 1:
        return RECHECK_MANY
    return RECHECK_ONE_CHANGED if changed else RECHECK_ONE_SAME


def conflict(count: int) -> str:
    """The text of a check that found so many matches with others."""
    return CHECK_CONFLICT_ONE if count == 1 else CHECK_CONFLICT
