"""Reads of cases of the bound organisation."""

from apps.cases.selectors.cases import (
    NEAR,
    CaseFilters,
    HomeCounts,
    case_of,
    cases,
    get_case,
    get_deadline,
    get_exhibit,
    get_export,
    get_file,
    get_proposal,
    home_counts,
    needs_us,
    tab_counts,
)
from apps.cases.selectors.exhibits import spectra
from apps.cases.selectors.report import CaseReport, case_report

__all__ = [
    "NEAR",
    "CaseFilters",
    "CaseReport",
    "HomeCounts",
    "case_of",
    "case_report",
    "cases",
    "get_case",
    "get_deadline",
    "get_exhibit",
    "get_export",
    "get_file",
    "get_proposal",
    "home_counts",
    "needs_us",
    "spectra",
    "tab_counts",
]
