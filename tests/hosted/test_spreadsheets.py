"""Files of real offices: which column is read, what the page says about it, and how another is chosen."""

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from io import BytesIO
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook
from openpyxl.styles import PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from hosted.entry.parse import read_text
from hosted.entry.spreadsheet import WORDS, read_file
from hosted.models import HostedOrder
from tests.visitor import Forms

from . import hostile

ADD = "/admin/hosted/hostedorder/add/"
ONE, TWO, THREE = "3125550001", "3125550002", "3125550003"


def xlsx(*rows: tuple, also: Callable[[Workbook], None] = lambda book: None) -> bytes:
    book = Workbook()
    book.active.title = "Numbers"
    for row in rows:
        book.active.append(row)
    also(book)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def active(change: Callable[[Worksheet], None]) -> Callable[[Workbook], None]:
    return lambda book: change(book.active)


def csv(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def numbers(content: bytes) -> list[str]:
    return read_text("\n".join(read_file(content).lines())).numbers()


@pytest.fixture
def desk(db) -> Client:
    user = User.objects.create_user("operator", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["view_hostedorder", "add_hostedorder", "change_hostedorder"])
    )
    client = Client()
    client.force_login(user)
    return client


def post(desk: Client, content: bytes, text: str = "", name: str = "numbers.csv"):
    file = SimpleUploadedFile(name, content)
    return desk.post(ADD, {"text": text, "file": file, "draft_id": str(uuid4()), "_read": "1"})


def fields(answer) -> dict:
    return Forms(answer.content.decode()).fields


@pytest.mark.parametrize(
    "content",
    [
        b"Name,Phone number\nDesk,312-555-0001\nShop,+13125550002\n",
        "\ufeffName;Telefon\r\nDesk;312-555-0001\r\nShop;+13125550002\r\n".encode(),
        b"Desk\t312-555-0001\nShop\t+13125550002",
        b"312-555-0001\n+13125550002",
        "Phone\n312-555-0001\n+13125550002\n".encode("utf-16"),
        "Caf\xe9;312-555-0001\nBar;+13125550002".encode("cp1252"),
        xlsx(("Name", "Phone"), ("Desk", "312-555-0001"), ("Shop", 13125550002)),
        xlsx(("312-555-0001",), (13125550002.0,)),
        b"Name,Phone\rDesk,312-555-0001\rShop,+13125550002\r",
        b"sep=;\r\nName;Phone\r\nDesk;312-555-0001\r\nShop;+13125550002\r\n",
        b"Smith, Joe\t312-555-0001\nDoe, Jane\t+13125550002",
        b"Phone\n312-555-0001 / 312-555-0002\n",
        b'Phone\n"312-555-0001\n312-555-0002"\n',
    ],
)
@pytest.mark.promise("F33")
def test_numbers_are_found_in_a_file(content):
    assert numbers(content) == ["+13125550001", "+13125550002"]


# The lines, and the place that the page names.
COLUMNS: dict[str, tuple[list[str], str]] = {
    "an account number that could be a phone number": (
        ["Account Number,Customer,Phone", f"2125550199,ACME,{ONE}"],
        "column C, “Phone”",
    ),
    "a title and empty rows before the headings": (
        ["Numbers of ACME Corp.,,", ",,", "", "Account,Name,Phone", f"2125550199,Desk,{ONE}"],
        "column C, “Phone”",
    ),
    "a letterhead with a number before the headings": (
        ["ACME Corp.,,", "Phone,312-555-0100,", ",,", "Account,Name,Mobile", f"2125550199,Desk,{ONE}"],
        "column C, “Mobile”",
    ),
    "a column of kinds of phones": (["Phone Type,Phone Number", f"mobile,{ONE}"], "column B, “Phone Number”"),
    "a column with the word of the mobile world": (
        ["Account,Subscriber Name,MSISDN,Status", f"2125550199,Bob,{ONE},active"],
        "column C, “MSISDN”",
    ),
    "a bare number before the phone": (["Number,Cell", f"2125550199,{ONE}"], "column B, “Cell”"),
    "a bare number that isn't a phone number": (["Number,Station", f"1,{ONE}"], "column B, “Station”"),
    "a column called TN": (["Order Number,TN", f"2125550199,{ONE}"], "column B, “TN”"),
    "a column called DID": (["Customer ID,DID", f"2125550199,{ONE}"], "column B, “DID”"),
    "names as programs write them": (
        ["customer_id,phoneNumber", f"2125550199,{ONE}"],
        "column B, “phoneNumber”",
    ),
    "fax before phone": (["Fax,Telephone", f"2125550199,{ONE}"], "column B, “Telephone”"),
    "extension with long digits": (["Phone Ext,Phone", f"2125550199,{ONE}"], "column B, “Phone”"),
    "a customer's number and the customer's phone": (
        ["Customer Number,Customer Phone", f"2125550199,{ONE}"],
        "column B, “Customer Phone”",
    ),
    "digits that cannot be a number": (["1125550199," + ONE, "0125550199," + TWO], "column B"),
    "nothing else": (["Account Number,Note", f"{ONE},none"], "column A, “Account Number”"),
    "headings in a language we don't know": (["Kund;Rufnummer", f"Bob;{ONE}"], "column B, “Rufnummer”"),
    "notes with a number in them": (
        ["Phone notes,Main number", f"ask 312-555-0100,{ONE}", f"none,{TWO}", f"sick,{THREE}"],
        "column B, “Main number”",
    ),
    "damaged phones beside good accounts": (
        ["Account,Phone", "2125550199,3.12556E+09", "2125550198,3.12556E+09"],
        "column B, “Phone”",
    ),
    "an hour and a date": (["Date,Line", f"2026-01-15 12:30:00,{ONE}"], "column B, “Line”"),
}


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.promise("F33")
def test_the_column_of_phone_numbers_is_read_and_the_page_says_which(name, desk):
    lines, place = COLUMNS[name]

    found = read_file(csv(*lines))
    answer = post(desk, csv(*lines))

    assert found.columns[found.read[0]].place() == place
    assert f"Read {place}: " in unescape(answer.content.decode())


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.promise("F33")
def test_one_line_of_five_numbers_gives_five(sign, desk):
    five = [f"312555000{n}" for n in range(5)]

    answer = post(desk, sign.join(five).encode())

    assert fields(answer)["text"].splitlines() == five
    assert "Read the only row: 5 numbers." in answer.content.decode()


def test_rows_full_of_numbers_without_headings_are_read_column_by_column(desk):
    answer = post(desk, csv("3125550001,3125550003", "3125550002,3125550004"))

    assert fields(answer)["text"].splitlines() == [f"312555000{n}" for n in (1, 2, 3, 4)]
    assert fields(answer)["column"] == ["0", "1"]
    assert "Read 2 columns: 4 numbers." in answer.content.decode()


@pytest.mark.parametrize(
    ("heads", "row", "name"),
    [
        ("Name,Phone", f"Zoë Núñez,{ONE}", "Zoë Núñez"),
        ("Phone,Location,Status", f"{ONE},Front desk,active", "Front desk"),
        ("Customer,Subscriber Name,Phone", f"ACME,Bob,{ONE}", "Bob"),
        ("Account Name,Account Number,Phone", f"ACME,2125550199,{ONE}", "ACME"),
        ("First Name,Last Name,Phone", f"Zoë,Núñez,{ONE}", "Zoë Núñez"),
        ("Employee ID,Employee,Phone", f"17,Bob,{ONE}", "Bob"),
        ("Customer Number,Business,Phone", f"17,Shop,{ONE}", "Shop"),
        ("Phone,Label", f'{ONE},"Smith, Joe"', "Smith, Joe"),
        ("Contact Phone,Contact", f"{ONE},Bob", "Bob"),
        ("Store,Phone", f"Oak Street,{ONE}", "Oak Street"),
        ("Phone,City,Branches", f"{ONE},Chicago,Oak Street", "Oak Street"),
        ("Store Number,Clinic,Phone", f"17,Oak Street,{ONE}", "Oak Street"),
        ("Phone,Rings at,Status", f"{ONE},Oak Street,active", "Oak Street"),
        ("Store,Manager Name,Phone", f"Oak Street,Bob,{ONE}", "Bob"),
    ],
)
def test_the_name_beside_a_number_comes_along(heads, row, name, desk):
    answer = post(desk, csv(heads, row))

    assert fields(answer)["text"] == f"{ONE}\t{name}"


def test_a_file_without_headings_gives_names_too(desk):
    answer = post(desk, csv(f"Front desk,{ONE}", f"Shop,{TWO}"))

    assert fields(answer)["text"].splitlines() == [f"{ONE}\tFront desk", f"{TWO}\tShop"]


@pytest.mark.parametrize("heading", ["Carrier", "Kind", "Status", "Notes", "E-mail address"])
def test_what_does_not_tell_numbers_apart_gives_no_names_by_itself(heading, desk):
    answer = post(desk, csv(f"Phone,{heading}", f"{ONE},landline", f"{TWO},landline"))

    assert fields(answer)["text"].splitlines() == [ONE, TWO]
    assert "No column was read as names." in answer.content.decode()


def test_the_page_says_which_column_gave_the_names_and_lets_people_choose(desk):
    first = post(
        desk,
        csv("Store,Phone,Manager", f"Oak Street,{ONE},Bob", f"Elm Street,{TWO},Al"),
        "Front desk 312-555-0199",
    )

    html = unescape(first.content.decode())
    assert "Names: column A, “Store”." in html
    assert '<option value="1" selected>Column A, “Store”</option>' in html
    assert '<option value="3">Column C, “Manager”</option>' in html
    sent = {**fields(first), "_read": "1", "column": "0"}
    second = desk.post(ADD, sent | {"named": "3"})
    assert fields(second)["text"].splitlines() == ["Front desk 312-555-0199", f"{ONE}\tBob", f"{TWO}\tAl"]
    assert "Names: column C, “Manager”." in unescape(second.content.decode())
    third = desk.post(ADD, {**fields(second), "_read": "1", "column": "0", "named": "0"})
    assert fields(third)["text"].splitlines() == ["Front desk 312-555-0199", ONE, TWO]
    assert "No column was read as names." in third.content.decode()


def test_lines_of_a_file_are_named_by_their_rows_and_the_counts_agree(desk):
    answer = post(
        desk,
        csv("Names and phones,", "Name,Phone", f"Bob,{ONE}", "Ann,555-0101", f"Al,{ONE}", f"Di,{TWO}"),
        "312-555-01",
    )

    html = unescape(answer.content.decode())
    assert "Read column B, “Phone”: 4 lines, 3 with numbers." in html
    assert "row 4" in html
    assert "Same as row 3" in html
    assert "line 1<" in html
    assert "line 3<" not in html


# Choosing another column.


def phones(desk: Client, text: str = ""):
    return post(desk, csv("Name,Phone 1,Phone 2", f"Bob,{ONE},{THREE}", f"Al,{TWO},"), text)


def test_another_column_is_read_without_the_file_and_what_was_typed_stays(desk):
    first = phones(desk, "312-555-0199")
    sent = {**fields(first), "_read": "1"}
    sent["text"] = sent["text"].replace(f"{TWO}\tAl", f"{TWO}\tAlbert")

    second = desk.post(ADD, sent | {"column": "1"})

    html = unescape(second.content.decode())
    assert fields(second)["text"].splitlines() == ["312-555-0199", f"{TWO}\tAlbert", f"{THREE}\tBob"]
    assert "Read column C, “Phone 2”: 1 number." in html
    assert "Row 3: no number in this column." in html
    assert "Column B, “Phone 1”: 2 numbers" in html


def test_two_columns_are_read_together(desk):
    first = phones(desk)

    second = desk.post(ADD, {**fields(first), "column": ["0", "1"], "_read": "1"})

    assert fields(second)["text"].splitlines() == [f"{ONE}\tBob", f"{TWO}\tAl", f"{THREE}\tBob"]
    assert "Read 2 columns: 3 numbers." in second.content.decode()


def test_choosing_a_column_and_saving_at_once_shows_it_first(desk):
    first = phones(desk)

    second = desk.post(ADD, {**fields(first), "column": "1", "_save": "1"})

    assert second.status_code == 200
    assert not HostedOrder.objects.exists()
    third = desk.post(ADD, {**fields(second), "_save": "1"})
    assert third.status_code == 302
    assert [number.phone_number for number in HostedOrder.objects.get().numbers.all()] == ["+13125550003"]


@pytest.mark.parametrize("kept", ["", "x", "x:y:z", "\0", "." * 10_000])
def test_what_the_page_kept_is_ignored_if_it_is_not_ours(kept, desk):
    sent = {"text": ONE, "found": kept, "column": ["0", "x", "99"], "draft_id": str(uuid4()), "_read": "1"}

    answer = desk.post(ADD, sent)

    assert answer.status_code in (200, 400)


@pytest.mark.parametrize("column", ["x", "99", "-1", "\u0661", "0" * 5000])
def test_an_odd_choice_reads_nothing(column, desk):
    answer = desk.post(ADD, {**fields(phones(desk, "312-555-0199")), "column": column, "_read": "1"})

    assert fields(answer)["text"].splitlines() == ["312-555-0199"]


def test_a_choice_has_at_most_100_options_and_says_what_else_there_is(desk):
    def add(book: Workbook) -> None:
        for n in range(120):
            book.create_sheet(f"s{n}").append((f"312555{n:04}",))

    answer = post(desk, xlsx(("instructions",), also=add))

    html = answer.content.decode()
    assert html.count('name="column"') == 100
    assert "20 more columns hold numbers" in html


def test_a_large_file_leaves_room_for_the_box(desk):
    heads = ",".join(["Name", *(f"Phone {n}" for n in range(40))])
    rows = [",".join([f"Person {r}", *(f"312555{r:04}" for _n in range(40))]) for r in range(3000)]

    answer = post(desk, csv(heads, *rows))

    assert len(fields(answer)["found"]) < 500_000
    assert "more columns hold numbers, more than this page can keep." in answer.content.decode()


def test_on_a_draft_nothing_is_added_before_a_person_has_seen_what_was_read(desk):
    desk.post(
        ADD, {**fields(desk.post(ADD, {"text": "312-555-0199", "draft_id": str(uuid4())})), "_save": "1"}
    )
    order = HostedOrder.objects.get()
    url = f"/admin/hosted/hostedorder/{order.pk}/add-numbers/"
    content = csv("Name,Phone 1,Phone 2", f"Bob,{ONE},{THREE}")

    first = desk.post(url, {"text": "", "file": SimpleUploadedFile("a.csv", content)})

    html = unescape(first.content.decode())
    assert "Read column B, “Phone 1”: 1 number." in html
    assert "Nothing has been added yet." in html
    assert order.numbers.count() == 1
    found = first.context["lines_form"].found
    desk.post(url, {"text": f"{ONE}\tBob", "found": found.token, "column": "1"})
    assert {number.phone_number for number in order.numbers.all()} == {"+13125550199", "+13125550003"}


def test_on_a_draft_a_plain_file_is_added_at_once_and_the_page_says_what_was_read(desk):
    desk.post(
        ADD, {**fields(desk.post(ADD, {"text": "312-555-0199", "draft_id": str(uuid4())})), "_save": "1"}
    )
    order = HostedOrder.objects.get()
    file = SimpleUploadedFile("a.csv", csv("Phone", ONE))

    answer = desk.post(
        f"/admin/hosted/hostedorder/{order.pk}/add-numbers/", {"text": "", "file": file}, follow=True
    )

    assert "1 number added. Read column A, “Phone”: 1 number." in unescape(answer.content.decode())


# Rows that were not read, and what is hidden.


def formulas(sheet: Worksheet) -> None:
    sheet["B3"] = "=B2+1"
    sheet["B5"] = "#N/A"


def test_every_row_that_was_not_read_is_named_with_its_reason(desk):
    content = xlsx(
        ("Name", "Phone"),
        ("Bob", ONE),
        ("Al", None),
        ("Eve", None),
        ("Sue", None),
        ("Name", "Phone"),
        ("Joe", "555-0101"),
        (None, None),
        ("Ann", TWO),
        also=active(formulas),
    )

    answer = post(desk, content, name="a.xlsx")

    html = unescape(answer.content.decode())
    for said in [
        "Read column B, “Phone”, of sheet “Numbers”: 3 lines, 2 with numbers.",
        "Row 1 was read as the heading.",
        "Row 3 holds a formula without a value",
        "Row 4: no number in this column.",
        "Row 5 holds an error such as #N/A",
        "Row 6 repeats the heading.",
        "Row 7 doesn't have a complete North American phone number",
    ]:
        assert said in html
    assert fields(answer)["text"].splitlines() == [f"{ONE}\tBob", "555-0101\tJoe", f"{TWO}\tAnn"]


def test_rows_in_a_line_are_named_together(desk):
    answer = post(desk, csv("Name,Phone", f"Bob,{ONE}", *["Al,"] * 3, f"Eve,{TWO}", "Sue,"))

    assert "Rows 3–5, 7: no number in this column." in answer.content.decode()


def test_a_column_of_formulas_without_values_is_refused_instead_of_another_being_read():
    content = xlsx(("Account", "Phone"), (2125550199, "=A2+1"), (2125550198, "=A3+1"))

    with pytest.raises(ValidationError) as caught:
        read_file(content)

    assert caught.value.code == "formulas"


def test_empty_rows_do_not_count_whatever_their_color(desk):
    def color(sheet: Worksheet) -> None:
        sheet["A8000"].fill = PatternFill("solid", fgColor="FFFF00")

    assert numbers(xlsx((ONE,), also=active(color))) == ["+13125550001"]
    assert numbers(csv(ONE, *[" , ,"] * 6000)) == ["+13125550001"]


def test_a_row_beyond_the_limit_with_something_in_it_is_said():
    def fill(sheet: Worksheet) -> None:
        sheet["A8000"] = TWO

    for content in (xlsx((ONE,), also=active(fill)), csv(ONE, *[""] * 6000, TWO)):
        with pytest.raises(ValidationError) as caught:
            read_file(content)
        assert caught.value.code == "rows"


def test_the_sheet_with_the_numbers_is_read_and_the_others_are_offered(desk):
    def add(book: Workbook) -> None:
        book.create_sheet("List").append(("Phone",))
        for number in (ONE, TWO):
            book["List"].append((number,))
        hidden = book.create_sheet("Old")
        for number in ("Phone", THREE, "3125550004", "3125550005"):
            hidden.append((number,))
        hidden.sheet_state = "hidden"

    answer = post(
        desk, xlsx(("How to fill in this list",), ("Call 312-555-0100 for help",), also=add), name="a.xlsx"
    )

    html = unescape(answer.content.decode())
    assert "Read column A, “Phone”, of sheet “List”: 2 numbers." in html
    assert "Column A, “Phone”, of sheet “Old”: 3 numbers" in html
    assert "hidden" not in re.sub(r'type="hidden"', "", html.split('class="ho-found')[1].split("<details")[0])
    other = fields(desk.post(ADD, {**fields(answer), "column": "2", "_read": "1"}))
    assert other["text"]


def test_hidden_rows_columns_and_sheets_are_said(desk):
    def hide(book: Workbook) -> None:
        book.active.row_dimensions[3].hidden = True
        book.active.column_dimensions["B"].hidden = True
        book.create_sheet("Empty")
        book.active.sheet_state = "hidden"

    answer = post(desk, xlsx(("Name", "Phone"), ("Bob", ONE), ("Al", TWO), also=hide), name="a.xlsx")

    html = unescape(answer.content.decode())
    for said in (
        "This sheet is hidden in the file.",
        "This column is hidden in the file.",
        "Row 3 is hidden in the file. It was read too.",
    ):
        assert said in html


def test_a_hidden_column_of_phones_loses_to_one_that_people_see():
    def hide(sheet: Worksheet) -> None:
        sheet.column_dimensions["A"].hidden = True

    found = read_file(xlsx(("Phone", "Phone"), (ONE, TWO), also=active(hide)))

    assert found.lines() == [TWO]


def test_a_sheet_that_is_too_long_does_not_keep_the_others_from_being_read(desk):
    def add(book: Workbook) -> None:
        log = book.create_sheet("Log")
        for _n in range(5_100):
            log.append(("312-555-0009",))

    answer = post(desk, xlsx(("Phone",), (ONE,), also=add), name="a.xlsx")

    assert fields(answer)["text"] == ONE
    assert "Not read, because of more than 5,000 rows: sheet “Log”." in unescape(answer.content.decode())


# Damage and odd files.


def test_a_cell_formatted_as_a_date_is_read_as_what_is_stored(caplog):
    def as_date(sheet: Worksheet) -> None:
        sheet["A1"].number_format = "yyyy-mm-dd"

    assert numbers(xlsx((3125550001,), also=active(as_date))) == ["+13125550001"]
    assert caplog.text == ""


def test_numbers_are_read_whatever_a_spreadsheet_made_of_them():
    content = hostile.xlsx(
        hostile.sheet(
            "<row><c><v>3.125550001E9</v></c></row><row><c><v>3125550002.0</v></c></row>"
            "<row><c><v>not a number</v></c></row><row><c><v>1e999</v></c></row>"
        )
    )

    assert numbers(content) == ["+13125550001", "+13125550002"]


def test_dates_are_not_taken_for_numbers():
    found = read_file(xlsx(("Phone", "Since"), (ONE, date(2026, 1, 2)), (TWO, "2026-01-15")))

    assert len(found.columns) == 1


def test_damage_by_a_spreadsheet_is_named_with_its_row(desk):
    answer = post(desk, csv("phone", "3.12556E+09", "13125550001", "'312-555-0002"))

    assert "Row 2 doesn't have a complete North American phone number" in unescape(answer.content.decode())
    assert answer.context["reading"].numbers() == ["+13125550001", "+13125550002"]


@pytest.mark.parametrize(
    ("lines", "row"),
    [
        (["Name,Phone", f"Bob,{ONE}", f'"Al,{TWO}', f"Eve,{THREE}"], 3),
        (["Name,Phone", f'"Bob,{ONE}', f"Al,{TWO}", f'Eve",{THREE}'], 2),
        (["Phone,Name", ONE, f'{TWO},"Al', THREE], 3),
        (["Phone", ONE, f'"{TWO}', THREE], 3),
    ],
)
def test_a_quotation_mark_without_its_partner_is_named_with_its_row(lines, row, desk):
    [said] = post(desk, csv(*lines), "312-555-0199").context["form"].errors["file"]

    assert said == str(WORDS["quote"]) % {"row": row}


def test_an_address_on_two_lines_is_one_cell():
    content = csv("Name,Address,Phone", f'Bob,"12 Main St\nChicago, IL",{ONE}', f"Al,x,{TWO}")

    assert numbers(content) == ["+13125550001", "+13125550002"]


def test_a_text_with_the_name_of_a_workbook_is_read_and_the_page_says_so(desk):
    answer = post(desk, csv("Phone", ONE), name="numbers.XLSX")

    assert fields(answer)["text"] == ONE
    assert "This isn't an XLSX file, whatever its name says. It was read as text (CSV)." in unescape(
        answer.content.decode()
    )


def test_nothing_of_a_file_is_in_a_url_or_a_log(desk, caplog):
    answer = phones(desk)
    desk.post(ADD, {**fields(answer), "column": "1", "_read": "1"})

    assert ONE not in caplog.text
    assert not re.search(rf'(?:href|action)="[^"]*{ONE}', answer.content.decode())


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"%PDF-1.7\x00", "kind"),
        (b"PK\x03\x04 no archive", "xlsx"),
        (b"1" * 2_000_001, "size"),
        (b"312-555-0001\n" * 5_001, "rows"),
        (b"Name,City\nBob,Chicago\n", "none"),
        (b"\xef\xbb\xbf\n<HTML><table><tr><td>3125550001</td></tr></table>", "web"),
        (b'<?xml version="1.0"?><Workbook><Data>3125550001</Data></Workbook>', "web"),
    ],
)
@pytest.mark.promise("F33")
def test_an_unreadable_file_is_refused_with_a_sentence(content, code):
    with pytest.raises(ValidationError) as caught:
        read_file(content)

    assert caught.value.code == code


@pytest.mark.parametrize("content", [b"PK\x03\x04 no archive", b"Dear Ann,\nhere they are.\n"])
def test_another_kind_of_file_is_called_by_its_ending(content):
    with pytest.raises(ValidationError) as caught:
        read_file(content, "Our numbers.docx")

    assert "this is a .docx file" in caught.value.messages[0]
