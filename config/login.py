"""Who may log in."""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from messaging.management.commands.demo_users import PASSWORD


class Backend(ModelBackend):
    """Django's own, which lets nobody in with the password of the demo on a public desk.

    Such a desk refuses to start where that password is in use. This holds as well when the database could not be
    asked at the start.
    """

    def authenticate(
        self, request: HttpRequest | None, username: Any = None, password: Any = None, **kwargs: Any
    ) -> Any:
        if password == PASSWORD and not settings.PRIVATE:
            return None
        return super().authenticate(request, username=username, password=password, **kwargs)
