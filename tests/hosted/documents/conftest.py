"""Orders, people and uploads, with a separate folder for the documents."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile

from hosted.choices import DocumentKind
from hosted.documents import letter, store
from hosted.models import Document, HostedOrder, OrderNumber

from . import pdfs

Make = Callable[..., Document]
HOLDER = letter.Holder(
    account_holder="Larkspur Dental Group LLC",
    signer="Robin Sample",
    signer_title="Office manager",
    street="200 Fictional Way, Suite 4",
    city="Springfield",
    state="IL",
    zip_code="62704",
    provider="Prairie Telephone Co.",
    account_number="0099-8877",
    billing_number="+12175550101",
)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    settings.DOCUMENTS_ROOT = tmp_path / "documents"
    return settings.DOCUMENTS_ROOT


@pytest.fixture
def person(db) -> Callable[[str], User]:
    def made(role: str) -> User:
        user, _ = User.objects.get_or_create(
            username=role, defaults={"is_staff": True, "is_superuser": role == "admin"}
        )
        user.groups.set(Group.objects.filter(name=role))
        return user

    return made


@pytest.fixture
def order(db) -> HostedOrder:
    return make_order("+12175550101", "+12175550102")


def make_order(*numbers: str) -> HostedOrder:
    order = HostedOrder.objects.create()
    for number in numbers:
        OrderNumber.objects.create(order=order, phone_number=number, typed=number)
    return order


def upload(content: bytes | None = None, name: str = "letter.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, pdfs.plain() if content is None else content)


@pytest.fixture
def save(order, person) -> Make:
    def saved(kind: str = DocumentKind.LOA, content: bytes | None = None, **changes) -> Document:
        by = changes.pop("by", None) or person("operator")
        name = changes.pop("name", "letter.pdf")
        of = changes.pop("of", order)
        document = store.save(of, kind, upload(content, name), by=by, **changes)
        return store.keep(of, document.pk, by=by) if document.is_waiting() else document

    return saved
