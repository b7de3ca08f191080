from django.contrib import admin
from django.urls import path, re_path
from django.views.generic import RedirectView

from messaging import endpoints
from messaging.team import calendar_views

handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler500 = "config.errors.server_error"

admin.autodiscover()

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    re_path(r"^calendar/(?P<secret>[0-9a-f]{48})\.ics$", calendar_views.feed, name="calendar"),
    path("healthz", endpoints.healthz),
    path("readyz", endpoints.readyz),
    path("metrics", endpoints.show_metrics),
    # With and without the slash: Telnyx counts a redirect as a failed delivery.
    re_path(r"^webhooks/telnyx/?$", endpoints.telnyx_webhook),
    re_path(r"^webhooks/telnyx/(?P<token>[0-9a-f]{32})/?$", endpoints.telnyx_webhook),
]
