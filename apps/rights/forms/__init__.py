"""Forms of the registry: uploads, filters, decisions, thresholds."""

from apps.rights.forms.registry import (
    CheckFilterForm,
    CodeForm,
    DecisionForm,
    MatchFilterForm,
    RegisterForm,
    RegistrationFilterForm,
    WithdrawForm,
)
from apps.rights.forms.thresholds import ThresholdsForm

__all__ = [
    "CheckFilterForm",
    "CodeForm",
    "DecisionForm",
    "MatchFilterForm",
    "RegisterForm",
    "RegistrationFilterForm",
    "ThresholdsForm",
    "WithdrawForm",
]
