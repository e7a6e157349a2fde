"""Writes of checks, decisions, registrations and certificates. Each is one transaction, audited, safe to repeat."""

from apps.rights.services.checks import (
    abandon_check,
    begin_check,
    cancel_check,
    record_evidence,
    record_outcome,
    start_check,
)
from apps.rights.services.cleanup import remove_orphan_evidence
from apps.rights.services.decisions import decide_match, undo_decision
from apps.rights.services.outcome import FoundMatch, FoundSegment, Outcome, StoredEvidence
from apps.rights.services.registrations import issue_certificate, register, withdraw

__all__ = [
    "FoundMatch",
    "FoundSegment",
    "Outcome",
    "StoredEvidence",
    "abandon_check",
    "begin_check",
    "cancel_check",
    "decide_match",
    "issue_certificate",
    "record_evidence",
    "record_outcome",
    "register",
    "remove_orphan_evidence",
    "start_check",
    "undo_decision",
    "withdraw",
]
