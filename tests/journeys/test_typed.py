"""Nothing typed is lost: the sign-in, the tab or the browser ends while somebody types, and the text comes back."""

import re
from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Locator, Page, Route, expect

from tests.journeys.conftest import LIST, Person
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.system]

NEW_ORDER = "/admin/hosted/hostedorder/add/"
PASTE = "\n".join(f"(312) 555-{number:04d}" for number in range(1000, 1200))
BACK = "What you typed here is back."
ELSEWHERE = "in another tab, or before the browser closed."


@pytest.fixture
def person(page: Page, stack: Stack, complaints: list[str]) -> Callable[[str], Person]:
    """Somebody who signs in by the form, so that the session can end without harm to other tests."""

    def sign_in(name: str) -> Person:
        made = Person(page, stack)
        made.open("/admin/")
        log_in(page, name)
        return made

    return sign_in


def log_in(page: Page, name: str) -> None:
    page.fill("#id_username", name)
    page.fill("#id_password", "demo")
    page.locator("#login-form [type=submit]").first.click()
    page.wait_for_url(re.compile(r"^(?!.*/login/)"))


def sign_out_elsewhere(stack: Stack) -> None:
    """End every sign-in, as its age or a colleague's change of a password does."""
    stack.sql("DELETE FROM django_session RETURNING 1")
    stack.sessions.clear()


def settle(page: Page) -> None:
    """Wait until what was typed is kept."""
    page.wait_for_function("Object.keys(sessionStorage).some((key) => key.startsWith('desk-typed:'))")


def keeps(page: Page, count: int) -> None:
    """Wait until the tab and the browser keep so many entries. A page erases what is saved once its scripts run."""
    page.wait_for_function(
        "count => count === [sessionStorage, localStorage].flatMap(Object.keys)"
        ".filter((key) => key.startsWith('desk-typed:')).length",
        arg=count,
    )


def everything_kept(page: Page) -> str:
    return page.evaluate("JSON.stringify([sessionStorage, localStorage])")


def close(page: Page) -> None:
    page.close()


def crash(page: Page) -> None:
    """Make the page end without a last word."""
    with suppress(Error):  # the browser says that the page is gone
        page.goto("chrome://crash", timeout=5000)


def test_a_paste_of_200_lines_is_back_after_signing_in(person, stack):
    operator = person("operator")
    operator.open(NEW_ORDER)
    operator.page.fill("#id_text", PASTE)
    sign_out_elsewhere(stack)

    operator.press("Read numbers")
    operator.sees("What you typed is kept in this tab.")
    log_in(operator.page, "operator")

    assert operator.page.url.endswith(NEW_ORDER)
    expect(operator.page.locator("#id_text")).to_have_value(PASTE)
    operator.sees(BACK)
    operator.press("Read numbers")
    operator.page.get_by_role("button", name=re.compile("Save a draft")).click()
    operator.page.wait_for_url("**/change/")
    keeps(operator.page, 0)
    operator.open(NEW_ORDER)
    expect(operator.page.locator("#id_text")).to_have_value("")


@pytest.mark.long
def test_a_paste_is_back_if_the_sign_in_ends_after_it_was_read(person, stack):
    operator = person("operator")
    operator.open(NEW_ORDER)
    operator.page.fill("#id_text", "(312) 555-1000\n(312) 555-1001")
    operator.press("Read numbers")
    operator.page.fill("#id_text", PASTE)
    sign_out_elsewhere(stack)

    operator.press("Read numbers")
    log_in(operator.page, "operator")

    expect(operator.page.locator("#id_text")).to_have_value(PASTE)


@pytest.mark.long
def test_ticks_of_a_list_are_not_typed_text(person):
    compliance = person("compliance")
    number = compliance.submit()
    compliance.open(LIST)
    compliance.page.locator("tr", has_text=number[-4:]).locator("input.action-select").check()

    compliance.press("Delete drafts that were never sent")

    compliance.sees("Nothing was deleted.")
    assert "What you typed" not in compliance.page.inner_text("body")
    assert compliance.page.locator("input.action-select:checked").count() == 0
    keeps(compliance.page, 0)


@pytest.mark.promise("A16")
def test_a_toll_free_form_is_back_after_signing_in(person, stack):
    compliance = person("compliance")
    compliance.open(f"{LIST}add/")
    compliance.fill(businessName="Kept Bakery LLC")
    sign_out_elsewhere(stack)

    compliance.press("Save draft")
    log_in(compliance.page, "compliance")

    expect(compliance.page.locator("#id_business_name")).to_have_value("Kept Bakery LLC")
    expect(compliance.page.locator("#id_use_case_summary")).not_to_have_value("")
    compliance.sees(BACK)
    compliance.press("Save draft")
    compliance.sees("Draft saved")
    keeps(compliance.page, 0)


def test_a_text_message_is_back_even_from_the_page_that_asks_whether_to_send(person, stack):
    operator = person("operator")
    operator.open("/admin/messaging/composedmessage/new/message/")
    page = operator.page
    page.fill("#id_text", "Your order is ready")
    page.fill("#id_recipients", "+13125550100")
    sign_out_elsewhere(stack)

    operator.press("Check before sending")
    log_in(page, "operator")

    expect(page.locator("#id_text")).to_have_value("Your order is ready")
    expect(page.locator("#id_recipients")).to_have_value("+13125550100")
    operator.sees(BACK)


@pytest.mark.long
def test_an_rcs_message_is_back_after_signing_in(person, stack):
    operator = person("operator")
    operator.open("/admin/rcs/rcsmessage/new/")
    page = operator.page
    page.locator("#rcs-builder textarea").first.fill("Hello from the bakery")
    page.fill("#id_to", "+13125550100")
    sign_out_elsewhere(stack)

    page.locator(".desk-actions").get_by_role("button", name="Check before sending").click()
    log_in(page, "operator")

    expect(page.locator("#rcs-builder textarea").first).to_have_value("Hello from the bakery")
    expect(page.locator("#id_to")).to_have_value("+13125550100")


@pytest.mark.long
def test_a_form_of_the_admin_is_back_without_its_password(person, stack):
    admin = person("admin")
    admin.open("/admin/auth/user/add/")
    page = admin.page
    page.fill("#id_username", "newcomer")
    page.fill("#id_password1", "correct horse battery")
    sign_out_elsewhere(stack)

    admin.press("Save")
    log_in(page, "admin")

    expect(page.locator("#id_username")).to_have_value("newcomer")
    expect(page.locator("#id_password1")).to_have_value("")
    admin.sees("Type codes and passwords again: they are not kept.")
    assert "newcomer" in everything_kept(page)
    assert "correct horse" not in everything_kept(page)


def test_signing_out_erases_what_was_typed(person, stack):
    operator = person("operator")
    operator.open(NEW_ORDER)
    operator.page.fill("#id_text", "(312) 555-1000")
    settle(operator.page)

    with operator.page.expect_navigation():
        operator.page.evaluate("setTimeout(() => document.getElementById('logout-form').requestSubmit())")

    keeps(operator.page, 0)
    operator.open(NEW_ORDER)
    log_in(operator.page, "operator")
    operator.open(NEW_ORDER)
    expect(operator.page.locator("#id_text")).to_have_value("")


def test_another_person_in_the_same_tab_sees_nothing_of_it(person, stack):
    operator = person("operator")
    operator.open(NEW_ORDER)
    operator.page.fill("#id_text", "(312) 555-1000")
    sign_out_elsewhere(stack)
    operator.press("Read numbers")

    log_in(operator.page, "admin")

    assert operator.page.url.endswith(NEW_ORDER)
    expect(operator.page.locator("#id_text")).to_have_value("")
    keeps(operator.page, 0)
    assert operator.page.locator("#desk-typed-back").count() == 0


def test_an_open_page_says_that_the_sign_in_ended_and_goes_on_after_it(person, stack):
    operator = person("operator")
    operator.open(NEW_ORDER)
    page = operator.page
    page.fill("#id_text", "(312) 555-1000")
    sign_out_elsewhere(stack)

    operator.sees("You have been signed out.")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    log_in(opened.value, "operator")
    expect(opened.value.locator("body")).to_contain_text("Close this tab and continue in the other one.")
    opened.value.close()

    operator.sees("You are signed in again.")
    expect(page.locator("#id_text")).to_have_value("(312) 555-1000")
    operator.press("Read numbers")
    operator.sees("What we read")


@pytest.mark.long
def test_a_form_older_than_a_sign_in_leads_back_to_what_was_typed(person, complaints):
    operator = person("operator")
    operator.open(NEW_ORDER)
    page = operator.page
    page.fill("#id_text", "(312) 555-1000")
    # As another tab does in which the same person signs in: the token of this form is no longer good.
    page.evaluate("document.cookie = `csrftoken=${'a'.repeat(32)}; path=/`")

    with page.expect_response(lambda answer: answer.request.method == "POST"):
        operator.press("Read numbers")
    operator.sees("Nothing was sent or changed.")
    complaints.clear()  # the browser reports the refusal
    page.get_by_role("link", name="Go back to the page").click()

    expect(page.locator("#id_text")).to_have_value("(312) 555-1000")
    operator.sees(BACK)


@pytest.mark.long
def test_discarding_what_is_back_empties_the_form(person, stack):
    operator = person("operator")
    operator.open(NEW_ORDER)
    operator.page.fill("#id_text", "(312) 555-1000")
    settle(operator.page)
    operator.page.reload()
    operator.sees(BACK)

    operator.press("Discard what I typed")

    expect(operator.page.locator("#id_text")).to_have_value("")
    operator.page.reload()
    expect(operator.page.locator("#id_text")).to_have_value("")


@pytest.mark.long
def test_a_new_form_offers_what_was_left_in_an_earlier_one(person):
    """Two customers' numbers must not mix."""
    operator = person("operator")
    page = operator.page
    operator.open(NEW_ORDER)
    page.fill("#id_text", PASTE)
    settle(page)

    operator.open(NEW_ORDER)

    operator.sees("was not saved or sent.")
    operator.sees("“(312) 555-1000” (200 lines)")
    assert page.locator("#desk-typed-back").count() == 0
    expect(page.locator("#id_text")).to_have_value("")
    page.fill("#id_text", "(312) 555-2000")
    operator.press("Bring it back")
    expect(page.locator("#id_text")).to_have_value(PASTE)
    operator.open(NEW_ORDER)
    for text in ("“(312) 555-1000” (200 lines)", "“(312) 555-2000”"):
        page.locator(".desk-note", has_text=text).get_by_role("button", name="Discard it").click()
    operator.open(NEW_ORDER)
    expect(page.locator("#id_text")).to_have_value("")
    expect(page.get_by_role("button", name="Bring it back")).to_have_count(0)


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "path", "field", "text"),
    [
        ("operator", "/admin/messaging/composedmessage/new/message/", "#id_text", "Your order is ready"),
        ("operator", "/admin/rcs/rcsmessage/new/", "#id_to", "+13125550100"),
        ("operator", "/admin/rcs/capability/check/", "#id_numbers", "+13125550100"),
        ("compliance", f"{LIST}add/", "#id_business_name", "Left Bakery LLC"),
    ],
)
def test_every_form_that_starts_something_new_offers_what_was_left(person, name, path, field, text):
    someone = person(name)
    page = someone.page
    someone.open(path)
    page.fill(field, text)
    settle(page)
    page.on("dialog", lambda dialog: dialog.accept())

    someone.open(path)

    expect(page.locator(field)).to_have_value("")
    someone.sees(f"“{text}”")
    someone.press("Bring it back")
    expect(page.locator(field)).to_have_value(text)
    someone.sees(BACK)


@pytest.mark.long
def test_what_is_saved_is_not_kept_again_while_the_next_page_is_on_its_way(person):
    """An answer for the banner, which comes in between, says that it is saved."""
    operator = person("operator")
    page = operator.page
    new_draft(operator, "(312) 555-3200")
    page.fill("#id_note", "For the bakery")

    def answer_in_between(route: Route) -> None:
        page.evaluate(
            "fetch('/admin/desk/banner/')"
            ".then((answer) => document.dispatchEvent(new CustomEvent('desk:answer', { detail: answer })))"
        )
        route.continue_()

    page.route("**/change/", answer_in_between)
    with page.expect_navigation():
        page.locator("#draft-form").get_by_role("button", name="Save draft").click()

    operator.sees("Draft saved.")
    keeps(page, 0)
    assert page.locator("#desk-typed-back").count() == 0


@pytest.mark.long
def test_the_sign_in_page_promises_only_what_is_kept(person, stack):
    admin = person("admin")
    page = admin.page
    admin.open("/admin/auth/user/add/")
    page.fill("#id_password1", "correct horse battery")
    sign_out_elsewhere(stack)

    admin.press("Save")
    admin.sees("Codes, passwords and files are never kept.")
    expect(page.get_by_text("What you typed is kept in this tab.")).to_be_hidden()
    log_in(page, "admin")

    admin.sees("Type codes and passwords again: they are not kept.")
    assert page.get_by_role("button", name="Discard what I typed").count() == 0
    admin.open("/admin/auth/user/add/")
    assert page.locator("#desk-typed-back").count() == 0


@pytest.mark.long
def test_closing_without_saving_keeps_nothing(person, stack):
    operator = person("operator")
    operator.open(NEW_ORDER)
    operator.page.fill("#id_text", "(312) 555-1000")
    settle(operator.page)

    operator.page.get_by_role("link", name="Close without saving").click()
    operator.page.wait_for_url("**/hostedorder/")

    keeps(operator.page, 0)


def new_draft(person: Person, number: str) -> None:
    person.open(NEW_ORDER)
    person.page.fill("#id_text", number)
    person.press("Read numbers")
    person.page.get_by_role("button", name=re.compile("Save a draft")).click()
    person.page.wait_for_url("**/change/")


def test_an_error_in_a_fold_is_open_and_in_view(person):
    operator = person("operator")
    page = operator.page
    page.set_viewport_size({"width": 1280, "height": 500})
    new_draft(operator, "(312) 555-3100")
    fold = page.locator("#add-numbers")
    fold.locator("summary").click()

    operator.press("Add numbers")

    expect(fold.get_by_text("Paste numbers, or choose a file.")).to_be_in_viewport()


@pytest.mark.long
def test_the_script_opens_the_fold_of_an_error_and_puts_the_cursor_there(person):
    """Wherever the server leaves a fold closed."""
    operator = person("operator")
    page = operator.page
    page.set_viewport_size({"width": 1280, "height": 500})
    page.route(
        "**/hostedorder/add/",
        lambda route: route.fulfill(
            response=(answer := route.fetch()),
            body=answer.text().replace(
                '<div class="desk-actions">',
                '<div class="ho-earlier"></div>'
                * 60
                + '<details id="folded"><summary>More</summary><div class="desk-row" data-wrong>'
                '<input id="wrong" name="wrong" aria-invalid="true"></div></details><div class="desk-actions">',
                1,
            ),
        ),
    )

    operator.open(NEW_ORDER)

    expect(page.locator("#wrong")).to_be_focused()
    expect(page.locator("#wrong")).to_be_in_viewport()


@pytest.mark.long
def test_what_the_desk_says_is_in_view_after_a_jump_to_a_part_of_the_page(person):
    operator = person("operator")
    page = operator.page
    page.set_viewport_size({"width": 1280, "height": 600})
    new_draft(operator, "(312) 555-3000")
    page.locator("#add-numbers > summary").click()
    page.fill("#id_text", "\n".join(f"(312) 555-{number:04d}" for number in range(1000, 1060)))

    operator.press("Add numbers")
    page.wait_for_url("**#numbers")

    said = page.locator("#desk-messages").get_by_text("60 numbers added.")
    expect(said).to_be_in_viewport()
    page.locator("#desk-messages").get_by_role("button", name="Close").click()
    expect(said).not_to_be_in_viewport()


@pytest.mark.long
def test_any_button_of_a_draft_keeps_the_note_and_the_numbers(person):
    operator = person("operator")
    page = operator.page
    new_draft(operator, "(312) 555-2000")
    page.fill("#id_note", "For the bakery")
    page.locator("#add-numbers > summary").click()
    page.fill("#id_text", "(312) 555-2001")

    page.get_by_role("button", name="Check eligibility").first.click()

    operator.sees("We've asked Telnyx.")
    expect(page.locator("#id_note")).to_have_value("For the bakery")
    expect(page.locator("#numbers")).to_contain_text("+1 312 555 2001")
    keeps(page, 0)
    assert page.locator("#desk-typed-back").count() == 0


def test_a_reason_typed_elsewhere_on_the_page_is_carried_along(person):
    """A form of its own on the same page: what is typed there is back after another button, for its number only."""
    compliance = person("compliance")
    page = compliance.page
    note = page.locator("#promise [name=note]")

    def look_up(number: str) -> None:
        compliance.open("/admin/messaging/optout/")
        page.fill("#look-up-number", number)
        compliance.press("Look up number")
        compliance.sees("Consent to texts")

    look_up("+13125550100")
    page.locator("#promise > summary").click()
    note.fill("Called us on Monday")
    page.get_by_role("button", name="Read Telnyx's list now").first.click()
    page.wait_for_url("**/optout/")

    look_up("+13125550199")
    expect(note).to_have_value("")
    look_up("+13125550100")
    expect(note).to_have_value("Called us on Monday")
    expect(note).to_be_visible()


@pytest.mark.long
def test_codes_that_were_typed_stay_when_another_code_is_requested(person, stack, complaints):
    """They are kept nowhere, so the page stays where it is."""
    operator = person("operator")
    page = operator.page
    numbers = ("+13125553001", "+13125553002")
    new_draft(operator, "\n".join(numbers))
    page.select_option("#id_messaging_profile", index=1)
    operator.press("Check eligibility")
    expect(page.locator("#title-next")).to_have_text("Create order")
    page.get_by_role("button", name="Check before ordering").first.click()
    page.wait_for_url("**/submit/")
    operator.press("Create order")
    expect(page.locator("#title-next")).to_have_text("Prove the numbers are yours")
    page.fill(f"[name='code{numbers[0]}']", "1234")
    count: list[str] = []
    page.on("load", lambda loaded: count.append(loaded.url))

    page.select_option(f"[name='way{numbers[1]}']", "call")
    page.select_option(f"[name='way{numbers[0]}']", "")
    operator.press("Send codes")

    operator.sees("The codes you typed are still here.")
    expect(page.locator(f"[name='code{numbers[0]}']")).to_have_value("1234")
    row = page.locator(f"[data-code-row='{numbers[1]}']")
    expect(row).to_contain_text("Called")
    expect(row).to_contain_text("You can resend at")
    expect(page.locator("#news")).to_be_hidden()
    expect(page.locator(f"[name='code{numbers[0]}']")).to_have_value("1234")
    page.fill(f"[name='code{numbers[0]}']", "")
    page.get_by_text("Paste many codes").click()
    page.fill("#paste", "+13125559999 77777")
    page.locator("#many").get_by_role("button", name="Check codes").click()
    operator.sees("Nothing was checked.")
    operator.sees("line 1 (+1 312 555 9999)")
    expect(page.locator("#paste")).to_have_value("+13125559999 77777")
    complaints.clear()  # the browser reports the refusal
    assert count == []
    assert not {"1234", "77777"} & set(
        re.findall(r"\w+", everything_kept(page))
    )  # a time may contain the digits


def test_a_lost_answer_is_said_and_sending_again_makes_no_second_draft(person, stack):
    compliance = person("compliance")
    page = compliance.page
    compliance.open(f"{LIST}add/")
    page.fill("#id_business_name", "Lost Answer LLC")

    def lose(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch(max_redirects=0)
            route.fulfill(status=204)
        else:
            route.continue_()

    page.route("**/verificationrequest/add/", lose)
    compliance.press("Save draft")
    page.wait_for_timeout(1000)
    page.unroute("**/verificationrequest/add/")
    page.context.clear_cookies(name=re.compile("desk_saved"))
    page.on("dialog", lambda dialog: dialog.accept())
    compliance.open(f"{LIST}add/")

    compliance.sees("Your last click got no answer")
    expect(page.locator("#id_business_name")).to_have_value("Lost Answer LLC")
    compliance.press("Save draft")
    page.wait_for_url("**/change/")
    found = stack.sql(
        "SELECT count(*) FROM tollfree_verificationrequest WHERE business_name = 'Lost Answer LLC'"
    )
    assert found == [(1,)]


def test_what_a_colleague_saved_while_i_was_signed_out_is_compared(person, stack):
    compliance = person("compliance")
    page = compliance.page
    compliance.open(f"{LIST}add/")
    page.fill("#id_business_name", "Three Ways LLC")
    compliance.press("Save draft")
    page.wait_for_url("**/change/")
    page.fill("#id_business_city", "Peoria")
    settle(page)
    sign_out_elsewhere(stack)
    compliance.press("Save draft")
    stack.sql(
        "UPDATE tollfree_verificationrequest SET business_city = 'Chicago', business_zip = '60601', "
        "version = version + 1 WHERE business_name = 'Three Ways LLC' RETURNING 1"
    )
    log_in(page, "compliance")

    expect(page.locator("#id_business_city")).to_have_value("Peoria")
    expect(page.locator("#id_business_zip")).to_have_value("60601")
    compliance.press("Save draft")
    compliance.sees("Changed in two places")
    page.get_by_label("Keep what is saved now").check()
    compliance.press("Save draft")
    compliance.sees("Draft saved")
    expect(page.locator("#id_business_city")).to_have_value("Chicago")
    expect(page.locator("#id_business_zip")).to_have_value("60601")
    keeps(page, 0)


def another_tab(person: Person) -> Person:
    return Person(person.page.context.new_page(), person.stack)


def type_numbers(person: Person, text: str) -> None:
    person.open(NEW_ORDER)
    person.page.fill("#id_text", text)
    settle(person.page)


def offered(page: Page, text: str = ELSEWHERE) -> Locator:
    return page.locator(".desk-note", has_text=text)


def has_looked(page: Page) -> None:
    """Wait until the page has looked for text of other tabs: it says so after it asked which are open."""
    page.evaluate("navigator.locks.query().then(() => new Promise((done) => setTimeout(done, 200)))")


@pytest.mark.parametrize("end", [close, crash])
def test_text_of_a_tab_that_is_gone_is_offered_in_another_one(person, end):
    operator = person("operator")
    type_numbers(operator, PASTE)
    context = operator.page.context
    end(operator.page)

    second = Person(context.new_page(), operator.stack)
    second.open(NEW_ORDER)

    expect(offered(second.page)).to_contain_text("“(312) 555-1000” (200 lines)")
    expect(second.page.locator("#id_text")).to_have_value("")
    second.press("Bring it back")
    expect(second.page.locator("#id_text")).to_have_value(PASTE)
    second.sees(BACK)
    third = another_tab(second)
    third.open(NEW_ORDER)
    has_looked(third.page)
    expect(offered(third.page)).to_have_count(0)
    second.press("Read numbers")
    second.page.get_by_role("button", name=re.compile("Save a draft")).click()
    second.page.wait_for_url("**/change/")
    keeps(second.page, 0)


@pytest.mark.long
def test_text_in_an_open_tab_is_not_offered_as_lost_and_tabs_overwrite_nothing(person):
    operator = person("operator")
    type_numbers(operator, "(312) 555-1000")
    operator.open("/admin/")
    second = another_tab(operator)

    second.open(NEW_ORDER)
    has_looked(second.page)
    expect(offered(second.page)).to_have_count(0)
    second.page.fill("#id_text", "(312) 555-2000")
    settle(second.page)
    third = another_tab(operator)
    operator.page.close()
    second.page.close()

    third.open(NEW_ORDER)
    expect(offered(third.page, "“(312) 555-1000”")).to_be_visible()
    offered(third.page, "“(312) 555-2000”").get_by_role("button", name="Discard it").click()
    third.page.reload()
    expect(offered(third.page)).to_have_count(1)
    expect(offered(third.page)).to_contain_text("“(312) 555-1000”")


@pytest.mark.long
def test_a_duplicated_tab_keeps_its_own_text(person):
    operator = person("operator")
    type_numbers(operator, "(312) 555-1000")

    with operator.page.expect_popup() as opened:  # starts with a copy of the tab's store, as a duplicate does
        operator.page.evaluate("void open(location.href)")
    copy = Person(opened.value, operator.stack)
    has_looked(copy.page)
    expect(copy.page.get_by_role("button", name="Bring it back")).to_have_count(0)
    copy.page.fill("#id_text", "(312) 555-2000")
    third = another_tab(operator)
    copy.page.wait_for_function("Object.values(localStorage).some((entry) => entry.includes('555-2000'))")
    operator.page.close()
    copy.page.close()

    third.open(NEW_ORDER)
    expect(offered(third.page, "“(312) 555-1000”")).to_be_visible()
    expect(offered(third.page, "“(312) 555-2000”")).to_be_visible()


@pytest.mark.long
def test_what_one_tab_saves_is_no_longer_offered_in_another(person):
    operator = person("operator")
    type_numbers(operator, "(312) 555-1000")
    second, third = another_tab(operator), another_tab(operator)
    operator.page.close()
    second.open(NEW_ORDER)
    third.open(NEW_ORDER)
    expect(offered(third.page)).to_be_visible()

    second.press("Bring it back")

    expect(offered(third.page)).to_have_count(0)
    second.press("Read numbers")
    second.page.get_by_role("button", name=re.compile("Save a draft")).click()
    second.page.wait_for_url("**/change/")
    second.page.close()
    third.page.reload()
    has_looked(third.page)
    expect(offered(third.page)).to_have_count(0)
    keeps(third.page, 0)


@pytest.mark.long
def test_signing_out_erases_the_text_of_every_tab(person):
    operator = person("operator")
    type_numbers(operator, "(312) 555-1000")
    second, third = another_tab(operator), another_tab(operator)
    operator.page.close()
    type_numbers(second, "(312) 555-2000")
    third.open("/admin/")

    with third.page.expect_navigation():
        third.page.evaluate("setTimeout(() => document.getElementById('logout-form').requestSubmit())")

    second.sees("You have been signed out.")
    keeps(second.page, 0)
    keeps(third.page, 0)


def test_somebody_else_who_signs_in_is_offered_nothing_and_nothing_of_it_stays(person, stack):
    operator = person("operator")
    type_numbers(operator, "(312) 555-1000")
    second, other = another_tab(operator), another_tab(operator)
    operator.page.close()
    type_numbers(second, "(312) 555-2000")
    sign_out_elsewhere(stack)

    other.open(NEW_ORDER)
    log_in(other.page, "admin")

    second.sees("Someone else is signed in now")
    has_looked(other.page)
    expect(offered(other.page)).to_have_count(0)
    second.page.fill("#id_text", "(312) 555-3000")
    has_looked(second.page)
    second.page.close()
    keeps(other.page, 0)


@pytest.mark.long
def test_text_from_a_closed_tab_is_compared_with_what_a_colleague_saved_meanwhile(person, stack):
    compliance = person("compliance")
    compliance.open(f"{LIST}add/")
    compliance.page.fill("#id_business_name", "Closed Tab LLC")
    compliance.press("Save draft")
    compliance.page.wait_for_url("**/change/")
    compliance.page.fill("#id_business_city", "Peoria")
    settle(compliance.page)
    address = compliance.page.url
    second = another_tab(compliance)
    compliance.page.close()
    stack.sql(
        "UPDATE tollfree_verificationrequest SET business_city = 'Chicago', business_zip = '60601', "
        "version = version + 1 WHERE business_name = 'Closed Tab LLC' RETURNING 1"
    )

    second.page.goto(address)
    expect(second.page.locator("#id_business_city")).to_have_value("Chicago")
    second.press("Bring it back")
    expect(second.page.locator("#id_business_city")).to_have_value("Peoria")
    second.press("Save draft")
    second.sees("Changed in two places")
    second.page.get_by_label("Keep what is saved now").check()
    second.press("Save draft")

    second.sees("Draft saved")
    expect(second.page.locator("#id_business_zip")).to_have_value("60601")
    keeps(second.page, 0)


@pytest.mark.long
def test_a_full_store_of_the_browser_loses_nothing_in_the_tab(person):
    operator = person("operator")
    operator.open(NEW_ORDER)
    operator.page.evaluate("""() => {
        for (let size = 1 << 22; size; size = size >> 1) {
            for (let part = 0; ; part += 1) {
                try { localStorage.setItem(`full-${size}-${part}`, "x".repeat(size)); } catch { break; }
            }
        }
    }""")

    type_numbers(operator, PASTE)
    operator.open(NEW_ORDER)

    operator.press("Bring it back")
    expect(operator.page.locator("#id_text")).to_have_value(PASTE)
    operator.page.reload()
    operator.sees(BACK)
    expect(operator.page.locator("#id_text")).to_have_value(PASTE)


@pytest.mark.long
def test_old_text_is_erased_even_by_the_sign_in_page(person, stack):
    operator = person("operator")
    type_numbers(operator, "(312) 555-1000")
    second = another_tab(operator)
    operator.page.close()
    second.open("/admin/")
    second.page.evaluate("""() => {
        const key = Object.keys(localStorage).find((one) => one.startsWith('desk-typed:'));
        const entry = JSON.parse(localStorage.getItem(key));
        localStorage.setItem(key, JSON.stringify({ ...entry, at: entry.at - 13 * 3600e3 }));
    }""")
    keeps(second.page, 1)
    sign_out_elsewhere(stack)

    second.open(NEW_ORDER)

    expect(second.page.locator("#id_username")).to_be_visible()
    second.page.wait_for_function("!Object.keys(localStorage).some((key) => key.startsWith('desk-typed:'))")
