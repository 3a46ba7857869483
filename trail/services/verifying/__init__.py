"""Reading the whole trail again, and saying what is not as it was written."""

from trail.services.verifying.verification import (
    Verification,
    latest,
    verify,
    verify_and_record,
)

__all__ = ["Verification", "latest", "verify", "verify_and_record"]
