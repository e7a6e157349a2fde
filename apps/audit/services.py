"""Writing the audit trail."""

import uuid
from typing import Any

from apps.audit.models import AuditEvent
from apps.tenancy.context import current_user_id


def record(
    *,
    action: str,
    subject_type: str = "",
    subject_id: uuid.UUID | None = None,
    data: dict[str, Any] | None = None,
    actor_label: str = "",
) -> AuditEvent:
    """Append one act of the bound user in the bound organisation. Side effect: one row."""
    return AuditEvent.objects.create(
        actor_id=current_user_id(),
        actor_label=actor_label,
        action=action,
        subject_type=subject_type,
        subject_id=subject_id,
        data=data or {},
    )
