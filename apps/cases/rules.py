"""What may be done in which state of a case. Pure: the same answer for a page, the API and a service.

open ──first answer of the addressed side──▶ in discussion ──a proposal is accepted──▶ agreed
  │                                             │                                       │
  └──────── declined · withdrawn · closed ◀─────┴───────────────── closed ◀─────────────┘
                 └──── opened again within REOPEN_WITHIN, at most REOPENINGS times a side ──▶ in discussion
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from apps.cases.models import CaseState, Side

REOPEN_WITHIN = timedelta(days=90)
REOPENINGS = 3
REMIND_BEFORE = timedelta(hours=48)

LIVE = frozenset({CaseState.OPEN, CaseState.IN_DISCUSSION, CaseState.AGREED})
ENDED = frozenset({CaseState.DECLINED, CaseState.WITHDRAWN, CaseState.CLOSED})
UNDECIDED = frozenset({CaseState.OPEN, CaseState.IN_DISCUSSION})


class Act(StrEnum):
    """What a member may want to do to a case."""

    TALK = "talk"  # messages, files, deadlines
    PROPOSE = "propose"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    CLOSE = "close"
    REOPEN = "reopen"


@dataclass(frozen=True)
class Standing:
    """All that the rules need to know of a case."""

    state: str
    side: str
    state_at: datetime
    reopened: int = 0


def allowed(standing: Standing, now: datetime) -> frozenset[Act]:
    """What our side may do now."""
    acts: set[Act] = set()
    if standing.state in LIVE:
        acts |= {Act.TALK, Act.PROPOSE, Act.CLOSE}
    if standing.state in UNDECIDED:
        acts.add(Act.WITHDRAW if standing.side == Side.OPENER else Act.DECLINE)
    if standing.state in ENDED and may_reopen(standing, now):
        acts.add(Act.REOPEN)
    return frozenset(acts)


def may_reopen(standing: Standing, now: datetime) -> bool:
    """Within ninety days, three times a side; a withdrawn case by the side that withdrew it."""
    if standing.state == CaseState.WITHDRAWN and standing.side != Side.OPENER:
        return False
    return now - standing.state_at <= REOPEN_WITHIN and standing.reopened < REOPENINGS


def after_contribution(state: str, side: str) -> CaseState:
    """The state after a message, a file or a proposal: the first answer of the addressed side begins the discussion."""
    if state == CaseState.OPEN and side == Side.ANSWERER:
        return CaseState.IN_DISCUSSION
    return CaseState(state)


def remind_at(set_at: datetime, due_at: datetime) -> datetime:
    """When to remind of a deadline: two days before, or half-way when it is nearer than four days."""
    return due_at - min(REMIND_BEFORE, (due_at - set_at) / 2)


__all__ = [
    "ENDED",
    "LIVE",
    "REMIND_BEFORE",
    "REOPENINGS",
    "REOPEN_WITHIN",
    "UNDECIDED",
    "Act",
    "Standing",
    "after_contribution",
    "allowed",
    "may_reopen",
    "remind_at",
]
