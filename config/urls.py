from django.contrib import admin
from django.urls import path, re_path
from django.views.generic import RedirectView

from messaging import views

handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler500 = "config.errors.server_error"

admin.autodiscover()

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("healthz", views.healthz),
    path("readyz", views.readyz),
    # With and without the slash: a redirect counts as a failed delivery at Telnyx.
    re_path(r"^webhooks/telnyx/?$", views.telnyx_webhook),
    re_path(r"^webhooks/telnyx/(?P<token>[0-9a-f]{32})/?$", views.telnyx_webhook),
]
