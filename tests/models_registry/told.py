"""What the trail was told."""

import json
from typing import Any

from trail.models import InboxRow


def told(event: str) -> list[dict[str, Any]]:
    """What was recorded under an event, oldest first."""
    rows = InboxRow.objects.filter(event=event).order_by("pk")
    return [json.loads(row.body) for row in rows]
