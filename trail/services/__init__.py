"""What other apps may ask of the trail: `from trail import services as trail`."""

from trail.context import Context, acting, current, set_actor
from trail.declarations import Exempt, Governed, declare
from trail.services.checks import Fault, register_check
from trail.services.keys import Signed, check_signature, sign
from trail.services.reading import let_read
from trail.services.recording import record
from trail.services.sequencing import newest_checkpoint, sequence
from trail.services.verifying import Verification, verify, verify_and_record

__all__ = [
    "Context",
    "Exempt",
    "Fault",
    "Governed",
    "Signed",
    "Verification",
    "acting",
    "check_signature",
    "current",
    "declare",
    "let_read",
    "newest_checkpoint",
    "record",
    "register_check",
    "sequence",
    "set_actor",
    "sign",
    "verify",
    "verify_and_record",
]
