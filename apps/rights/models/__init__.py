"""Registry checks and what follows from them: matches with evidence, decisions, registrations, certificates.

Everything here belongs to one organisation. What a match tells of the other side is a copy of what that side had
published when the match was made; no key points across organisations.
"""

from apps.rights.models.check import Check, Recheck
from apps.rights.models.choices import (
    OPEN_CHECK_STATES,
    Alteration,
    CheckState,
    DecisionKind,
    Direction,
    EvidenceKind,
    Facet,
    MatchKind,
    MatchState,
    RegistrationBasis,
    RegistrationState,
    SubjectKind,
    Verdict,
)
from apps.rights.models.decision import Decision
from apps.rights.models.match import EvidenceFile, Match, MatchSegment
from apps.rights.models.registration import Certificate, Registration
from apps.rights.models.subject import OfSubject, Subject
from apps.rights.models.thresholds import Thresholds

__all__ = [
    "OPEN_CHECK_STATES",
    "Alteration",
    "Certificate",
    "Check",
    "CheckState",
    "Decision",
    "DecisionKind",
    "Direction",
    "EvidenceFile",
    "EvidenceKind",
    "Facet",
    "Match",
    "MatchKind",
    "MatchSegment",
    "MatchState",
    "OfSubject",
    "Recheck",
    "Registration",
    "RegistrationBasis",
    "RegistrationState",
    "Subject",
    "SubjectKind",
    "Thresholds",
    "Verdict",
]
