"""RCS content: every broken rule has a message, and content without one passes Telnyx's description and the sandbox."""

import copy
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rcs.content import decode_postback, encode_postback, needs, problems, summary
from rcs.content import limits as our_limits
from tests.description import as_sent, strict_judge
from tests.sandbox.contract import load
from tests.sandbox.hosted_control import PROFILE_ID
from tests.sandbox.rcs_control import AGENT_ID

PAGE = "https://shop.example.com/t/8842"
OPEN = {"url": PAGE, "application": "BROWSER", "webview_view_mode": "WEBVIEW_VIEW_MODE_UNSPECIFIED"}
REPLY: dict[str, Any] = {"reply": {"text": "Confirm", "postback_data": "Y29uZmlybQ=="}}
ENTRY = {"title": "Visit", "start_time": "2026-10-02T15:00:00Z", "end_time": "2026-10-02T16:00:00Z"}


def action(**members: Any) -> dict[str, Any]:
    return {"action": {"text": "Track", **members}}


def card(**members: Any) -> dict[str, Any]:
    return {"title": "Parcel 8842", **members}


def alone(content: Any, **members: Any) -> dict[str, Any]:
    shape = {"card_orientation": "VERTICAL", "thumbnail_image_alignment": "LEFT", "card_content": content}
    return {"rich_card": {"standalone_card": shape | members}}


def several(cards: Any, **members: Any) -> dict[str, Any]:
    return {"rich_card": {"carousel_card": {"card_width": "SMALL", "card_contents": cards} | members}}


def with_button(button: Any) -> dict[str, Any]:
    return {"text": "Hello", "suggestions": [button]}


def entry(**members: Any) -> dict[str, Any]:
    return with_button(action(create_calendar_event_action=ENTRY | members))


def place(**members: Any) -> dict[str, Any]:
    return with_button(action(view_location_action=members))


CARDS = "rich_card.carousel_card.card_contents"
BUTTON = "suggestions.0"
EVENT = f"{BUTTON}.action.create_calendar_event_action"
WHERE = f"{BUTTON}.action.view_location_action"
# What is wrong, where it is reported, and words of the message.
WRONG: list[tuple[Any, str, str]] = [
    (None, "", "isn't in the format Telnyx needs"),
    ({}, "", "Type a text, or choose"),
    ({"text": ""}, "text", "Type a text"),
    ({"text": "  "}, "text", "Type a text"),
    ({"text": 5}, "text", "This must be text"),
    ({"text": "a\x00b"}, "text", "This contains a character that"),
    ({"text": "x" * 3073}, "text", "At most 3072 characters; you have 3073"),
    ({"text": "x", "surprise": 1}, "surprise", "doesn't recognize “surprise”"),
    ({"text": "x", **alone(card())}, "", "only one of them"),
    ({"content_info": {}}, "content_info.file_url", "Type the file URL"),
    ({"content_info": {"file_url": "no address"}}, "content_info.file_url", "can't contain spaces"),
    ({"content_info": {"file_url": "ftp://a.example"}}, "content_info.file_url", "https://"),
    ({"content_info": {"file_url": PAGE, "force_refresh": "yes"}}, "content_info.force_refresh", "yes or no"),
    ({"rich_card": {}}, "rich_card", "Choose either one card or a carousel"),
    (alone(card(), card_orientation="UP"), "rich_card.standalone_card.card_orientation", "VERTICAL"),
    (alone({}), "rich_card.standalone_card.card_content", "title or a picture"),
    (alone({"description": "x"}), "rich_card.standalone_card.card_content", "title or a picture"),
    (alone(card(media={})), "rich_card.standalone_card.card_content.media.content_info.file_url", "the file"),
    (alone(card(media={"height": "HUGE"})), "rich_card.standalone_card.card_content.media.height", "TALL"),
    (several([card()]), CARDS, "at least 2 cards"),
    (several([card()] * 11), CARDS, "At most 10 cards; you have 11"),
    (several("none"), CARDS, "isn't in the format Telnyx needs"),
    (several([card()] * 3 + [card(title="x" * 201)]), f"{CARDS}.3.title", "At most 200"),
    (several([card(), card(description="x" * 2001)]), f"{CARDS}.1.description", "At most 2000"),
    (several([card(), card(suggestions=[REPLY] * 11)]), f"{CARDS}.1.suggestions", "At most 10 buttons"),
    ({"text": "x", "suggestions": [REPLY] * 12}, "suggestions", "At most 11 buttons"),
    ({"text": "x", "suggestions": {}}, "suggestions", "isn't in the format Telnyx needs"),
    (with_button({}), BUTTON, "choose one"),
    (with_button(REPLY | action(dial_action={"phone_number": "+13125550123"})), BUTTON, "choose one"),
    (with_button({"reply": {"text": "x" * 26}}), f"{BUTTON}.reply.text", "At most 25 characters"),
    (with_button({"reply": {}}), f"{BUTTON}.reply.text", "Type the button text"),
    (
        with_button({"reply": {"text": "x", "postback_data": "not base64!"}}),
        f"{BUTTON}.reply.postback_data",
        "64",
    ),
    (
        with_button({"reply": {"text": "x", "postback_data": encode_postback("x" * 1537)}}),
        f"{BUTTON}.reply.postback_data",
        "at most 2048 characters in base64; you have 2052",
    ),
    (with_button(action()), f"{BUTTON}.action", "Choose one thing for the button to do"),
    (
        with_button(action(share_location_action={}, dial_action={"phone_number": "+13125550123"})),
        f"{BUTTON}.action",
        "Choose one thing for the button to do",
    ),
    (
        with_button(action(fallback_url="x", share_location_action={})),
        f"{BUTTON}.action.fallback_url",
        "https://",
    ),
    (
        with_button(action(fallback_url=PAGE + "x" * 2048, share_location_action={})),
        f"{BUTTON}.action.fallback_url",
        "At most 2048",
    ),
    (
        with_button(action(open_url_action={})),
        f"{BUTTON}.action.open_url_action.url",
        "Type the URL the button opens",
    ),
    (
        with_button(action(open_url_action={"url": PAGE})),
        f"{BUTTON}.action.open_url_action.application",
        "requires",
    ),
    (
        with_button(action(dial_action={"phone_number": "312 555 0123"})),
        f"{BUTTON}.action.dial_action.phone_number",
        "with its country code",
    ),
    (place(), WHERE, "Enter the place"),
    (place(lat_long={"latitude": 91, "longitude": 0}), f"{WHERE}.lat_long.latitude", "from -90 to 90"),
    (
        place(lat_long={"latitude": 0, "longitude": 10**400}),
        f"{WHERE}.lat_long.longitude",
        "from -180 to 180",
    ),
    (place(lat_long={"latitude": True, "longitude": 0}), f"{WHERE}.lat_long.latitude", "a number"),
    (entry(end_time="2026-10-02T15:00:00Z"), f"{EVENT}.end_time", "after the start"),
    (entry(start_time="tomorrow"), f"{EVENT}.start_time", "time zone"),
    (entry(start_time="2026-13-02T15:00:00Z"), f"{EVENT}.start_time", "time zone"),
    (entry(title="x" * 101), f"{EVENT}.title", "At most 100"),
    (entry(description="x" * 501), f"{EVENT}.description", "At most 500"),
]


@pytest.mark.parametrize(("content", "pointer", "words"), WRONG)
def test_a_broken_rule_has_one_sentence_beside_its_member(content, pointer, words):
    found = problems(content)

    assert [problem.pointer for problem in found].count(pointer) == 1
    assert any(problem.pointer == pointer and words in problem.words for problem in found)


@pytest.mark.promise("R2")
def test_an_eleventh_card_and_a_label_of_26_characters_are_refused():
    assert [problem.words for problem in problems(several([card()] * 11))] == [
        "At most 10 cards; you have 11."
    ]
    assert not problems(several([card()] * 10))
    assert problems(with_button({"reply": {"text": "x" * 26}}))
    assert not problems(with_button({"reply": {"text": "x" * 25}}))


@pytest.mark.parametrize(
    "url", ["shop", "https://", "https://localhost/x", "https://10.0.0.1/", "https://[", "//a"]
)
@pytest.mark.promise("R3")
def test_an_invalid_address_is_refused(url):
    found = problems(with_button(action(open_url_action=OPEN | {"url": url})))

    assert [problem.pointer for problem in found] == [f"{BUTTON}.action.open_url_action.url"]


# What is needed, said and sent back.


def test_it_says_what_the_handset_must_be_able_to_show():
    inside = OPEN | {"application": "WEBVIEW"}
    buttons = [REPLY, action(open_url_action=inside), action(dial_action={"phone_number": "+13125550123"})]

    assert needs({"text": "x", "suggestions": [REPLY]}) == set()
    assert needs(alone(card())) == {"RICHCARD_STANDALONE"}
    assert needs(several([card(suggestions=buttons), card()])) == {
        "RICHCARD_CAROUSEL",
        "ACTION_OPEN_URL_IN_WEBVIEW",
        "ACTION_DIAL",
    }
    assert needs(with_button(action(open_url_action=OPEN))) == {"ACTION_OPEN_URL"}
    # With a page to open instead, it shows on every phone.
    assert needs(with_button(action(fallback_url=PAGE, share_location_action={}))) == set()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"text": "Order  8842\nships"}, "Order 8842 ships"),
        (
            {"content_info": {"file_url": "https://cdn.example.com/a/label%20one.pdf?x=1"}},
            "File label one.pdf",
        ),
        (alone(card(suggestions=[REPLY])), "Card “Parcel 8842”, 1 button"),
        (
            several([card(suggestions=[REPLY]), card(suggestions=[REPLY])]),
            "2 cards, first “Parcel 8842”, 2 buttons",
        ),
        ({}, "Nothing"),
        (None, ""),
    ],
)
def test_it_has_a_line_for_lists(content, words):
    assert summary(content) == words


def test_a_postback_is_base64_when_sent_and_anything_when_received():
    assert decode_postback(encode_postback("Bestätigt ✓")) == "Bestätigt ✓"
    assert [decode_postback(value) for value in ("confirm", "YES1", "", "%%%")] == [
        "confirm",
        "YES1",
        "",
        "%%%",
    ]


# Telnyx accepts whatever passes.

label = st.text("Aé✓ b", min_size=1, max_size=30)
url = st.sampled_from([PAGE, "http://a.example", "no address", "https://x.example/" + "y" * 2040])
postback = st.one_of(st.builds(encode_postback, st.text(max_size=20)), st.sampled_from(["plain", "QQ==", ""]))
moment = st.sampled_from(["2026-10-02T15:00:00Z", "2026-10-03T15:00:00+02:00", "2026-10-02 15:00", "x"])


def thing(required: dict[str, Any], **optional: Any) -> Any:
    return st.fixed_dictionaries(required, optional=optional)


file = thing({"file_url": url}, thumbnail_url=url, force_refresh=st.booleans())
actions: st.SearchStrategy[dict[str, Any]] = st.one_of(
    thing(
        {
            "open_url_action": thing(
                {
                    "url": url,
                    "application": st.sampled_from(our_limits.APPLICATIONS),
                    "webview_view_mode": st.sampled_from([*our_limits.VIEW_MODES, "X"]),
                },
                description=label,
            )
        }
    ),
    thing({"dial_action": thing({"phone_number": st.sampled_from(["+13125550123", "312"])})}),
    thing(
        {
            "view_location_action": thing(
                {},
                query=label,
                label=label,
                lat_long=thing({"latitude": st.floats(-100, 100), "longitude": st.floats(-190, 190)}),
            )
        }
    ),
    st.just({"share_location_action": {}}),
    thing(
        {
            "create_calendar_event_action": thing(
                {"title": label, "start_time": moment, "end_time": moment}, description=label
            )
        }
    ),
)
buttons = st.lists(
    st.one_of(
        thing({"reply": thing({"text": label}, postback_data=postback)}),
        st.builds(
            lambda what, said: {"action": what | said},
            actions,
            thing({"text": label}, postback_data=postback, fallback_url=url),
        ),
    ),
    max_size=3,
)
cards = thing(
    {},
    title=label,
    description=label,
    suggestions=buttons,
    media=thing({"content_info": file}, height=st.sampled_from(our_limits.HEIGHTS)),
)
contents = st.one_of(
    thing({"text": label}, suggestions=buttons),
    thing({"content_info": file}, suggestions=buttons),
    st.builds(
        alone,
        cards,
        card_orientation=st.sampled_from(our_limits.ORIENTATIONS),
        thumbnail_image_alignment=st.sampled_from(our_limits.ALIGNMENTS),
    ),
    st.builds(several, st.lists(cards, max_size=3), card_width=st.sampled_from(our_limits.WIDTHS)),
)
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]


@pytest.fixture(scope="module")
def judge(description):
    return strict_judge(description, lambda judged: None)


@given(content=contents)
@settings(max_examples=150, deadline=None, suppress_health_check=QUIET)
def test_what_passes_is_valid_by_the_description_and_taken_by_the_sandbox(content, judge, sandbox):
    assume(not problems(content))
    body = {
        "agent_id": AGENT_ID,
        "to": "+13035550124",
        "messaging_profile_id": PROFILE_ID,
        "type": "RCS",
        "agent_message": {"content_message": copy.deepcopy(content)},
    }
    headers = {"Authorization": f"Bearer {sandbox.api_key}"}
    request = httpx.Request("POST", f"{sandbox.base_url}/messages/rcs", json=body, headers=headers)
    with httpx.Client(trust_env=False) as client:
        answer = client.send(request)

    assert answer.status_code == 200, answer.text
    judge.validate_request(as_sent(request))


@given(
    content=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "text",
                        "rich_card",
                        "carousel_card",
                        "standalone_card",
                        "card_content",
                        "card_contents",
                        "suggestions",
                        "action",
                        "reply",
                        "content_info",
                        "media",
                        "dial_action",
                        "lat_long",
                        "view_location_action",
                        "x",
                    ]
                ),
                inner,
                max_size=3,
            )
        ),
    )
)
@settings(max_examples=200, deadline=None)
def test_it_survives_any_json(content):
    assert isinstance(problems(content), list)
    assert isinstance(needs(content), set)
    assert isinstance(summary(content), str)


# Limits and words are those of the contract file, which is checked against the description.


def test_the_limits_are_those_of_the_contract():
    contract = load("rcs")
    enums = {name: tuple(told["values"]) for name, told in contract["enums"].items()}
    content = contract["bodies"]["send_rcs"]["agent_message"]["members"]["content_message"]["members"]
    cards = content["rich_card"]["members"]["carousel_card"]["members"]["card_contents"]
    reply, doing = (cards["items"]["suggestions"]["items"][name]["members"] for name in ("reply", "action"))

    assert content["text"]["max_length"] == our_limits.LONGEST_TEXT
    assert (cards["min_items"], cards["max_items"]) == (our_limits.FEWEST_CARDS, our_limits.MOST_CARDS)
    assert cards["items"]["title"]["max_length"] == our_limits.LONGEST_TITLE
    assert cards["items"]["description"]["max_length"] == our_limits.LONGEST_DESCRIPTION
    assert cards["items"]["suggestions"]["max_items"] == our_limits.MOST_CARD_SUGGESTIONS
    assert reply["text"]["max_length"] == doing["text"]["max_length"] == our_limits.LONGEST_LABEL
    assert reply["postback_data"]["max_length"] == our_limits.LONGEST_POSTBACK
    assert doing["fallback_url"]["max_length"] == our_limits.LONGEST_FALLBACK_URL
    assert set(our_limits.ACTIONS) == set(doing) - {"text", "postback_data", "fallback_url"}
    assert enums["card_orientation"] == our_limits.ORIENTATIONS
    assert enums["thumbnail_image_alignment"] == our_limits.ALIGNMENTS
    assert enums["card_width"] == our_limits.WIDTHS
    assert enums["height"] == our_limits.HEIGHTS
    assert enums["application"] == our_limits.APPLICATIONS
    assert enums["webview_view_mode"] == our_limits.VIEW_MODES
