"""Texts of notifications. They are stored in English and translated when they are read.

Those that reach the other organisation are written by functions of the database, so that nothing but published names
can be put into them; the migration holds the same texts.
"""

from django.utils.translation import gettext_noop as _

FROM_OTHER_SIDE = {
    "opened": _("%(organisation)s opened a case with you about “%(title)s”."),
    "message": _("%(organisation)s wrote in the case about “%(title)s”."),
    "file": _("%(organisation)s shared a file in the case about “%(title)s”."),
    "proposal": _("%(organisation)s made a proposal in the case about “%(title)s”."),
    "accepted": _("%(organisation)s accepted your proposal in the case about “%(title)s”."),
    "proposal_declined": _("%(organisation)s declined your proposal in the case about “%(title)s”."),
    "proposal_withdrawn": _("%(organisation)s withdrew its proposal in the case about “%(title)s”."),
    "deadline": _("%(organisation)s set a deadline in the case about “%(title)s”: %(due)s."),
    "deadline_met": _("%(organisation)s marked a deadline as met in the case about “%(title)s”: %(due)s."),
    "deadline_cancelled": _("%(organisation)s cancelled a deadline in the case about “%(title)s”: %(due)s."),
    "declined": _("%(organisation)s declined the case about “%(title)s”."),
    "withdrawn": _("%(organisation)s withdrew its case about “%(title)s”."),
    "closed": _("%(organisation)s closed the case about “%(title)s”."),
    "reopened": _("%(organisation)s opened the case about “%(title)s” again."),
}
"""By kind of entry."""

REMINDER_OURS = _("A deadline of yours in the case about “%(title)s” is near: %(due)s.")
REMINDER_THEIRS = _("A deadline of %(organisation)s in the case about “%(title)s” is near: %(due)s.")
MISSED_OURS = _("You missed a deadline in the case about “%(title)s”: %(due)s.")
MISSED_THEIRS = _("%(organisation)s missed a deadline in the case about “%(title)s”: %(due)s.")
ASSIGNED = _("%(actor)s assigned the case about “%(title)s” to you.")
FILE_FAILED = _(
    "“%(filename)s” could not be fetched in the case about “%(title)s”. Ask the other side to share it again."
)
EXPORT_READY = _("The export of the case about “%(title)s” is ready.")
