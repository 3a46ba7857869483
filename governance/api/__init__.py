"""Governance over HTTP: translate in, one call into a service, translate out."""

from django.urls import path
from rest_framework.viewsets import ViewSetMixin

from governance.api.approval_requests import ApprovalRequestViewSet
from governance.api.certificates import CertificateViewSet, GateView
from governance.api.evidence import AttestationViewSet, EvidenceViewSet
from governance.api.frameworks import CoverageView, FrameworkViewSet, RequirementViewSet
from governance.api.policies import PolicyViewSet
from governance.api.releases import ChangeRecordView, DeploymentActions
from governance.api.waivers import WaiverViewSet

__all__ = ["ROUTES", "DeploymentActions", "urlpatterns"]

ROUTES: list[tuple[str, type[ViewSetMixin]]] = [
    ("evidence", EvidenceViewSet),
    ("attestations", AttestationViewSet),
    ("policies", PolicyViewSet),
    ("approval-requests", ApprovalRequestViewSet),
    ("waivers", WaiverViewSet),
    ("certificates", CertificateViewSet),
    ("frameworks", FrameworkViewSet),
    ("requirements", RequirementViewSet),
]

urlpatterns = [
    path("gate/", GateView.as_view(), name="gate"),
    path("coverage/", CoverageView.as_view(), name="coverage"),
    path("change-records/", ChangeRecordView.as_view(), name="change-records"),
]
