"""The project's addresses: the application at the root, and the admin site."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("calendarsync.urls")),
]
