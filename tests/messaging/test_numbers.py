"""Numbers as people paste them: the one reader that every box uses."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from messaging.numbers import (
    LONGEST_NAME,
    find_number,
    normalise_number,
    plain,
    read_one,
    read_row,
    rows,
)

N, M = "+13125550142", "+13125550143"

# A line that holds one number -> the number, its name, and what is said to be left out or changed.
READ = [
    # From real offices.
    ("312 555 0142 (m)", N, "", "left out: (m)"),
    ("(312) 555-0142 front desk", N, "front desk", ""),
    ("Tel.: 312.555.0142 / Dr. Patel", N, "Dr. Patel", "left out: Tel.:"),
    ("Zoë Núñez\t312-555-0142\t2019", N, "Zoë Núñez", "left out: 2019"),
    ("7739015505 Joe", "+17739015505", "Joe", ""),
    ("3.125550142E9", N, "", "spreadsheet form written out in full"),
    ("'+13125550142", N, "", "quotation mark removed"),
    ("<+13125550142>", N, "", ""),
    ("1-800-FLOWERS", "+18003569377", "", "letters read as digits: 1-800-FLOWERS"),
    # The same number in every dress.
    ("312-555-0142", N, "", ""),
    ("(312)555-0142", N, "", ""),
    ("(312) 555 - 0142", N, "", ""),
    ("[312] 555-0142", N, "", ""),
    ("312/555-0142", N, "", ""),
    ("312.555.0142.", N, "", ""),
    ("312·555·0142", N, "", ""),
    ("312 – 555 – 0142", N, "", ""),
    ("312_555_0142", N, "", ""),
    ("1 (312) 555-0142", N, "", ""),
    ("1.312.555.0142", N, "", ""),
    ("+1 (312) 555-0142", N, "", ""),
    ("(+1) 312 555 0142", N, "", ""),
    ("+ 1 312 555 0142", N, "", ""),
    ("tel:+1-312-555-0142", N, "", ""),
    ("３１２　５５５　０１４２", N, "", ""),
    ("＋１（３１２）５５５－０１４２", N, "", ""),
    ("٣١٢ ٥٥٥ ٠١٤٢", N, "", ""),
    ("\u200e312\u00a0555\u20110142\u202c", N, "", "hidden character removed"),
    ("13125550142", N, "", "missing plus sign added"),
    ("001 312 555 0142", N, "", "international prefix read as a plus sign"),
    ("011 1 312 555 0142", N, "", "international prefix read as a plus sign"),
    ("0013125550142", N, "", "international prefix read as a plus sign"),
    ('="3125550142"', N, "", "spreadsheet formula removed"),
    ("=3125550142", N, "", "spreadsheet formula removed"),
    ("3125550142.0", N, "", "spreadsheet decimals removed"),
    ("3,125550142E+09", N, "", "spreadsheet form written out in full"),
    ("1.3125550142E10", N, "", "spreadsheet form written out in full, missing plus sign added"),
    ('"312-555-0142"', N, "", "quotation mark removed"),
    ("“312-555-0142”", N, "", "quotation mark removed"),
    ("(312-555-0142)", N, "", ""),
    ("877-GO-FEDEX", "+18774633339", "", "letters read as digits: 877-GO-FEDEX"),
    ("1-888-4-CANCER", "", "", ""),
    ("(800) FLOWERS", "+18003569377", "", "letters read as digits: (800) FLOWERS"),
    ("+1 800 FLOWERS", "+18003569377", "", "letters read as digits: +1 800 FLOWERS"),
    # Names and labels around it.
    ("Front desk: (312) 555-0142", N, "Front desk", ""),
    ("Dr. Patel - 312-555-0142", N, "Dr. Patel", ""),
    ("312-555-0142 – Dr. Patel", N, "Dr. Patel", ""),
    ("312-555-0142 (Dr. Patel)", N, "Dr. Patel", ""),
    ("Ann Smith (Sales) 312-555-0142", N, "Ann Smith (Sales)", ""),
    ("Smith, Ann; 312-555-0142", N, "Smith, Ann", ""),
    ("312-555-0142, Smith, Ann", N, "Smith, Ann", ""),
    ("A/C Repair 312-555-0142", N, "A/C Repair", ""),
    ("Joe's Diner 312-555-0142", N, "Joe's Diner", ""),
    ("Phone: 312-555-0142 Bob", N, "Bob", "left out: Phone:"),
    ("Phone number 312-555-0142", N, "", "left out: Phone number"),
    ("Tel 312-555-0142", N, "", "left out: Tel"),
    ("Tel3125550142", N, "", "left out: Tel"),
    ("T: 312-555-0142", N, "", "left out: T:"),
    ("Ann T 312-555-0142", N, "Ann T", ""),
    ("Bob M. 312-555-0142", N, "Bob M.", ""),
    ("312-555-0142 fax", N, "", "left out: fax"),
    ("fax: 312-555-0142", N, "", "left out: fax:"),
    ("Bob, cell: 312-555-0142", N, "Bob", "left out: cell:"),
    ("312-555-0142 (cell) Bob", N, "Bob", "left out: (cell)"),
    ("Bob <+13125550142>", N, "Bob", ""),
    ("Red Phone Booth 312-555-0142", N, "Red Phone Booth", ""),
    ("Room 12 312-555-0142", N, "Room 12", ""),
    ("312-555-0142 Suite 200", N, "Suite 200", ""),
    ("312 555 0142 Bob 5", N, "Bob 5", ""),
    ("3. 312-555-0142", N, "", "left out: 3."),
    ("12) Bob 312-555-0142", N, "Bob", "left out: 12)"),
    ("1. 312-555-0142", N, "", ""),
    ("• 312-555-0142 Bob", N, "Bob", ""),
    ("- 312-555-0142", N, "", ""),
    ("Bob\t\t312-555-0142\t\tSales", N, "Bob, Sales", ""),
    ("00123\tACME\t312-555-0142\t60601", N, "ACME", "left out: 00123, left out: 60601"),
    ("ACME\t20231234567\t312-555-0142", N, "ACME", "left out: 20231234567"),
    ("312-555-0142, 2024-01-05", N, "", "left out: 2024-01-05"),
    ("Ann\tann@larkspur.example\t312-555-0142", N, "Ann, ann@larkspur.example", ""),
    ("312-555-0142\tZoë Núñez", N, "Zoë Núñez", ""),
    ("王芳 312-555-0142", N, "王芳", ""),
    ("Dr Patel(312)555-0142", N, "Dr Patel", ""),
    ("Cell # 312-555-0142", N, "", "left out: Cell #"),
    ("Bob Smith 12 Main St Chicago 60601 312-555-0142", N, "Bob Smith 12 Main St Chicago 60601", ""),
    ('"Smith, Ann",312-555-0142', N, "Smith, Ann", ""),
    # Other countries.
    ("+44 20 7946 0018", "+442079460018", "", ""),
    ("+44 (0)20 7946 0018", "+442079460018", "", ""),
    ("+49 30/1234567 Berlin", "+49301234567", "Berlin", ""),
    ("011 44 20 7946 0018", "+442079460018", "", "international prefix read as a plus sign"),
    ("0044 20 7946 0018", "+442079460018", "", "international prefix read as a plus sign"),
    ("+52 55 1234 5678", "+525512345678", "", ""),
]  # fmt: skip
READ = [case for case in READ if case[1]]

REFUSED = [
    ("555-0101 Bob", "local"),
    ("730-0141 fax", "local"),
    ("5550101", "local"),
    ("855-0101-Bob", "local"),
    ("880-001-2300", "exchange"),
    ("312-155-0142", "exchange"),
    ("+1 312 055 0142", "exchange"),
    ("012-555-0142", "area"),
    ("1234567890", "area"),
    ("911-555-0142", "area"),
    ("1.31256E+10", "damaged"),
    ("1,31256E+10", "damaged"),
    ("3.12555E9 Bob", "damaged"),
    ("3.12555014E9", "damaged"),
    ("########", "narrow"),
    ("13125600000", "rounded"),
    ("442079460018", "no_plus"),
    ("+999 1234567890", "country"),
    ("+44 312 555 0142", "country"),
    ("+1 312 555 01", "length"),
    ("312 555", "length"),
    ("911", "length"),
    ("312555014", "length"),
    ("312-555-0142 x200", "extension"),
    ("312-555-0142 ext. 5", "extension"),
    ("312-555-0142, Extension 12", "extension"),
    ("tel:+13125550142;ext=5", "extension"),
    ("3125550142x5 Bob", "extension"),
    ("(312) 555-0142 #5", "extension"),
    ("312-555-0142 99", "beside"),
    ("312 555 0142 5 Bob", "beside"),
    ("+1 877 355 4398 99", "beside"),
    ("2024 312 555 0142", "beside"),
    ("312-555-0142/43", "beside"),
    ("800 Manager", "not_a_number"),
    ("312 Kitchen", "not_a_number"),
    ("312-KITCHEN", "letters"),
    ("Call 1-800-FLOWERS now", "not_a_number"),
    ("front desk", "not_a_number"),
    ("Room 5E3", "not_a_number"),
    ("INV3125550142", "length"),
    ("312-555-0142 312-555-0143", "two"),
    ("Bob 312-555-0142 Ann 312-555-0143", "two"),
]

SEVERAL = [
    ("312-555-0142, 312-555-0143", [(N, ""), (M, "")]),
    ("312-555-0142;312-555-0143", [(N, ""), (M, "")]),
    ("312-555-0142\t312-555-0143", [(N, ""), (M, "")]),
    ("312-555-0142/312-555-0143", [(N, ""), (M, "")]),
    ("312-555-0142 or 312-555-0143", [(N, ""), (M, "")]),
    ("312-555-0142 and (312) 555-0143", [(N, ""), (M, "")]),
    ("+13125550142,+13125550143", [(N, ""), (M, "")]),
    ("3125550142,3125550143", [(N, ""), (M, "")]),
    ("Bob 312-555-0142, Ann 312-555-0143", [(N, "Bob"), (M, "Ann")]),
    ("312-555-0142 Bob, 312-555-0143 Ann", [(N, "Bob"), (M, "Ann")]),
    ("Bob,312-555-0142,Ann,312-555-0143", [(N, "Bob"), (M, "Ann")]),
    ("312-555-0142,Bob,312-555-0143,Ann", [(N, "Bob"), (M, "Ann")]),
    ("Zoë\t312-555-0142\t312-555-0143", [(N, "Zoë"), (M, "Zoë")]),
    ("mobile 312-555-0142 / office 312-555-0143", [(N, ""), (M, "office")]),
    ("312-555-0142, 312-555-0143 Bob", [(N, ""), (M, "Bob")]),
    ("312-555-0142, 312555014", [(N, ""), ("", "")]),
    ("312-555-0142, 555-0143, 312-555-0143", [(N, ""), ("", ""), (M, "")]),
    ("312-555-0142, 1.31256E+10", [(N, ""), ("", "")]),
    ("312-555-0142, 880-001-2300", [(N, ""), ("", "")]),
    ("312-555-0142; +44 20 7946 0018", [(N, ""), ("+442079460018", "")]),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "number", "name", "said"), READ)
def test_a_line_with_one_number_gives_it_and_keeps_the_rest_as_its_name(typed, number, name, said):
    [piece] = read_row(typed)

    assert (piece.number, piece.name, ", ".join(map(str, piece.notes))) == (number, name, said)
    assert piece.typed == typed.strip()


@pytest.mark.parametrize(("typed", "code"), REFUSED)
def test_a_line_without_a_whole_number_is_refused_with_the_true_reason(typed, code):
    [piece] = read_row(typed)

    assert (piece.number, piece.code) == ("", code)
    assert str(piece.problem).endswith(".")
    assert piece.typed == typed


@pytest.mark.parametrize(("typed", "found"), SEVERAL)
def test_several_numbers_on_a_line_are_all_taken_if_the_signs_between_them_say_so(typed, found):
    assert [(piece.number, piece.name) for piece in read_row(typed)] == found


def test_nothing_is_read_from_nothing():
    assert read_row("") == read_row(" \t\u200b ") == []
    assert rows("\n a \n\n\u200b\nb\r\nc\u2028d") == [(2, " a "), (5, "b"), (6, "c"), (7, "d")]


def test_a_long_name_is_cut_and_a_page_of_text_is_no_name():
    [long] = read_row(f"312-555-0142 {'a' * 200}")
    [page] = read_row(f"312-555-0142 {'words ' * 200}")

    assert len(long.name) == LONGEST_NAME
    assert long.name.endswith("…")
    assert page.code == "too_long"


def test_a_box_for_one_number_refuses_two_and_names_what_does_not_belong_there():
    with pytest.raises(ValidationError, match="two phone numbers"):
        read_one("312-555-0142 / 312-555-0143")
    with pytest.raises(ValidationError, match="Leave out “Dr. Patel Tel.:”"):
        normalise_number("Tel.: 312.555.0142 / Dr. Patel")

    assert read_one("Bob 312-555-0142").name == "Bob"
    assert normalise_number("(312) 555-0142") == N


def test_a_search_reads_a_number_however_it_is_written():
    for typed in ("'+13125550142", "<+13125550142>", "Bob 312-555-0142", '"312.555.0142"', "tel:3125550142"):
        assert find_number(typed) == N
    assert find_number("front desk") == find_number("0142") == find_number("") == ""


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_accident(text):
    assert len(plain(text)) == len(text)
    for piece in read_row(text):
        assert bool(piece.number) != bool(piece.problem)
        assert all(sign.isdigit() and sign.isascii() for sign in piece.number[1:])


@given(
    st.lists(
        st.sampled_from(
            [
                "312",
                "555",
                "0142",
                "+1",
                "1",
                "(",
                ")",
                "-",
                " ",
                ".",
                "/",
                ",",
                "\t",
                "Bob",
                "(m)",
                "x5",
                "2019",
                "or",
                "E9",
            ]
        ),
        max_size=14,
    )
)
def test_any_mix_of_pieces_never_makes_up_a_digit(parts):
    typed = "".join(parts)
    digits = "".join(sign for sign in typed if sign.isdigit())

    for piece in read_row(typed):
        assert piece.number.removeprefix("+1").removeprefix("+") in digits or "E9" in typed


@pytest.mark.parametrize(
    "sign", ["1", "1 ", "(", "+", "+1 ", "a", ",", "/", "\t", "312-555-0142 ", "x1", "E9", "1E9", "- "]
)
def test_hostile_lines_are_read_in_no_time(sign):
    """Each takes milliseconds; with a pattern that backtracks without bounds it would be hours."""
    read_row(sign * 30_000)
