"""The addresses of documents, where a test can reach them without the pages around them."""

from django.contrib import admin
from django.urls import include, path

from hosted.documents import views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("orders/", include(views.patterns(admin.site.admin_view))),
]
