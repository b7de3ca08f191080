"""A table of requests becomes drafts at once or not at all, and says what is wrong in the person's own table."""

import csv
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from openpyxl import Workbook

from messaging.mirror import retention
from messaging.mirror.models import OutboxEntry
from tests.tollfree.conftest import COMPLETE
from tests.tollfree.pages import LIST, reviewed, text
from tests.visitor import Forms
from tollfree.bulk import columns, reading
from tollfree.checks.sections import COMPANY, SECTION_OF
from tollfree.models import BulkImport, BusinessProfile, VerificationRequest

BULK = f"{LIST}bulk/"
Row = dict[str, Any]


def numbered(n: int, **changes: Any) -> Row:
    return COMPLETE | {"phone_numbers": f"+1800555{n:04}", "age_gated_content": "no"} | changes


def cells_of(rows: list[Row], heads: list[str]) -> list[list[str]]:
    return [
        ["\n".join(v) if isinstance(v := row.get(head, ""), list) else str(v) for head in heads]
        for row in rows
    ]


def as_csv(rows: list[Row], heads: list[str] | None = None, names: dict[str, str] | None = None) -> bytes:
    heads = heads or list(dict.fromkeys(key for row in rows for key in row))
    file = StringIO()
    csv.writer(file).writerows([[(names or {}).get(head, head) for head in heads], *cells_of(rows, heads)])
    return file.getvalue().encode()


def as_xlsx(rows: list[list[Any]]) -> bytes:
    book, file = Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def upload(client, content: bytes, name: str = "requests.csv"):
    return client.post(BULK, {"file": SimpleUploadedFile(name, content)}, follow=True)


def press(client, page, **changes: str):
    """Press the button that imports."""
    typed = Forms(page.content.decode()).fields | changes
    return client.post(f"{page.request['PATH_INFO']}import/", typed, follow=True)


def file_of(answer) -> list[dict[str, str]]:
    lines = b"".join(answer).decode().removeprefix("\ufeff")
    return list(csv.DictReader(StringIO(lines)))


def test_all_good_rows_become_drafts_and_nothing_is_sent(login):
    client = login("operator")

    page = upload(client, as_csv([numbered(1), numbered(2)]))

    assert "2 rows can become drafts." in text(page)
    assert not VerificationRequest.objects.exists()
    done = press(client, page)
    drafts = VerificationRequest.objects.order_by("phone_numbers")
    assert [draft.phone_numbers for draft in drafts] == [["+18005550001"], ["+18005550002"]]
    for draft in drafts:
        assert {name: getattr(draft, name) for name in COMPLETE if name != "phone_numbers"} == {
            name: value for name, value in COMPLETE.items() if name != "phone_numbers"
        }
        assert (draft.created_by.username, draft.remote_id, draft.sync_state) == ("operator", None, "draft")
        assert (
            draft.problems()
            == VerificationRequest(**COMPLETE | {"phone_numbers": draft.phone_numbers}).problems()
        )
    assert "2 drafts were made. Nothing was sent to Telnyx." in text(done)
    assert not OutboxEntry.objects.exists()
    said = list(LogEntry.objects.values_list("change_message", flat=True))
    assert {
        "Imported from a table, row 2.",
        "Imported from a table, row 3.",
        "Imported 2 drafts from a table",
    } == set(said)


@pytest.mark.parametrize("kind", ["label", "telnyx", "ours", "loud", "blanks"])
def test_columns_are_found_by_whatever_name_people_know(login, kind):
    row = numbered(1)
    names = {
        "label": {field: columns.head(field) for field in SECTION_OF},
        "telnyx": {field: name.json for field, name in VerificationRequest.wire.names.items()},
        "ours": {},
        "loud": {field: columns.head(field).upper() for field in SECTION_OF},
        "blanks": {field: f" {columns.head(field).replace(' ', '_ ')}  *" for field in SECTION_OF},
    }[kind]

    page = upload(login("operator"), as_csv([row], names=names))

    assert "1 row can become a draft." in text(page)
    assert "Columns that aren't read" not in text(page)
    assert "Still to fill in - " not in text(page)


def test_every_column_of_the_template_is_known_and_its_example_is_no_request(login):
    client = login("operator")
    answer = client.get(f"{BULK}template/")
    content = b"".join(answer)

    [example] = list(csv.DictReader(StringIO(content.decode().removeprefix("\ufeff"))))
    assert columns.match(list(example)) == list(columns.FIELDS)
    assert len(set(example)) == len(columns.FIELDS)
    assert "There is no request below" in text(upload(client, content))
    filled = as_csv([example, example | {"Legal business name": "Larkspur LLC"}])
    assert "1 row can become a draft." in text(upload(client, filled))


def test_a_workbook_is_read_with_a_title_above_numbers_as_numbers_and_several_in_a_cell(login):
    rows: list[list[Any]] = [
        ["Requests for May"],
        [],
        [
            "Business",
            "Legal business name",
            "Toll-free numbers",
            "ZIP",
            "Age-restricted",
            "Messages per month",
        ],
        [None, "Larkspur LLC", 18005550001, 62704, True, 10000],
        [None, "Practice LLC", "800-555-0002; (800) 555-0003\n800.555.0004", "62704", "x", "10,000,000+"],
    ]
    client = login("operator")

    page = upload(client, as_xlsx(rows), "requests.xlsx")

    assert "2 rows can become drafts." in text(page)
    assert "Row 4" in text(page)
    press(client, page)
    one, two = VerificationRequest.objects.order_by("business_name")
    assert (one.phone_numbers, one.business_zip, one.message_volume) == (["+18005550001"], "62704", "10,000")
    assert two.phone_numbers == ["+18005550002", "+18005550003", "+18005550004"]
    assert (two.message_volume, two.age_gated_content) == ("10,000,000+", True)


def test_the_web_addresses_of_imported_drafts_are_opened_at_once(login, settings):
    settings.LINK_CHECK = True
    client = login("operator")

    press(client, upload(client, as_csv([numbered(1)])))

    draft = VerificationRequest.objects.get()
    waiting = draft.links.filter(due_at__isnull=False).values_list("address", flat=True)
    assert draft.corporate_website in waiting


WRONG: dict[str, tuple[Row, str, str]] = {
    "number": ({"phone_numbers": "312-555-0001"}, "Toll-free numbers", "isn't toll-free"),
    "damaged number": ({"phone_numbers": "1.80056E+10"}, "Toll-free numbers", "1.80056E+10"),
    "two numbers alike": (
        {"phone_numbers": "+18005550001"},
        "Toll-free numbers",
        "The same number is in row 2.",
    ),
    "use case": ({"use_case": "Spam"}, "Use case", "doesn't recognize “Spam”"),
    "volume": ({"message_volume": "50,000"}, "Messages per month", "doesn't recognize “50,000”"),
    "type": ({"entity_type": "Cooperative"}, "Business type", "doesn't recognize"),
    "yes or no": ({"age_gated_content": "maybe"}, "Age-restricted", "Type Yes or No."),
    "country": ({"business_registration_country": "Atlantis"}, "Country of registration", "Atlantis"),
    "web address": ({"corporate_website": "larkspur"}, "Website", "starting with https://"),
    "lost zero": (
        {"business_zip": "2134", "business_state": "Massachusetts"},
        "ZIP or postal code",
        "five digits",
    ),
    "email": ({"business_contact_email": "robin"}, "Contact's email", "This isn't an email address."),
    "too long": ({"use_case_summary": "x" * 501}, "What the messages are for", "1 character too many"),
    "profile": (
        {"business_profile": "Nobody"},
        "Business profile",
        "There is no business profile with this name.",
    ),
    "error": (
        {"business_city": "Springfield", "corporate_website": "https://exa mple.example"},
        "Website",
        "spaces",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_with_row_and_column_and_keeps_only_that_row_out(login, case):
    changes, head, words = WRONG[case]
    heads = {field: columns.head(field) for field in columns.FIELDS}
    client = login("operator")

    page = upload(client, as_csv([numbered(1), numbered(2) | changes, numbered(3)], names=heads))

    assert "2 rows can become drafts. 1 row has something wrong and is left out." in text(page)
    bad = text(page).split("Rows left out")[1].split("Rows that become drafts")[0]
    assert f"Row 3 {head}" in bad
    assert words in bad
    assert "Import 2 drafts and leave the rest out" in text(page)
    press(client, page)
    assert VerificationRequest.objects.count() == 2


def test_formulas_without_a_value_and_errors_are_named():
    for mark, words in (
        ("\ufffdformula", "formula without a value"),
        ("\ufffderror", "an error such as #N/A"),
    ):
        with pytest.raises(columns.Unreadable, match=words):
            columns.value("business_name", mark)


def test_what_is_missing_keeps_no_row_out_but_a_row_nobody_could_recognize_does(login):
    rows = [
        {"phone_numbers": "+18005550001", "business_name": "Larkspur LLC", "use_case": ""},
        {"phone_numbers": "", "business_name": "", "use_case": "Billing"},
    ]

    page = text(upload(login("operator"), as_csv(rows)))

    assert "1 row can become a draft. 1 row has something wrong and is left out." in page
    assert "1 draft will still need something" in page
    assert "Website, Street address, City, and 17 more" in page
    assert "Neither a number nor a business" in page


def test_numbers_that_a_request_here_already_has_stay_out(login, make):
    reviewed(make, 1, "Verified")
    make(phone_numbers=["+18005550002"], business_name="Draft Ltd")
    client = login("operator")

    page = text(upload(client, as_csv([numbered(1), numbered(2), numbered(3)])))

    assert "1 row can become a draft. 2 rows have something wrong" in page
    assert "already has a verified request" in page
    assert "already in another request here: Draft Ltd" in page


def test_a_profile_fills_in_what_is_empty_and_is_linked(login):
    known = BusinessProfile.objects.create(
        name="Larkspur", **{name: value for name, value in COMPLETE.items() if name in COMPANY}
    )
    client = login("operator")
    rows = [
        {
            "Business profile": " LARKSPUR ",
            "Toll-free numbers": "800-555-0001",
            "Website": "https://other.example",
        }
    ]

    page = upload(client, as_csv(rows))
    press(client, page)

    draft = VerificationRequest.objects.get()
    assert draft.business_profile == known
    assert (draft.business_name, draft.corporate_website) == (
        COMPLETE["business_name"],
        "https://other.example",
    )


def test_the_same_table_is_imported_again_only_when_that_is_confirmed(login):
    rows = [{"business_name": "Larkspur LLC", "use_case": "Billing"}]
    client, colleague = login("operator"), login("compliance")
    press(client, upload(client, as_csv(rows)))

    # In another kind of file, by somebody else.
    page = upload(
        colleague, as_xlsx([["Use case", "Legal business name"], ["Billing", "Larkspur LLC"]]), "t.xlsx"
    )

    assert "The same table was already imported by operator" in text(page)
    refused = press(colleague, page)
    assert "Nothing was imported: confirm" in text(refused)
    assert VerificationRequest.objects.count() == 1
    press(colleague, page, again="1")
    assert VerificationRequest.objects.count() == 2


def test_a_second_click_imports_nothing_again(login):
    client = login("operator")
    page = upload(client, as_csv([numbered(1)]))

    press(client, page)
    again = press(client, page)

    assert "This table was already imported." in text(again)
    assert VerificationRequest.objects.count() == 1


def test_nothing_is_imported_if_a_row_reads_differently_by_now(login, make):
    client = login("operator")
    page = upload(client, as_csv([numbered(1), numbered(2)]))
    make(phone_numbers=["+18005550002"])

    answer = press(client, page)

    assert "some rows would now be read differently" in text(answer)
    assert "1 row can become a draft." in text(answer)
    assert VerificationRequest.objects.count() == 1
    press(client, answer)
    assert VerificationRequest.objects.count() == 2


def test_rows_left_out_are_downloaded_corrected_and_imported(login):
    client = login("operator")
    bad = numbered(2, use_case="Spam", use_case_summary="=HYPERLINK(0)", notes="mine")
    page = upload(client, as_csv([numbered(1, notes=""), bad]))
    assert "“notes”" in text(page)
    address = f"{page.request['PATH_INFO']}left-out/"

    before = file_of(client.get(address))
    press(client, page)
    [row] = after = file_of(client.get(address))

    assert before == after
    assert (row["Row"], row["notes"], row["use_case_summary"]) == ("3", "mine", "'=HYPERLINK(0)")
    assert "doesn't recognize “Spam”" in row["Why it was left out"]
    corrected = upload(client, as_csv([row | {"use_case": "Billing"}]))
    assert "1 row can become a draft." in text(corrected)
    assert "Why it was left out" not in text(corrected)
    press(client, corrected)
    assert VerificationRequest.objects.get(use_case="Billing").use_case_summary == "=HYPERLINK(0)"


def test_whoever_lost_the_group_gets_no_rows_that_were_left_out(login):
    client = login("operator")
    address = f"{upload(client, as_csv([numbered(1, use_case='Spam')])).request['PATH_INFO']}left-out/"
    assert client.get(address).status_code == 200

    User.objects.get(username="operator").groups.clear()

    assert client.get(address).status_code == 403


def test_sheets_and_columns_that_are_not_read_are_named(login):
    book, file = Workbook(), BytesIO()
    book.active.title = "Notes"
    book.active.append(["Ask Robin about these"])
    book.create_sheet("May").append(["Legal business name", "City", "Color"])
    book["May"].append(["Larkspur LLC", "Springfield", "blue", "and this"])
    book.save(file)

    page = text(upload(login("operator"), file.getvalue(), "requests.xlsx"))

    assert "1 row can become a draft." in page
    assert "Sheets that aren't read: “Notes”" in page
    assert "Columns that aren't read: “Color”, “a column without a name”" in page


def test_a_table_with_other_signs_in_its_texts_is_still_cut_at_its_own(login):
    texts = "Ticked; separate\nOptional; in words\nAsked again; by phone"
    rows = [
        numbered(n, opt_in_workflow=texts, phone_numbers=f"800-555-{n:04}; 800-556-{n:04}") for n in (1, 2)
    ]

    page = text(upload(login("operator"), as_csv(rows)))

    assert "2 rows can become drafts." in page
    assert "+1 800 555 0001, +1 800 556 0001" in page


def test_two_columns_of_one_meaning_are_refused(login):
    page = text(
        upload(login("operator"), as_csv([{"Legal business name": "A", "businessName": "B", "City": "C"}]))
    )

    assert "The columns “Legal business name” and “businessName” both hold “Legal business name”." in page


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"a,b\n1,2\n", "No row of this file has column names that we know."),
        (b"Legal business name,City\n", "There is no request below"),
        (b"\x89PNG\r\n\x1a\n\0\0", "Only CSV and XLSX files can be read."),
        (b"PK\x03\x04 but no workbook", "This XLSX file is damaged."),
        (b"<html><table>", "This is a web page"),
        (b'Legal business name,City\n"A,B\nC,D\n', "a quotation mark is never closed"),
        (b"x" * 2_000_001, "The file is larger than 2 MB."),
        (b"City,ZIP\n" + b"A,1\n" * 501, "The file has more than 500 rows."),
        (b"City,ZIP\n" + b"A,1\n" * 900, "The file has more than 500 rows."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_for_its_reason(login, content, words):
    page = upload(login("operator"), content)

    assert words in text(page)
    assert not BulkImport.objects.exists()


def test_every_reason_of_the_reader_has_words():
    assert "Choose a file." not in map(str, reading.WORDS.values())
    assert all(str(words) for words in reading.WORDS.values())


def test_five_hundred_rows_are_imported_at_once(login):
    client = login("operator")

    page = upload(client, as_csv([numbered(n) for n in range(500)]))

    assert "500 rows can become drafts." in text(page)
    assert "400 more aren't listed here." in text(page)
    press(client, page)
    assert VerificationRequest.objects.count() == 500


# Who may.


@pytest.mark.parametrize(
    "role", ["compliance", "approver", "operator", "support", "auditor", "admin", "nobody"]
)
def test_only_people_who_add_requests_import_tables(login, role):
    client = login(role)

    opened = {
        "page": client.get(BULK).status_code == 200,
        "template": client.get(f"{BULK}template/").status_code == 200,
        "posted": upload(client, as_csv([numbered(1)])).status_code == 200,
    }

    may = role in ("compliance", "operator", "admin")
    assert set(opened.values()) == {may}
    assert ("Import a table" in text(client.get(LIST))) is may


@pytest.mark.parametrize("other", ["compliance", "admin"])
def test_nobody_sees_or_imports_the_table_of_another_person(login, other):
    page = upload(login("operator"), as_csv([numbered(1)]))
    address = page.request["PATH_INFO"]
    client = login(other)

    assert client.get(address).status_code == 404
    assert client.get(f"{address}left-out/").status_code == 404
    assert client.post(f"{address}import/", {"good": "1"}).status_code == 404
    assert client.get(f"{address}import/").status_code == 405
    assert not VerificationRequest.objects.exists()


def test_what_was_in_a_table_is_deleted_after_a_week(login):
    client = login("operator")
    page = upload(client, as_csv([numbered(1), numbered(2, use_case="Spam")]))
    press(client, page)
    BulkImport.objects.update(uploaded_at=timezone.now() - timedelta(days=8))

    retention.run()

    assert BulkImport.objects.get().table == {}
    assert "1 row became a draft." in text(client.get(page.request["PATH_INFO"]))
    assert BulkImport.objects.get().sha256
