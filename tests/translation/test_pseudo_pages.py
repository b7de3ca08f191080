"""Every page of the desk in a language nobody speaks: no text bypasses gettext."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.test import Client
from django.utils.translation import gettext

from tests.translation import pseudo
from tests.translation.conftest import crawl
from tests.translation.plain_words import data, plain_words

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("%(n)s of %(total)d", ["%(n)s", "%(total)d"]),
        ("100%% of %n, %s", ["%%", "%n", "%s"]),
        ('See <a href="{}">the log</a> &amp; {name}', ['<a href="{}">', "</a>", "&amp;", "{name}"]),
    ],
)
def test_a_pseudo_text_keeps_what_is_not_words_and_is_longer(text, kept):
    said = pseudo.pseudo(text)

    assert all(part in said for part in kept)
    assert not re.search("[A-Za-z]", pseudo.KEPT.sub("", said))
    assert len(said) >= 1.4 * len(text) - sum(map(len, kept))


def test_no_text_of_any_page_bypasses_gettext(filled):
    assert gettext("My work").startswith("⟦")

    crawled = crawl(filled)

    assert crawled.broken == []
    opened = {kind.rstrip("?") for kind in crawled.kinds}
    for model in admin.site._registry:
        assert f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist" in opened
    known = data()
    found: dict[str, str] = {}
    for address, html in crawled.pages.items():
        for fault in plain_words(html, known):
            found.setdefault(fault, address)
    assert found == {}, "\n".join(f"{address}: {fault}" for fault, address in found.items())


def test_pages_of_strangers_and_errors_bypass_nothing(in_pseudo, db):
    nobody = Client(raise_request_exception=False)
    nobody.force_login(User.objects.create_user("nobody", is_staff=True))
    pages = [Client().get("/admin/login/"), Client().post("/admin/login/", {"username": "x"})]
    pages += [nobody.get(address) for address in ("/admin/", "/admin/nothing/", "/admin/auth/user/")]
    shown = [page.content.decode() for page in pages]
    shown += [
        render_to_string(path.name)
        for path in sorted(Path(settings.BASE_DIR, "templates").glob("[45]*.html"))
    ]

    found = [fault for html in shown for fault in plain_words(html, data())]

    assert found == []
