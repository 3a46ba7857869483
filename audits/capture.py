"""What the trail captures of audits. A heartbeat is no happening: lease and progress stay out."""

from trail import services as trail
from trail.services import Governed

DECISIONS = (
    Governed("audits.Run", leave_out=("lease_ends_at", "progress", "progress_note")),
    Governed("audits.Report"),
)

trail.declare(*DECISIONS)
