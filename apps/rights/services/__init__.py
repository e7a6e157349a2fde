"""Writes of checks, decisions, registrations and certificates. Each is one transaction, audited, safe to repeat."""

from apps.rights.services.checks import (
    abandon_check,
    begin_check,
    cancel_check,
    compare_rest,
    give_up,
    new_check,
    request_work_check,
    start_check,
)
from apps.rights.services.cleanup import remove_orphan_evidence
from apps.rights.services.decisions import decide_match, undo_decision
from apps.rights.services.expiry import expire_claims, organisations_with_stale_claims
from apps.rights.services.outcome import FoundMatch, FoundSegment, Outcome, StoredEvidence
from apps.rights.services.rechecks import (
    ALL,
    OLDER,
    SCOPES,
    abandon_recheck,
    finish_recheck,
    list_subjects,
    next_check,
    start_recheck,
)
from apps.rights.services.registrations import issue_certificate, register, register_work, withdraw, withdraw_work
from apps.rights.services.results import record_evidence, record_outcome
from apps.rights.services.thresholds import reset_thresholds, set_thresholds

__all__ = [
    "ALL",
    "OLDER",
    "SCOPES",
    "FoundMatch",
    "FoundSegment",
    "Outcome",
    "StoredEvidence",
    "abandon_check",
    "abandon_recheck",
    "begin_check",
    "cancel_check",
    "compare_rest",
    "decide_match",
    "expire_claims",
    "finish_recheck",
    "give_up",
    "issue_certificate",
    "list_subjects",
    "new_check",
    "next_check",
    "organisations_with_stale_claims",
    "record_evidence",
    "record_outcome",
    "register",
    "register_work",
    "remove_orphan_evidence",
    "request_work_check",
    "reset_thresholds",
    "set_thresholds",
    "start_check",
    "start_recheck",
    "undo_decision",
    "withdraw",
    "withdraw_work",
]
