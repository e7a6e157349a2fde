"""Forms of the catalogue: what people type. The services decide what is right."""

from apps.catalog.forms.tracks import (
    ArtistForm,
    BulkEditForm,
    CreditForm,
    CreditFormSet,
    MergeForm,
    RecordingForm,
    ReleaseForm,
    SearchForm,
    TrackFilterForm,
    TrackForm,
    credits_from,
)
from apps.catalog.forms.works import (
    ScoreForm,
    WorkCreditFormSet,
    WorkFilterForm,
    WorkForm,
    work_credits_from,
)

__all__ = [
    "ArtistForm",
    "BulkEditForm",
    "CreditForm",
    "CreditFormSet",
    "MergeForm",
    "RecordingForm",
    "ReleaseForm",
    "ScoreForm",
    "SearchForm",
    "TrackFilterForm",
    "TrackForm",
    "WorkCreditFormSet",
    "WorkFilterForm",
    "WorkForm",
    "credits_from",
    "work_credits_from",
]
