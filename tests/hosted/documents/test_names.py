"""What people can name a file, and what we turn it into."""

import re

import pytest

from hosted.documents.names import display_name, sent_name

NAMES = [
    # typed, shown, sent
    ("letter.pdf", "letter.pdf", "letter.pdf"),
    ("Letter of Authorization.PDF", "Letter of Authorization.pdf", "Letter-of-Authorization.pdf"),
    ('LOA "final" #2.pdf', 'LOA "final" #2.pdf', "LOA-final-2.pdf"),
    ("100% & more @ $5.pdf", "100% & more @ $5.pdf", "100-more-5.pdf"),
    ("../../etc/x.pdf", "x.pdf", "x.pdf"),
    ("C:\\Users\\me\\bill.pdf", "bill.pdf", "bill.pdf"),
    ("bi\0ll.pdf", "bill.pdf", "bill.pdf"),
    ("a.pdf\r\nSet-Cookie: x=1", "a.pdf Set-Cookie: x=1.pdf", "a.pdf-Set-Cookie-x-1.pdf"),
    ("invoice\u202efdp.exe", "invoice fdp.exe.pdf", "invoice-fdp.exe.pdf"),
    ("con.pdf", "_con.pdf", "_con.pdf"),
    ("LPT1.2026.pdf", "_LPT1.2026.pdf", "_LPT1.2026.pdf"),
    ("🎉 bill 🧾\ufe0f.pdf", "bill.pdf", "bill.pdf"),
    ("Café Größe.pdf", "Café Größe.pdf", "Cafe-Groe.pdf"),
    ("見積書.pdf", "見積書.pdf", "document.pdf"),
    ("", "document.pdf", "document.pdf"),
    (".pdf", "document.pdf", "document.pdf"),
    ("....", "document.pdf", "document.pdf"),
    ("scan", "scan.pdf", "scan.pdf"),
    ("a" * 300 + ".pdf", "a" * 95 + ".pdf", "a" * 95 + ".pdf"),
]


@pytest.mark.parametrize(("typed", "shown", "sent"), NAMES)
@pytest.mark.promise("B7", "X79")
def test_a_name_is_cleaned_for_people_and_made_plain_for_telnyx(typed, shown, sent):
    assert (display_name(typed), sent_name(typed)) == (shown, sent)


@pytest.mark.parametrize("typed", [typed for typed, _, _ in NAMES] + ["%24#\x7f\u2066\ud800.pdf", "." * 400])
@pytest.mark.promise("X79")
def test_whatever_is_typed_telnyx_gets_a_name_it_accepts(typed):
    sent = sent_name(typed)

    assert re.fullmatch(r"[A-Za-z0-9._-]{1,96}\.pdf", sent)
    assert sent_name(sent) == sent
    assert display_name(display_name(typed)) == display_name(typed)
