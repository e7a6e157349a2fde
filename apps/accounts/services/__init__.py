"""Writes about people and their organisations, a module for each noun."""

from apps.accounts.services.notifications import notify

__all__ = ["notify"]
