"""What a person compares and checks off, and what the dates say."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.utils import timezone

from hosted.choices import DocumentKind
from hosted.documents import checklist
from hosted.documents.forms import ChecklistForm, UploadForm
from hosted.models import Document

from .conftest import upload

LOA, BILL = DocumentKind.LOA, DocumentKind.BILL
TODAY = date(2026, 11, 21)
ALL = {kind: [item.code for item in items] for kind, items in checklist.ITEMS.items()}


@pytest.mark.parametrize("kind", [LOA, BILL])
@pytest.mark.promise("F43")
def test_a_checklist_names_who_ticked_what_and_when(save, person, kind):
    document, before = save(kind), timezone.now()

    checklist.tick(document, ["name"], by=person("operator"))
    checklist.tick(document, ALL[kind], by=person("compliance"))

    ticks = checklist.ticks(document)
    assert [tick.item.code for tick in ticks] == ALL[kind]
    assert [tick.by for tick in ticks] == ["operator"] + ["compliance"] * (len(ticks) - 1)
    assert all(tick.at and tick.at >= before for tick in ticks)
    assert (document.checked_by, checklist.is_complete(document)) == (person("compliance"), True)
    assert document.checked_at


@pytest.mark.promise("F43")
def test_removing_a_tick_reopens_the_checklist(save, person):
    document = save()
    checklist.tick(document, ALL[LOA], by=person("operator"))

    checklist.tick(document, ALL[LOA][1:], by=person("operator"))

    assert not checklist.is_complete(document)
    assert (document.checked_by, document.checked_at) == (None, None)
    assert not checklist.ticks(document)[0].done


@pytest.mark.promise("F43")
def test_saving_again_does_not_change_who_checked_it(save, person):
    document = save()
    checklist.tick(document, ALL[LOA], by=person("operator"))
    checked_at = document.checked_at

    checklist.tick(document, ALL[LOA], by=person("compliance"))

    assert (document.checked_by, document.checked_at) == (person("operator"), checked_at)


def test_unknown_items_are_left_out(save, person):
    document = save()

    checklist.tick(document, ["name", "forged"], by=person("operator"))

    assert list(Document.objects.get(pk=document.pk).checklist) == ["name"]


@pytest.mark.parametrize(("kind", "name"), [(LOA, "signed_on"), (BILL, "bill_date")])
def test_the_date_of_a_document_that_is_too_old_cannot_be_checked_off(save, person, kind, name):
    document = save(kind)
    setattr(document, name, timezone.localdate() - timedelta(days=90))
    document.save()

    checklist.tick(document, ALL[kind], by=person("operator"))

    left = [tick for tick in checklist.ticks(document) if not tick.done]
    assert [tick.item.code for tick in left] == ["date"]
    assert "If that was a mistake, upload it again." in left[0].why_not
    assert not checklist.is_complete(document)


@pytest.mark.promise("F47")
def test_a_new_version_starts_with_an_empty_checklist(save, person):
    checklist.tick(save(), ALL[LOA], by=person("operator"))

    assert not any(tick.done for tick in checklist.ticks(save()))


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (-1, "date is in the future"),
        (0, ""),
        (24, ""),
        (25, "In 6 days the signature will be too old"),
        (30, "In 1 day the signature will be too old"),
        (31, "31 days old"),
    ],
)
@pytest.mark.promise("F45")
def test_the_age_of_a_signature_is_judged(days, words):
    found = checklist.warnings(Document(kind=LOA, signed_on=TODAY - timedelta(days=days)), TODAY)

    assert len(found) == (1 if words else 0)
    assert words in "".join(found)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 22), "date is in the future"),
        (date(2026, 11, 21), ""),
        (date(2026, 10, 1), ""),
        (date(2026, 9, 30), "older than last month's"),
        (date(2025, 11, 20), "older than last month's"),
    ],
)
@pytest.mark.promise("F45")
def test_the_age_of_a_bill_is_judged(day, words):
    found = checklist.warnings(Document(kind=BILL, bill_date=day), TODAY)

    assert len(found) == (1 if words else 0)
    assert words in "".join(found)


@pytest.mark.promise("F45")
def test_in_january_last_month_is_december():
    assert checklist.bill_warnings(date(2026, 12, 1), date(2027, 1, 31)) == []
    assert checklist.bill_warnings(date(2026, 11, 30), date(2027, 1, 31)) != []


@pytest.mark.parametrize("kind", [LOA, BILL])
@pytest.mark.promise("F45")
def test_a_missing_date_is_reported_as_missing(kind):
    assert len(checklist.warnings(Document(kind=kind), TODAY)) == 1


def upload_form(kind: str, day: str, file: InMemoryUploadedFile) -> UploadForm:
    return UploadForm(kind, {f"{kind}-day": day}, {f"{kind}-file": file})


@pytest.mark.promise("F40")
def test_the_form_asks_for_the_date_of_its_kind():
    letter = upload_form(LOA, "2026-01-31", upload())
    bill = upload_form(BILL, "2026-01-31", upload())

    assert letter.is_valid()
    assert bill.is_valid()
    assert letter.dates() == {"signed_on": date(2026, 1, 31)}
    assert bill.dates() == {"bill_date": date(2026, 1, 31)}
    assert [form.fields["day"].label for form in (letter, bill)] == [
        "Signature date",
        "Bill date",
    ]


@pytest.mark.promise("F45")
def test_a_future_day_is_not_accepted_as_the_date_of_a_document():
    tomorrow = timezone.localdate() + timedelta(days=1)

    assert list(upload_form(LOA, tomorrow.isoformat(), upload()).errors) == ["day"]


def test_the_checklist_form_shows_what_is_ticked_and_takes_no_other_item(save, person):
    document = save()
    checklist.tick(document, ["name", "date"], by=person("operator"))

    assert ChecklistForm(document).initial == {"ticked": ["name", "date"]}
    assert ChecklistForm(document, {"ticked": ["name"]}).is_valid()
    assert not ChecklistForm(document, {"ticked": ["forged"]}).is_valid()
