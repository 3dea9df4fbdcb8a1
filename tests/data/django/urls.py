# SPDX-License-Identifier: MIT
"""django-scim2-server under the path that scim-fcgi has too, for superusers with HTTP Basic."""
import base64

from django.contrib.auth import authenticate
from django.urls import include, path

urlpatterns = [path("scim/v2/", include("django_scim2_server.urls"))]


def basic_auth(get_response):
    def middleware(request):
        _, _, pair = request.headers.get("Authorization", "").partition(" ")
        name, _, password = base64.b64decode(pair).decode().partition(":")
        request.user = authenticate(request, username=name, password=password)
        return get_response(request)
    return middleware
