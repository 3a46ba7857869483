"""Whether what governance holds is what it was when it was signed: for the trail's verifier."""

from collections.abc import Iterator

from governance.models import Certificate, Evidence, PolicyVersion
from governance.rules.documents import understand
from governance.rules.faults import Unreadable
from governance.services import certificates, evidence
from models_registry.services import blobs
from trail import services as trail
from trail.services import Fault

BATCH = 200


def register_all() -> None:
    """Have the trail's verifier run these checks. Called once, when Django is ready."""
    trail.register_check("evidence", evidence_is_intact)
    trail.register_check("certificates", certificates_verify)
    trail.register_check("policies", policies_say_what_was_written)


def evidence_is_intact() -> Iterator[Fault]:
    """Hash each piece of evidence again, and all that is attached to it."""
    for held in Evidence.objects.order_by("id").iterator(chunk_size=BATCH):
        if evidence.content_digest(held) != held.digest:
            yield Fault(f"evidence {held.pk}", "its content does not have its digest")
        for attached in held.attachments:
            if fault := blobs.check(str(attached["digest"])):
                yield Fault(f"evidence {held.pk}, {attached['name']}", fault)


def certificates_verify() -> Iterator[Fault]:
    """Check each certificate's digest, signature and columns."""
    for held in Certificate.objects.order_by("id").iterator(chunk_size=BATCH):
        for fault in certificates.verify(held):
            yield Fault(f"certificate {held.pk}", fault)


def policies_say_what_was_written() -> Iterator[Fault]:
    """Read each policy's text again: it must give the document and the digest that are held."""
    for held in PolicyVersion.objects.order_by("id").iterator(chunk_size=BATCH):
        try:
            written = understand(held.text)
        except Unreadable as fault:
            yield Fault(f"policy version {held.pk}", f"its text cannot be read: {fault}")
            continue
        if (written.document, written.digest) != (held.document, held.digest):
            yield Fault(f"policy version {held.pk}", "its text is not the document that is held")
