"""The addresses of documents, for tests that do not need the pages around them."""

from django.contrib import admin
from django.urls import include, path

from hosted.documents import views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("orders/", include(views.patterns(admin.site.admin_view))),
]
