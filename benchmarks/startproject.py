"""What the rivals' sites share: the settings that `startproject` makes, on the benchmark's database."""

import os
from typing import Any
from urllib.parse import urlsplit

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]


def databases(**options: Any) -> dict[str, dict[str, Any]]:
    """Return DATABASES for the PostgreSQL that DATABASE_URL names."""
    url = urlsplit(os.environ["DATABASE_URL"])
    default = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path.lstrip("/"),
        "USER": url.username,
        "PASSWORD": url.password or "",
        "HOST": url.hostname,
        "PORT": url.port or "",
    }
    return {"default": default | options}
