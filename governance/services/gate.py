"""The gate: may this digest run in this environment now? In any doubt, no.

A certificate counts only while it is neither expired nor revoked, its signature verifies, the
subject still has the digest that was approved, the policy it was approved under is unchanged,
and every waiver and every piece of evidence it rests on still holds. A policy that has since
been replaced does not stop what was approved under it; the answer says that it waits to be
reconsidered.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from django.utils import timezone

from governance.models import Certificate, Evidence, PolicyVersion, Waiver
from governance.rules.canonical import digest_of
from governance.services import certificates, evidence, subjects
from governance.states import PolicyState, WaiverState
from models_registry.models import ModelVersion

_DIGEST = re.compile(r"[0-9a-f]{64}")
_PLACE = re.compile(r"[-a-zA-Z0-9_]{1,50}")


class Answer(NamedTuple):
    """Whether it may run, why, and on the strength of which certificate."""

    allowed: bool
    why: str
    certificate: Certificate | None


def ask(digest: str, environment: str) -> Answer:
    """Whether a model version's digest may run in an environment now."""
    if not _DIGEST.fullmatch(digest) or not _PLACE.fullmatch(environment):
        expected = "expected a digest of 64 hexadecimal digits and the name of an environment"
        return Answer(False, expected, None)
    issued = Certificate.objects.filter(
        subject_type="model_version", subject_digest=digest, environment=environment
    ).select_related("request__policy_version__policy", "revoked_by")
    refusals = []
    for certificate in issued.order_by("-id"):
        why = [*why_not(certificate, timezone.now())]
        if not why:
            return Answer(True, _allowed(certificate), certificate)
        refusals.append(f"{certificate} does not count: {'; '.join(why)}")
    if not refusals:
        return Answer(False, f"no certificate for this digest in {environment}", None)
    return Answer(False, ". ".join(refusals), None)


def why_not(certificate: Certificate, now: datetime) -> Iterator[str]:
    """Every reason why a certificate does not count at a moment."""
    faults = certificates.verify(certificate)
    yield from faults
    if certificate.revoked_at is not None:
        yield f"it was revoked on {certificate.revoked_at:%Y-%m-%d}: {certificate.revoked_reason}"
    if certificate.expires_at <= now:
        yield f"it expired on {certificate.expires_at:%Y-%m-%d}"
    if certificate.issued_at > now:
        yield "it was issued in the future"
    if not faults:
        yield from _what_no_longer_holds(certificate, certificates.said(certificate), now)


def _what_no_longer_holds(
    certificate: Certificate, said: dict[str, Any], now: datetime
) -> Iterator[str]:
    yield from _subject_faults(certificate)
    yield from _policy_faults(said["policy"])
    yield from _waiver_faults(said["waivers"], now)
    yield from _evidence_faults(said["evidence"], now)


def _subject_faults(certificate: Certificate) -> Iterator[str]:
    """The manifest, hashed again, must be what was approved, and its artifacts those it names."""
    version = ModelVersion.objects.filter(pk=int(certificate.subject_id)).first()
    if version is None:
        yield "its subject is not held any more"
    elif {version.manifest_digest, digest_of(version.manifest)} != {certificate.subject_digest}:
        yield "the manifest no longer has the digest that was approved"
    elif dict(version.artifacts.values_list("format", "digest")) != version.manifest["artifacts"]:
        yield "its artifacts are not those that were approved"
    elif subjects.standing_of(subjects.of(version)).risk_tier == "prohibited":
        yield "the use case has become prohibited"


def _policy_faults(said: dict[str, Any]) -> Iterator[str]:
    version = PolicyVersion.objects.filter(pk=said["id"]).select_related("policy").first()
    if version is None or version.digest != said["digest"]:
        yield f"the policy {said['name']} is not the one it was approved under"


def _waiver_faults(said: list[dict[str, Any]], now: datetime) -> Iterator[str]:
    held = Waiver.objects.in_bulk([waiver["id"] for waiver in said])
    for relied in said:
        waiver = held.get(relied["id"])
        if waiver is None or waiver.state != WaiverState.IN_FORCE or waiver.ends_at <= now:
            yield f"the waiver of {relied['rule']} it rests on has ended"


def _evidence_faults(said: list[dict[str, Any]], now: datetime) -> Iterator[str]:
    held = Evidence.objects.in_bulk([relied["id"] for relied in said])
    for relied in said:
        found = held.get(relied["id"])
        if found is None or evidence.content_digest(found) != relied["digest"]:
            yield f"the {relied['kind']} it rests on is not what was approved"
        elif found.expires_at is not None and found.expires_at <= now:
            yield f"the {relied['kind']} it rests on has expired"


def _allowed(held: Certificate) -> str:
    holds = f"{held} of {held.issued_at:%Y-%m-%d} holds until {held.expires_at:%Y-%m-%d}"
    policy = held.request.policy_version
    if policy.state == PolicyState.IN_FORCE:
        return holds
    return f"{holds}; to be reconsidered, for {policy} has since been replaced"
