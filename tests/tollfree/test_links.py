"""The web addresses of a request: opened by the worker, judged in words, and never a way into our network."""

import gzip
import io
import socket
import time
import zlib
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from messaging.mirror import retention
from messaging.telnyx.client import Client
from tests.sandbox.sites import ABOUT, PRIVACY, WITHOUT_SHARING
from tests.telnyx import server
from tests.telnyx.server import Server, answer
from tests.tollfree.pages import ADD, LIST, at_telnyx, beside, change, fields, text
from tollfree.links import judge, named, visit, words, work
from tollfree.links import text as reading
from tollfree.models import LinkCheck, VerificationRequest

KEY = "KEY-invented"
HTML = {"Content_Type": "text/html"}


@pytest.fixture(autouse=True)
def on(settings):
    settings.LINK_CHECK = True


@pytest.fixture
def opened(settings):
    """Return what opens an address of an invented business that this scripted server plays, and says what it finds."""

    def open_at(scripted: Server, field: str = "corporate_website", path: str = "/") -> list[str]:
        settings.TELNYX_BASE_URL = scripted.url
        with Client(KEY, scripted.url, connect=1.0, read=0.4) as client:
            findings, _thumbnail = judge.judge(client, field, f"https://shop.example{path}")
        return [finding["code"] for finding in findings]

    return open_at


@pytest.fixture
def resolver(monkeypatch):
    """Look up numbers in other forms (127.1, 0x7f.1) as the system does, where the tests allow no look-up."""
    real = socket.getaddrinfo

    def look_up(host, port, *rest, **more):
        with suppress(OSError):
            host = socket.inet_ntoa(socket.inet_aton(host))
        return real(host, port, *rest, **more)

    monkeypatch.setattr("messaging.telnyx.network.socket.getaddrinfo", look_up)


@pytest.fixture
def bystander():
    """Yield a server inside our network that no check may reach."""
    with Server(answer(200, b"secret")) as found:
        yield found


def page_with(said: str) -> bytes:
    return f"<html><head><title>Shop</title></head><body><p>{ABOUT * 2}{said}</p></body></html>".encode()


def picture(kind: str = "PNG", size: tuple[int, int] = (600, 400)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, kind)
    return file.getvalue()


# What is found.


@pytest.mark.parametrize(
    ("field", "step", "codes"),
    [
        ("corporate_website", answer(200, page_with(""), **HTML), ["page"]),
        ("terms_and_condition_url", answer(200, page_with("STOP"), **HTML), ["page"]),
        ("privacy_policy_url", answer(200, page_with(PRIVACY), **HTML), ["page"]),
        ("privacy_policy_url", answer(200, page_with(WITHOUT_SHARING), **HTML), ["no_sharing"]),
        ("privacy_policy_url", answer(200, b"%PDF-1.7", Content_Type="application/pdf"), ["no_page"]),
        ("corporate_website", answer(404), ["missing"]),
        ("corporate_website", answer(401), ["password"]),
        ("corporate_website", answer(403), ["forbidden"]),
        ("corporate_website", answer(429), ["busy"]),
        ("corporate_website", answer(503), ["broken"]),
        ("corporate_website", answer(418), ["odd"]),
        ("corporate_website", answer(200, b"<h1>Coming soon</h1>", **HTML), ["unfinished"]),
        ("corporate_website", answer(200, b"<title>Welcome to nginx!</title>", **HTML), ["unfinished"]),
        (
            "corporate_website",
            answer(200, b"<form>Sign in <input name=p type=PASSWORD></form>", **HTML),
            ["password"],
        ),
        (
            "corporate_website",
            answer(200, b"<div id=app></div><script>x</script>", **HTML),
            ["needs_scripts"],
        ),
        ("corporate_website", answer(200, b"<p>Hi</p>", **HTML), ["thin"]),
        ("corporate_website", answer(200, b"", **HTML), ["thin"]),
        (named.IMAGES, answer(200, picture(), Content_Type="image/png"), ["image"]),
        (named.IMAGES, answer(200, picture("JPEG"), Content_Type="application/octet-stream"), ["image"]),
        (named.IMAGES, answer(200, picture("GIF")), ["image"]),
        (named.IMAGES, answer(200, picture("WEBP")), ["image"]),
        (named.IMAGES, answer(200, picture(size=(80, 60))), ["tiny"]),
        (named.IMAGES, answer(200, page_with("<img src=x>"), Content_Type="image/png"), ["web_page"]),
        (named.IMAGES, answer(200, b"%PDF-1.7", Content_Type="image/png"), ["pdf"]),
        (named.IMAGES, answer(200, picture()[:200]), ["no_image"]),
        (
            named.IMAGES,
            answer(200, b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
            ["no_image"],
        ),
    ],
)
def test_what_is_found_at_an_address(opened, field, step, codes):
    with Server(step) as scripted:
        assert opened(scripted, field) == codes


@pytest.mark.parametrize(
    "said",
    [
        "We will never share your mobile number with anyone.",
        "SMS consent is not sold to third parties.",
        "Text messaging originator opt-in data will not be disclosed.",
        "We do not share the following:</p><ul><li>names</li><li>phone numbers</li></ul><p>",
        "All of the above categories exclude text <b>messaging</b> opt-in data; it is not <i>shared</i> with partners.",
    ],
)
def test_a_sentence_about_sharing_is_recognized_in_many_forms(said):
    assert reading.read(page_with(said))["sharing"]


@pytest.mark.parametrize(
    "said",
    [
        WITHOUT_SHARING,
        "We share data with third parties. " + "x " * 200 + "We send text messages.",
        "<script>SMS is not shared</script>",
        "Our mobile app shares pictures.",
    ],
)
def test_no_sentence_about_sharing(said):
    assert not reading.read(page_with(said))["sharing"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252", "utf-8-sig"])
def test_a_page_is_read_in_its_encoding(encoding):
    assert reading.read(page_with(f"{PRIVACY} é").decode().encode(encoding))["sharing"]


@pytest.mark.parametrize(
    ("location", "codes"),
    [
        ("https://www.shop.example/home", ["page"]),
        ("/home", ["page"]),
        ("https://other.example/", ["moved", "page"]),
        ("https://shop.example.other.example/", ["moved", "page"]),
        ("http://shop.example/", ["plain", "page"]),
    ],
)
def test_where_an_address_leads(opened, location, codes):
    with Server(answer(302, Location=location), answer(200, page_with(""), **HTML)) as scripted:
        assert opened(scripted) == codes


def test_a_redirect_without_end_is_left_after_a_few_steps(opened):
    with Server(answer(302, Location="/again")) as scripted:
        assert opened(scripted) == ["astray"]

    assert len(scripted.requests) == visit.MOST_REDIRECTS + 1


def test_every_code_has_words():
    for code, (_level, said) in words.WORDS.items():
        example = {
            "code": code,
            "domain": "d",
            "status": 1,
            "found": "f",
            "kind": "k",
            "width": 1,
            "height": 1,
        }
        assert "%(" not in str(said) % example


# Safety.

INTERNAL = [
    "https://127.0.0.1/",
    "http://127.0.0.1/",
    "https://localhost/",
    "https://2130706433/",
    "https://0177.0.0.1/",
    "https://0x7f.1/",
    "https://127.1/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[fe80::1]/",
    "https://[fd00:ec2::254]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.100.100.200/",
    "https://10.0.0.1/",
    "https://192.168.1.1/",
    "https://0.0.0.0/",
]
NOT_PLAIN = [
    "https://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://[::1]:{port}/",
    "https://shop.invalid:8443/",
    "http://shop.invalid:443/",
    "https://user:word@shop.invalid/",
    "https://127.0.0.1@shop.invalid/",
    "file:///etc/passwd",
    "ftp://shop.invalid/",
    "gopher://127.0.0.1:{port}/",
    "javascript:alert(1)",
    "data:text/html,hi",
    "//shop.invalid/",
    "https://",
    "https://[::1/",
    "https://shop.invalid/\x00",
    "https://shop.invalid\r\nHost: x/",
    "",
]


@pytest.mark.parametrize(
    ("address", "code"),
    [*((each, "internal") for each in INTERNAL), *((each, "address") for each in NOT_PLAIN)],
)
@pytest.mark.promise("X93")
def test_an_address_in_our_network_or_not_plain_is_not_called(bystander, resolver, address, code):
    with Client(KEY, "https://api.telnyx.com/v2") as client:
        found = visit.visit(client, address.format(port=bystander.port), 1000)

    assert found.trouble == code or (found.trouble, address) == ("address", "https://0177.0.0.1/")
    assert bystander.connections == 0


@pytest.mark.parametrize(
    "address", [*INTERNAL, *NOT_PLAIN[:3], "file:///etc/passwd", "gopher://127.0.0.1:{port}/"]
)
@pytest.mark.promise("X93")
def test_a_redirect_into_our_network_is_not_followed(opened, bystander, resolver, address):
    with Server(answer(302, Location=address.format(port=bystander.port))) as scripted:
        codes = opened(scripted)

    assert codes[-1] in ("internal", "address")
    assert bystander.connections == 0
    assert len(scripted.requests) == 1


@pytest.mark.promise("X93")
def test_a_name_that_leads_into_our_network_is_looked_up_once_and_not_called(bystander, monkeypatch):
    answers = iter([["10.0.0.1", "169.254.169.254"], ["127.0.0.1"]])

    def look_up(host, port, **_):
        return [(0, 0, 0, "", (address, port)) for address in next(answers)]

    monkeypatch.setattr("messaging.telnyx.network.socket.getaddrinfo", look_up)
    with Client(KEY, "https://api.telnyx.com/v2") as client:
        assert visit.visit(client, "https://rebinding.test/", 1000).trouble == "internal"

    assert next(answers) == ["127.0.0.1"], "asked once"


def test_a_name_that_does_not_exist_is_called_that():
    with Client(KEY, "https://api.telnyx.com/v2") as client:
        findings, _thumbnail = judge.judge(client, "corporate_website", "https://nowhere.invalid/")

    assert findings == [{"code": "name"}]


def test_invented_businesses_are_played_only_in_a_private_demo(settings):
    settings.TELNYX_BASE_URL = "http://127.0.0.1:9/v2"
    assert visit._played("https://shop.example/a?b=1") == "http://127.0.0.1:9/sites/shop.example/a?b=1"
    assert visit._played("https://shop.test/a") == "https://shop.test/a"
    settings.PRIVATE = False
    assert visit._played("https://shop.example/a") == "https://shop.example/a"
    settings.PRIVATE, settings.TELNYX_BASE_URL = True, "https://api.telnyx.com/v2"
    assert visit._played("https://shop.example/a") == "https://shop.example/a"


BOMB = gzip.compress(b" " * 30_000_000)


@pytest.mark.parametrize(
    ("field", "step", "codes"),
    [
        ("corporate_website", server.endless(None), ["large"]),
        ("corporate_website", server.endless(300 << 20), ["large"]),
        ("corporate_website", answer(200, BOMB, Content_Encoding="gzip", **HTML), ["large"]),
        ("corporate_website", answer(200, b"?", Content_Encoding="br", **HTML), ["garbled"]),
        ("corporate_website", server.silence, ["late"]),
        ("corporate_website", server.truncated, ["garbled"]),
        ("corporate_website", server.reset_after_request, ["garbled"]),
        (named.IMAGES, server.endless(None), ["large"]),
    ],
)
@pytest.mark.promise("X93")
def test_a_hostile_answer_costs_little(opened, field, step, codes):
    started = time.monotonic()
    with Server(step) as scripted:
        assert opened(scripted, field) == codes

    assert time.monotonic() - started < 30


def test_a_drip_ends_with_the_time_for_all_steps(opened, monkeypatch):
    monkeypatch.setattr(visit, "SECONDS", 0.6)
    with Server(server.drip_body) as scripted:
        assert opened(scripted) == ["late"]


@pytest.mark.parametrize("size", [(60_000, 60_000), (8_000, 8_000)])
def test_a_picture_with_too_many_pixels_is_not_unpacked(opened, size):
    head = bytearray(picture(size=(9, 9)))
    head[16:24] = size[0].to_bytes(4, "big") + size[1].to_bytes(4, "big")
    head[29:33] = zlib.crc32(bytes(head[12:29])).to_bytes(4, "big")
    with Server(answer(200, bytes(head), Content_Type="image/png")) as scripted:
        assert opened(scripted, named.IMAGES) == ["pixels"]


def test_no_page_can_hold_the_worker(opened):
    for content in (
        b"<" * 1_900_000,
        b"<a " * 600_000,
        b"<!--" * 400_000,
        b"&#1;" * 400_000,
        b"<![" * 400_000,
    ):
        with Server(answer(200, content, **HTML)) as scripted:
            assert opened(scripted)[0] in ("thin", "page", "garbled", "not_now")


# The worker, and the pages.


@pytest.fixture
def worker(telnyx_client, sandbox, settings):
    """Return what opens all due addresses once, with the sandbox as every invented business."""
    settings.TELNYX_BASE_URL = sandbox.base_url
    return lambda: work.check_due(telnyx_client)


def later() -> None:
    """Let a minute pass for everything that was opened."""
    LinkCheck.objects.update(opened_at=timezone.now() - timedelta(minutes=2))


def codes_of(request: VerificationRequest) -> dict[str, list[str]]:
    return {
        check.field: [finding["code"] for finding in check.findings]
        for check in LinkCheck.objects.filter(request=request)
    }


def check_url(request: VerificationRequest) -> str:
    return change(request).replace("/change/", "/links/check/")


def saved(client, make, **changes) -> VerificationRequest:
    """Save a draft with these values through its form."""
    request = make()
    form = fields(client, change(request))
    assert client.post(change(request), {**form, **changes, "_save": "1"}).status_code == 302
    request.refresh_from_db()
    return request


def test_saving_a_draft_has_its_addresses_opened_and_says_what_was_found(worker, login, make):
    client = login("compliance")
    request = saved(client, make, privacy_policy_url="https://larkspur-dental.example/FAKE-NO-SHARING")
    assert text(client.get(change(request))).count("Being opened") == 8  # beside each field, and all together

    assert worker() == 4

    assert codes_of(request) == {
        "corporate_website": ["page"],
        "opt_in_workflow_image_urls": ["image"],
        "privacy_policy_url": ["no_sharing"],
        "terms_and_condition_url": ["page"],
    }
    page = client.get(change(request))
    assert "We could not find a sentence about sharing" in beside(page, "privacy_policy_url")
    assert "Checked" in beside(page, "privacy_policy_url")
    assert 'data-level="warning"' in beside(page, "privacy_policy_url")
    assert "The page opens." in beside(page, "corporate_website")
    ready = page.content.decode().split('id="readiness"')[1].split("</section>")[0]
    assert "We could not find a sentence about sharing" in ready
    assert "Being opened" not in text(page)
    assert "data-desk-refresh" not in beside(page, "corporate_website")
    assert worker() == 0


def test_a_new_draft_is_checked_too(worker, login, db):
    client = login("compliance")
    form = fields(client, ADD) | {"corporate_website": "https://new.example", "_save": "1"}
    assert client.post(ADD, form).status_code == 302

    assert worker() == 1


def test_only_changed_addresses_are_opened_again_and_old_ones_are_forgotten(worker, login, make):
    client = login("compliance")
    request = saved(client, make)
    worker()
    later()
    form = fields(client, change(request))
    client.post(change(request), {**form, "terms_and_condition_url": "https://new.example/t", "_save": "1"})

    assert worker() == 1
    assert set(LinkCheck.objects.values_list("address", flat=True)) == {
        *(address for _field, address in named.named(VerificationRequest.objects.get())),
    }


def test_a_warning_does_not_stop_submitting_and_is_shown_before(worker, login, make):
    client = login("compliance")
    request = saved(client, make, terms_and_condition_url="https://larkspur-dental.example/FAKE-404")
    worker()

    page = client.get(change(request).replace("/change/", "/submit/"))

    assert page.status_code == 200
    assert "There is no page at this address (status 404)." in text(page)


def test_a_person_has_them_opened_again_but_not_within_a_minute(worker, login, make):
    client = login("compliance")
    request = saved(client, make)
    worker()

    assert "less than a minute ago" in text(client.post(check_url(request), follow=True))
    assert worker() == 0
    later()
    assert "are being opened" in text(client.post(check_url(request), follow=True))
    assert "Being opened" in text(client.get(change(request)))
    assert worker() == 4


def test_a_request_in_review_is_checked_on_demand(worker, login, make):
    request = at_telnyx(make, "In Progress")
    client = login("compliance")
    assert "Not every address was opened yet." in text(client.get(change(request)))

    client.post(check_url(request))

    assert worker() == 4
    assert "The page opens." in text(client.get(change(request)))


@pytest.mark.parametrize("name", ["support", "auditor", "nobody"])
def test_others_have_nothing_opened(login, make, name):
    request = make()
    client = login(name)

    assert client.post(check_url(request)).status_code == 403
    assert client.get(check_url(request)).status_code in (403, 405)
    assert not LinkCheck.objects.exists()
    if name != "nobody":
        assert "check-links" not in client.get(change(request)).content.decode()


def test_one_address_is_opened_once_a_minute_and_one_of_a_host_at_a_time(worker, make):
    first, second = make(), make()
    for request in (first, second):
        work.note(request)

    assert worker() == 4, "the second request has the same addresses"
    assert worker() == 0
    later()
    assert worker() == 4


def test_one_of_a_host_is_opened_at_a_time(worker, make):
    work.note(make(opt_in_workflow_image_urls=[]))

    first, second, third = work._claim(), work._claim(), work._claim()

    assert {check.host for check in (first, second)} == {
        "larkspur-dental.example",
        "www.larkspur-dental.example",
    }
    assert third is None


def test_a_worker_that_dies_is_followed_by_another(worker, make):
    work.note(make(opt_in_workflow_image_urls=[], privacy_policy_url="", terms_and_condition_url=""))
    assert work._claim()
    assert worker() == 0
    later()

    assert worker() == 1


def test_the_thumbnail_is_ours_small_and_harmless(worker, login, make):
    client = login("compliance")
    request = saved(client, make)
    worker()
    client = login("support")
    page = client.get(change(request)).content.decode()
    check = LinkCheck.objects.get(field=named.IMAGES)
    address = f"{change(request).replace('/change/', '/links/')}{check.pk}/"
    assert f'src="{address}"' in page
    assert 'src="https://' not in page

    found = client.get(address)

    assert found["Content-Type"] == "image/jpeg"
    assert found["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert found["X-Content-Type-Options"] == "nosniff"
    with Image.open(io.BytesIO(found.content)) as image:
        assert max(image.size) == 320
        assert not image.getexif()
    assert login("nobody").get(address).status_code == 403
    other = make()
    assert client.get(f"{change(other).replace('/change/', '/links/')}{check.pk}/").status_code == 404


def test_the_parts_of_an_open_page_follow(worker, login, make):
    client = login("compliance")
    request = saved(client, make)
    parts = change(request).replace("/change/", "/links/")
    assert 'id="links" data-desk-refresh="3"' in client.get(parts).content.decode()

    worker()

    html = client.get(parts).content.decode()
    assert "data-desk-refresh" not in html
    for part in ("links", "readiness", *(f"links-{field}" for field in named.PAGES)):
        assert f'id="{part}"' in html


def test_a_page_asks_for_the_results_once_and_a_list_never(worker, login, make):
    client = login("compliance")
    request = saved(client, make)
    worker()
    for url, most in ((change(request), 1), ("/admin/tollfree/verificationrequest/", 0)):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(url)
        asked = [each["sql"] for each in queries if "tollfree_linkcheck" in each["sql"]]
        assert len(asked) == most
        assert not any('"thumbnail"' in sql for sql in asked)


def test_the_results_go_with_the_request(worker, login, make, settings):
    request = saved(login("compliance"), make)
    worker()
    [rule] = [rule for rule in retention.rules() if rule.name == "tollfree"]

    rule.apply([request.pk])

    assert not LinkCheck.objects.exists()


def test_switched_off_nothing_is_opened_and_the_page_says_so(worker, login, make, settings):
    settings.LINK_CHECK = False
    client = login("compliance")
    request = saved(client, make)

    assert not LinkCheck.objects.exists()
    assert "This desk doesn't open web addresses." in text(client.get(change(request)))
    assert "turned that off" in text(client.post(check_url(request), follow=True))
    assert worker() == 0


@pytest.mark.parametrize(
    "address", ["shop.example", "ftp://shop.example", "file:///etc/passwd", "", "https://" + "x" * 3000]
)
def test_what_is_no_web_address_is_not_queued(make, address):
    request = make(corporate_website=address[:500], opt_in_workflow_image_urls=[address])
    work.note(request)

    assert not LinkCheck.objects.filter(address__in=[address]).exists()


def test_checking_again_from_a_script_answers_in_words_and_leaves_no_message(login, make):
    client, request = login("compliance"), make()
    url = f"{LIST}{request.pk}/links/check/"

    first = client.post(url, headers={"X-Desk-Quiet": "1"})
    page = client.get(change(request))

    assert (first.status_code, first.content.decode()) == (
        200,
        "The web addresses are being opened. What is found appears below.",
    )
    assert "The web addresses are being opened. What is found appears below." not in text(page)
    assert request.links.filter(due_at__isnull=False).exists()
    assert client.post(url).headers["Location"].endswith("#links")
