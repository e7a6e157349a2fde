"""A case on paper, in the house style of the registry's reports."""

from apps.cases.pdf.case import case_pdf

__all__ = ["case_pdf"]
