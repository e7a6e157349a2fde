"""Sentences about cases, the same on the page, in the PDF and in the API. They speak of similarity, never of guilt."""

import zoneinfo
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.utils import formats
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from apps.cases.models import Case, CaseState, Deadline, Entry, EntryKind, Exhibit, Proposal, ProposalKind
from apps.cases.snapshot import Evidence, Finding
from apps.core.formats import percent, pitch_change, span, tempo_change
from apps.core.roll_words import bars_in_words

DIGITS_OF_CURRENCY = {"JPY": 0, "KRW": 0}


def finding_in_words(evidence: Evidence) -> str:
    """The strongest finding in one sentence: “0:31–0:41 of your “A” is similar to 1:02–1:12 of “B” of C.”

    Of scores that have bars, the bars.
    """
    main = evidence.main
    names = {
        "own": evidence.ours.title,
        "other": evidence.theirs.title,
        "organisation": evidence.theirs.organisation,
    }
    if not main.stretches:
        return _("Your “%(own)s” is similar to “%(other)s” of %(organisation)s.") % names
    first, detail = main.stretches[0], main.detail
    spans = {
        "at": bars_in_words(detail.get("own", {})) or span(first.own_start_s, first.own_end_s),
        "there": bars_in_words(detail.get("other", {})) or span(first.other_start_s, first.other_end_s),
    }
    sentence = _("%(at)s of your “%(own)s” is similar to %(there)s of “%(other)s” of %(organisation)s.") % {
        **names,
        **spans,
    }
    return capfirst(sentence)


def facet_in_words(facet: str) -> str:
    words = {
        "recording": _("Same recording"),
        "cover": _("Same music, another performance"),
        "melody": _("Same melody"),
    }
    return words.get(facet, facet)


def kind_in_words(finding: Finding) -> str:
    """What is similar, and how ours differs."""
    kinds = {
        "same_recording": _("Whole recording"),
        "excerpt": _("Excerpt"),
        "altered": _("Altered"),
        "cue": _("Heard in a monitored recording"),
    }
    words = {"faster": _("faster"), "slower": _("slower"), "higher": _("transposed up"), "lower": _("transposed down")}
    named = [kinds[finding.kind]] if finding.kind in kinds else []
    return " · ".join([facet_in_words(finding.facet), *named, *(words.get(name, name) for name in finding.alterations)])


def change_in_words(finding: Finding) -> str:
    parts = [tempo_change(finding.tempo_ratio), pitch_change(finding.pitch_semitones)]
    return " · ".join(parts) if finding.tempo_ratio is not None else ""


def versions_in_words(finding: Finding) -> str:
    return " / ".join(dict.fromkeys(finding.versions.values()))


def money(minor: int | None, currency: str) -> str:
    """An amount in its smallest unit as people write it: 125000, EUR → 1,250.00 EUR."""
    digits = DIGITS_OF_CURRENCY.get(currency, 2)
    amount = major(minor or 0, currency)
    return f"{formats.number_format(amount, digits, use_l10n=True, force_grouping=True)} {currency}"


def major(minor: int, currency: str) -> Decimal:
    """An amount in whole units of its currency."""
    return Decimal(minor).scaleb(-DIGITS_OF_CURRENCY.get(currency, 2))


def day(value: date | None) -> str:
    return formats.date_format(value, "DATE_FORMAT") if value else ""


def terms_in_words(proposal: Proposal) -> list[tuple[str, str]]:
    """The terms of a proposal as names and values."""
    if proposal.kind == ProposalKind.LICENCE:
        fee = money(proposal.fee_minor, proposal.currency) if proposal.fee_minor else _("free of charge")
        until = day(proposal.ends_on) or _("without end")
        term = _("%(start)s to %(end)s") % {"start": day(proposal.starts_on), "end": until}
        return [(_("Fee"), fee), (_("Term"), term), (_("Territory"), proposal.territory)]
    if proposal.kind == ProposalKind.CREDIT:
        return [(_("Credit line"), proposal.credit_line)]
    if proposal.kind == ProposalKind.SHARE:
        share = percent(float(proposal.share_percent or 0) / 100, decimals=2)
        rows = [(_("Share of the revenue"), share)]
        return [*rows, (_("Territory"), proposal.territory)] if proposal.territory else rows
    return [(_("Gone from"), day(proposal.take_down_on))]


def terms_as_data(proposal: Proposal) -> dict[str, Any]:
    """The terms of a proposal for programs; only what its kind has."""
    names = {
        ProposalKind.LICENCE: ("fee_minor", "currency", "starts_on", "ends_on", "territory"),
        ProposalKind.CREDIT: ("credit_line",),
        ProposalKind.SHARE: ("share_percent", "territory"),
        ProposalKind.TAKE_DOWN: ("take_down_on",),
    }[ProposalKind(proposal.kind)]
    values = {name: getattr(proposal, name) for name in names}
    return {name: str(value) if isinstance(value, date | Decimal) else value for name, value in values.items()}


def proposal_in_words(proposal: Proposal) -> str:
    """A proposal in one line: “Licence: 1,250.00 EUR · 1 Jan 2027 to 31 Dec 2027 · worldwide”."""
    values = " · ".join(value for _name, value in terms_in_words(proposal))
    return f"{proposal.get_kind_display()}: {values}"


def moment_in_words(moment: datetime, zone_name: str) -> str:
    """A moment in an organisation's own time zone, which is named: 2026-12-01 18:00 Europe/Berlin."""
    try:
        zone: zoneinfo.ZoneInfo | None = zoneinfo.ZoneInfo(zone_name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        zone = None
    local = moment.astimezone(zone or UTC)
    return f"{local:%Y-%m-%d %H:%M} {zone_name if zone else 'UTC'}"


def entry_in_words(entry: Entry, other: str) -> str:
    """What happened, in one line; ``other`` is the other side's public name."""
    ours = {
        EntryKind.OPENED: _("We opened the case"),
        EntryKind.MESSAGE: _("We wrote"),
        EntryKind.NOTE: _("Internal note"),
        EntryKind.FILE: _("We shared a file"),
        EntryKind.PROPOSAL: _("We made a proposal"),
        EntryKind.ACCEPTED: _("We accepted the proposal"),
        EntryKind.PROPOSAL_DECLINED: _("We declined the proposal"),
        EntryKind.PROPOSAL_WITHDRAWN: _("We withdrew our proposal"),
        EntryKind.DEADLINE: _("We set a deadline"),
        EntryKind.DEADLINE_MET: _("We marked a deadline as met"),
        EntryKind.DEADLINE_CANCELLED: _("We cancelled a deadline"),
        EntryKind.DEADLINE_MISSED: _("A deadline was missed"),
        EntryKind.DECLINED: _("We declined the case"),
        EntryKind.WITHDRAWN: _("We withdrew the case"),
        EntryKind.CLOSED: _("We closed the case"),
        EntryKind.REOPENED: _("We opened the case again"),
        EntryKind.ASSIGNED: _("Assigned to %(name)s") % {"name": entry.data.get("name") or _("everybody")},
    }
    theirs = {
        EntryKind.OPENED: _("%(other)s opened the case"),
        EntryKind.MESSAGE: _("%(other)s wrote"),
        EntryKind.FILE: _("%(other)s shared a file"),
        EntryKind.PROPOSAL: _("%(other)s made a proposal"),
        EntryKind.ACCEPTED: _("%(other)s accepted our proposal"),
        EntryKind.PROPOSAL_DECLINED: _("%(other)s declined our proposal"),
        EntryKind.PROPOSAL_WITHDRAWN: _("%(other)s withdrew its proposal"),
        EntryKind.DEADLINE: _("%(other)s set a deadline"),
        EntryKind.DEADLINE_MET: _("%(other)s marked a deadline as met"),
        EntryKind.DEADLINE_CANCELLED: _("%(other)s cancelled a deadline"),
        EntryKind.DECLINED: _("%(other)s declined the case"),
        EntryKind.WITHDRAWN: _("%(other)s withdrew the case"),
        EntryKind.CLOSED: _("%(other)s closed the case"),
        EntryKind.REOPENED: _("%(other)s opened the case again"),
    }
    kind = EntryKind(entry.kind)
    return ours[kind] if entry.by_us else theirs[kind] % {"other": other}


def state_explained(state: str) -> str:
    """What a state means, for the head of the page."""
    words = {
        CaseState.OPEN: _("The addressed side has not answered yet."),
        CaseState.IN_DISCUSSION: _("Both sides have spoken."),
        CaseState.AGREED: _("A proposal was accepted."),
        CaseState.DECLINED: _("The addressed side does not go into it."),
        CaseState.WITHDRAWN: _("The side that opened it took it back."),
        CaseState.CLOSED: _("It was closed."),
    }
    return words[CaseState(state)]


def exhibit_in_words(exhibit: Exhibit) -> str:
    """What a frozen file shows."""
    words = {
        "own_spectrogram": _("Spectrum of our recording"),
        "other_spectrogram": _("Spectrum of the other recording"),
        "other_excerpt": _("Matching stretch of the other recording"),
        "landmarks": _("Matching landmarks"),
    }
    return words.get(exhibit.kind, exhibit.kind.replace("_", " "))


def for_whom(deadline: Deadline, case: Case) -> str:
    if deadline.for_us and deadline.for_them:
        return _("both sides")
    return _("us") if deadline.for_us else case.other_organisation
