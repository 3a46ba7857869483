"""The tables of the trail. Nothing here is ever updated or deleted, except as each says."""

from trail.models.captured_table import CapturedTable
from trail.models.checkpoint import Checkpoint, SigningKey, Tile
from trail.models.entry import Entry, Payload, SubjectKey
from trail.models.head import Head
from trail.models.inbox import InboxRow
from trail.models.verification import VerificationRecord

__all__ = [
    "CapturedTable",
    "Checkpoint",
    "Entry",
    "Head",
    "InboxRow",
    "Payload",
    "SigningKey",
    "SubjectKey",
    "Tile",
    "VerificationRecord",
]
