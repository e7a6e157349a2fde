"""The states and kinds that checks, matches, decisions and registrations speak of."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CheckState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Checking")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


OPEN_CHECK_STATES = (CheckState.QUEUED, CheckState.RUNNING)


class Verdict(models.TextChoices):
    """The answer of a check. Similarity to what other labels registered only; nothing about rights follows from it."""

    CLEAR = "clear", _("Nothing similar found")
    INCOMPLETE = "incomplete", _("Not everything could be compared")
    CONFLICT = "conflict", _("Something similar found")


class Facet(models.TextChoices):
    """What was compared: the sound itself, the music as it is played, or the line that is sung."""

    RECORDING = "recording", _("Recording")
    COVER = "cover", _("Cover")
    MELODY = "melody", _("Melody")


class SubjectKind(models.TextChoices):
    RECORDING = "recording", _("Recording")
    WORK = "work", _("Work")


class Direction(models.TextChoices):
    OUTGOING = "outgoing", _("Found by our check")
    INCOMING = "incoming", _("Found by another label's check")


class MatchKind(models.TextChoices):
    SAME_RECORDING = "same_recording", _("Same recording")
    EXCERPT = "excerpt", _("Excerpt")
    ALTERED = "altered", _("Altered")
    COVER = "cover", _("Similar music")
    MELODY = "melody", _("Similar melody")


class Alteration(models.TextChoices):
    """How ours differs from the other one."""

    FASTER = "faster", _("faster")
    SLOWER = "slower", _("slower")
    HIGHER = "higher", _("transposed up")
    LOWER = "lower", _("transposed down")


class MatchState(models.TextChoices):
    OPEN = "open", _("Open")
    OWN_OR_LICENSED = "own_or_licensed", _("Own or licensed")
    DISPUTED = "disputed", _("Disputed")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    SUPERSEDED = "superseded", _("Replaced by a newer check")


class DecisionKind(models.TextChoices):
    OWN_OR_LICENSED = "own_or_licensed", _("Own or licensed")
    DISPUTE = "dispute", _("Dispute")
    WITHDRAW = "withdraw", _("Withdraw ours")


class RegistrationState(models.TextChoices):
    REGISTERED = "registered", _("Registered")
    DISPUTED = "disputed", _("Disputed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class RegistrationBasis(models.TextChoices):
    CLEAR = "clear", _("Nothing similar found")
    OWN_OR_LICENSED = "own_or_licensed", _("Own or licensed, with a reason on record")


class EvidenceKind(models.TextChoices):
    OWN_SPECTROGRAM = "own_spectrogram", _("Spectrum of our recording")
    OTHER_SPECTROGRAM = "other_spectrogram", _("Spectrum of the other recording")
    OTHER_EXCERPT = "other_excerpt", _("Matching stretch of the other recording")
    LANDMARKS = "landmarks", _("Matching landmarks")
