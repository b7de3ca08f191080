"""No file of numbers, whatever is in it, harms the process that serves our pages."""

import re
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from hosted.entry import spreadsheet
from hosted.entry.parse import read_text
from hosted.entry.spreadsheet import WORDS, read_file
from hosted.models import HostedOrder
from hosted.orders.forms import LONGEST_PASTE
from messaging import apart, rights
from tests.visitor import Forms

from . import hostile

CASES = Path(__file__).parent / "documents" / "cases"
ADD = "/admin/hosted/hostedorder/add/"
FILES = {
    **hostile.BOOKS,
    **hostile.TABLES,
    "the case of an issue": ((CASES / "deep_xml.xlsx").read_bytes, "odd"),
}


@pytest.fixture
def desk(db) -> Client:
    user = User.objects.create_user("operator", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["view_hostedorder", "add_hostedorder", "change_hostedorder"])
    )
    client = Client()
    client.force_login(user)
    return client


def memory(word: str) -> int:
    """Return how much memory this process uses now (VmRSS), or used at most (VmHWM), in kB."""
    found = re.search(rf"{word}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1])


def post(desk: Client, content: bytes, text: str = "312-555-0199", name: str = "numbers.xlsx"):
    file = SimpleUploadedFile(name, content)
    return desk.post(ADD, {"text": text, "file": file, "draft_id": str(uuid4()), "_read": "1"})


@pytest.mark.parametrize("name", FILES)
@pytest.mark.promise("F33", "X76")
def test_a_hostile_file_is_refused_for_its_true_reason_and_costs_the_web_process_nothing(name, desk):
    make, code = FILES[name]
    content = make()
    desk.get(ADD)  # what a process loads for its first page is not caused by the file
    Path("/proc/self/clear_refs").write_text("5")
    before = memory("VmRSS")

    answer = post(desk, content)

    assert memory("VmHWM") - before < 20_000 + 12 * len(content) // 1000
    assert answer.status_code == 200
    [said] = answer.context["form"].errors["file"]
    assert said == str(WORDS[code]).replace("%(row)s", "2")
    assert Forms(answer.content.decode()).fields["text"] == "312-555-0199"
    assert not HostedOrder.objects.exists()


@pytest.mark.promise("X76")
def test_a_reader_that_ends_early_says_whether_its_limits_or_the_machine_ended_it(desk, tmp_path, settings):
    """As it would after a bug in our code or in a library."""
    package = tmp_path / "hosted" / "entry"
    package.mkdir(parents=True)
    (tmp_path / "messaging").mkdir()
    (tmp_path / "messaging" / "rights.py").write_text(Path(rights.__file__).read_text())
    product, settings.BASE_DIR = settings.BASE_DIR, tmp_path
    for code, told in [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "unread"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", "unread"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "bomb"),
        ("from messaging.rights import give_up; give_up(1)\nwhile True: pass", "late"),
        ("raise SystemExit(3)", "unread"),
    ]:
        (package / "tables.py").write_text(code)

        assert post(desk, b"312-555-0001").context["form"].errors["file"] == [str(WORDS[told])]

    assert "Try again" in str(WORDS["unread"])
    settings.BASE_DIR = product
    again = post(desk, b"312-555-0001")
    assert again.context["reading"].numbers() == ["+13125550199", "+13125550001"]


@pytest.mark.promise("X76")
def test_a_reader_that_never_ends_is_ended(desk, tmp_path, settings, monkeypatch):
    package = tmp_path / "hosted" / "entry"
    package.mkdir(parents=True)
    (package / "tables.py").write_text("import time; time.sleep(600)")
    settings.BASE_DIR = tmp_path
    monkeypatch.setattr(spreadsheet, "WALL_SECONDS", 0.1)

    assert post(desk, b"312-555-0001").context["form"].errors["file"] == [str(WORDS["late"])]


def test_only_a_few_files_are_read_at_once_on_one_machine(desk, monkeypatch):
    with ExitStack() as turns, monkeypatch.context() as patch:
        for _turn in range(apart.AT_ONCE):
            turns.enter_context(apart.take_turn())
        patch.setattr(apart, "WAIT_SECONDS", 0.0)
        busy = post(desk, b"312-555-0001")

    assert busy.context["form"].errors["file"] == [str(WORDS["busy"])]
    assert Forms(busy.content.decode()).fields["text"] == "312-555-0199"
    assert post(desk, b"312-555-0001").context["reading"].numbers() == ["+13125550199", "+13125550001"]


@pytest.mark.parametrize(
    "content",
    [
        hostile.xlsx(),
        hostile.xlsx(hostile.sheet(dimension="A1:XFD1048576")),
        hostile.xlsx(hostile.sheet(hostile.NUMBER + '<row r="1048576"><c s="1"/></row>')),
        hostile.xlsx(hostile.sheet("<row><c><v>3.125550001E9</v></c></row>")),
        hostile.xlsx(hostile.sheet('<row><c s="14"><v>3125550001</v></c></row>')),
        hostile.xlsx(
            hostile.sheet('<row><c t="s"><v>0</v></c></row>'),
            **hostile.strings("<si><r><t>312-555</t></r><r><t>-0001</t></r><rPh><t>9</t></rPh></si>"),
        ),
        b"\r312-555-0001\r",
    ],
)
def test_an_odd_but_honest_file_is_read(content):
    assert read_text("\n".join(read_file(content).lines())).numbers() == ["+13125550001"]


def test_a_full_table_of_the_most_rows_and_columns_is_read():
    row = "".join(f'<c t="inlineStr"><is><t>{n}</t></is></c>' for n in range(49))
    rows = "".join(f"<row>{row}<c><v>312555{n:04}</v></c></row>" for n in range(5_000))

    assert len(read_file(hostile.xlsx(hostile.sheet(rows))).lines()) == 5_000


def test_a_file_with_more_than_the_box_can_send_back_is_refused_in_the_box(desk):
    answer = post(desk, b"312-555-0001 and a long remark of somebody\n" * 5_000)

    assert "Keep only the column of numbers." in answer.context["form"].errors["file"][0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1\n" * 50_000, "This is more than 5,000 lines."),
        ("3125550001\n" * 90_000, f"at most {LONGEST_PASTE} characters"),
    ],
)
def test_a_paste_without_end_is_answered_with_a_sentence_and_kept(desk, text, said):
    answer = desk.post(ADD, {"text": text, "draft_id": str(uuid4()), "_read": "1"})

    assert said in answer.context["form"].errors["text"][0]
    assert Forms(answer.content.decode()).fields["text"] == text


def test_a_line_without_end_is_refused_as_one_line_and_kept_in_the_box(desk):
    text = "1," * 50_000

    html = desk.post(ADD, {"text": text, "draft_id": str(uuid4()), "_read": "1"}).content.decode()

    assert "1 line: This line is too long to be a phone number." in html
    assert Forms(html).fields["text"] == text


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("/admin/messaging/composedmessage/new/message/", "recipients"),
        ("/admin/messaging/composedmessage/new/message/", "media_urls"),
        ("/admin/rcs/capability/check/", "numbers"),
        ("/admin/tollfree/verificationrequest/add/", "phone_numbers"),
        ("/admin/tollfree/verificationrequest/add/", "opt_in_workflow_image_urls"),
    ],
)
def test_a_list_without_end_is_answered_beside_its_field_and_kept(url, name, db):
    client = Client()
    client.force_login(User.objects.create_superuser("admin"))
    text = "\n".join(str(n) for n in range(100_000))

    answer = client.post(url, {name: text})

    html = answer.content.decode()
    assert re.search(r"This is more than [\d,]+ lines\.", html)
    assert text[-1000:] in html


def test_more_text_than_is_ever_read_is_answered_with_what_to_do(desk):
    answer = desk.post(ADD, {"text": "1" * 1_100_000, "draft_id": str(uuid4()), "_read": "1"})

    assert answer.status_code == 413
    assert "all text together up to 1 MB" in answer.content.decode()


@pytest.mark.parametrize("way", ["cut off", "two at once", "empty", "without a name"])
def test_an_odd_upload_is_answered_and_changes_nothing(way, desk):
    fields = {"text": "312-555-0199", "draft_id": str(uuid4()), "_read": "1"}
    if way == "cut off":
        body = encode_multipart(
            BOUNDARY, fields | {"file": SimpleUploadedFile("a.csv", b"3125550001\n" * 500)}
        )
        answer = desk.generic("POST", ADD, body[:-3000], MULTIPART_CONTENT)
    elif way == "two at once":
        files = [SimpleUploadedFile(f"{n}.csv", b"312-555-000%d" % n) for n in (1, 2)]
        answer = desk.post(ADD, fields | {"file": files})
    else:
        name = "" if way == "without a name" else "a.csv"
        body = encode_multipart(BOUNDARY, fields | {"file": SimpleUploadedFile("a.csv", b"")})
        body = body.replace(b'filename="a.csv"', b'filename="%s"' % name.encode())
        answer = desk.generic("POST", ADD, body, MULTIPART_CONTENT)

    assert answer.status_code in (200, 400)
    assert not HostedOrder.objects.exists()
    if way == "empty":
        assert answer.context["form"].errors["file"] == [str(WORDS["empty"])]


def test_a_long_line_is_refused_without_being_searched_through(desk):
    text = "x" + "'" * 90_000 + "x"

    answer = desk.post(ADD, {"text": text, "draft_id": str(uuid4()), "_read": "1"})

    assert [str(line.note) for line in answer.context["reading"].lines] == [
        "This line is too long to be a phone number."
    ]
