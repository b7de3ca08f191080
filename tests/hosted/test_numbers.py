"""Numbers as people paste them or keep them in spreadsheets: every line is kept, with what it was read as."""

import pytest

from hosted.entry.parse import MOST_NUMBERS, Verdict, alike, read_text

HIDDEN = "+1312\u200b5550003"
SIX_LINES = f"312-555-0001\n+13125550002\n1.31256E+10\n312-555-0001\n+44 20 7946 0000\n{HIDDEN}"

GOOD, CLEANED, DUPLICATE, REFUSED = Verdict.GOOD, Verdict.CLEANED, Verdict.DUPLICATE, Verdict.REFUSED


@pytest.mark.promise("B", "F32")
def test_six_pasted_lines_are_each_classified():
    reading = read_text(SIX_LINES)

    told = [(line.position, line.verdict, line.number, str(line.note)) for line in reading.lines]
    assert told == [
        (1, GOOD, "+13125550001", ""),
        (2, GOOD, "+13125550002", ""),
        (3, REFUSED, "", "This looks like a spreadsheet number that lost its digits. Type it again."),
        (4, DUPLICATE, "+13125550001", "same as line 1"),
        (5, REFUSED, "", "Only US numbers can be hosted."),
        (6, CLEANED, "+13125550003", "hidden character removed"),
    ]
    assert reading.numbers() == ["+13125550001", "+13125550002", "+13125550003"]
    assert reading.lines[5].typed == HIDDEN


@pytest.mark.parametrize(
    ("typed", "verdict", "number"),
    [
        ("(312) 555-0001", GOOD, "+13125550001"),
        ("312.555.0001", GOOD, "+13125550001"),
        ("tel:+1-312-555-0001", GOOD, "+13125550001"),
        ("３１２５５５０００１", GOOD, "+13125550001"),
        ("+1 416 555 0134", GOOD, "+14165550134"),
        ("13125550001", CLEANED, "+13125550001"),
        ("'+13125550001", CLEANED, "+13125550001"),
        ('="13125550001"', CLEANED, "+13125550001"),
        ("13125550001.0", CLEANED, "+13125550001"),
        ("\ufeff+13125550001", CLEANED, "+13125550001"),
        ("1,31256E+10", REFUSED, ""),
        ("1.31256e10", REFUSED, ""),
        ("13125600000", REFUSED, ""),
        ("442079460000", REFUSED, ""),
        ("########", REFUSED, ""),
        ("5550001", REFUSED, ""),
        ("front desk", REFUSED, ""),
        ("312-555-0001 ext 5", REFUSED, ""),
        ("+1 876 555 0134", REFUSED, ""),
        ("+13125600000", GOOD, "+13125600000"),
    ],
)
@pytest.mark.promise("F32", "X99")
def test_one_line_becomes_a_number_or_is_refused_with_its_reason(typed, verdict, number):
    [line] = read_text(typed).lines

    assert (line.verdict, line.number) == (verdict, number)
    assert bool(line.note) == (verdict != GOOD)


@pytest.mark.promise("F32")
def test_a_line_may_hold_several_numbers_and_empty_lines_are_skipped():
    reading = read_text("312-555-0001, 312-555-0002; 312-555-0003\r\n\r\n \t312 555 0004")

    assert len(reading.accepted()) == len(reading.lines) == 4
    assert reading.lines[-1].position == 3


@pytest.mark.promise("F32")
def test_two_spellings_of_a_number_are_one():
    reading = read_text(f"{HIDDEN}\n(312) 555-0003")

    assert [line.verdict for line in reading.lines] == [CLEANED, DUPLICATE]


@pytest.mark.promise("F32", "X99")
def test_an_order_takes_200_numbers_and_the_rest_are_refused_by_name():
    reading = read_text("\n".join(f"+1312555{n:04}" for n in range(MOST_NUMBERS + 2)))

    assert len(reading.accepted()) == 200
    assert [line.position for line in reading.of(REFUSED)] == [201, 202]


# Names.


@pytest.mark.promise("F32")
def test_two_hundred_rows_of_a_table_are_numbers_with_their_names():
    reading = read_text("\n".join(f"Zoë Núñez {n}\t312-555-{n:04}\t2019" for n in range(200)))

    assert len(reading.accepted()) == len(reading.lines) == 200
    assert (reading.lines[7].number, reading.lines[7].name) == ("+13125550007", "Zoë Núñez 7")
    [same] = alike(reading.lines)
    assert (same.verdict, str(same.reason), len(same.lines)) == (
        CLEANED,
        "text next to the number was left out",
        200,
    )


@pytest.mark.promise("F32")
def test_lines_to_which_the_same_happened_are_one_group_refused_ones_first():
    reading = read_text(f"{SIX_LINES}\n555-0101 Bob\n730-0141 fax\n2.5E+10\n312-555-0002")

    assert [(same.verdict, len(same.lines)) for same in alike(reading.lines)] == [
        (REFUSED, 2),
        (REFUSED, 1),
        (REFUSED, 2),
        (DUPLICATE, 2),
        (CLEANED, 1),
    ]
