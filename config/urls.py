"""Where each address leads."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView

from config import pages, routes

api_v1 = [
    *routes.router().urls,
    *routes.odd_ones(),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("reference/", pages.Reference.as_view(), name="reference"),
    path("", RedirectView.as_view(pattern_name="reference"), name="api-root"),
]

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("admin/", admin.site.urls),
    path("api/v1/", include(api_v1)),
    re_path(r"^api(/.*)?$", pages.nothing_here),
    path("healthz", pages.healthz, name="healthz"),
]

handler400 = "config.pages.bad_request"
handler403 = "config.pages.forbidden"
handler404 = "config.pages.not_found"
handler500 = "config.pages.server_error"
