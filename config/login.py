"""Who may log in."""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from messaging.management.commands.demo_users import PASSWORD


class Backend(ModelBackend):
    """Django's own backend, except that nobody gets into a public desk with the demo's password.

    Such a desk refuses to start if that password is in use. This also covers the case that the database couldn't be
    asked at the start.
    """

    def authenticate(
        self, request: HttpRequest | None, username: Any = None, password: Any = None, **kwargs: Any
    ) -> Any:
        if password == PASSWORD and not settings.PRIVATE:
            return None
        return super().authenticate(request, username=username, password=password, **kwargs)
