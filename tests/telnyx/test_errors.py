"""Every answer that Telnyx or something in front of it can give, and what it tells the caller to do."""

import pickle
from datetime import UTC, datetime
from typing import Any

import pytest

from messaging.telnyx.answer import Answer
from messaging.telnyx.client import json_bytes
from messaging.telnyx.errors import (
    AccountBlocked,
    FeatureForbidden,
    NotFound,
    OutcomeUnknown,
    Problem,
    RequestRefused,
    SlowDown,
    StillRunning,
    TelnyxError,
    failure,
    problems,
)

NOW = datetime(2026, 10, 21, 7, 28, tzinfo=UTC)


def answered(status: int, data: Any = None, headers: dict[str, str] | None = None) -> Answer:
    content = b"" if data is None else json_bytes(data)
    return Answer(status, headers or {}, data, content, elapsed=0.1, date=NOW)


def coded(*codes: str) -> dict[str, Any]:
    return {"errors": [{"code": code, "title": "Said no"} for code in codes]}


def error_of(answer: Answer, *, method: str = "POST", keyed: bool = False) -> TelnyxError:
    error = failure(answer, method=method, keyed=keyed)
    assert error is not None
    return error


@pytest.mark.parametrize(
    ("status", "data", "kind"),
    [
        (400, coded("10015"), RequestRefused),
        (404, coded("10005"), NotFound),
        (405, coded("10030"), RequestRefused),
        (410, coded("10005"), NotFound),
        (413, coded("10025"), RequestRefused),
        (415, coded("10014"), RequestRefused),
        (422, coded("10027"), RequestRefused),
        (400, {"code": "10004", "title": "Missing"}, RequestRefused),
        (400, {"errors": {"code": "10004", "title": "Missing"}}, RequestRefused),
        (429, coded("40333"), RequestRefused),
        (429, coded("10011"), SlowDown),
        (429, None, SlowDown),
        (400, coded("40318"), SlowDown),
        (400, None, OutcomeUnknown),
        (404, None, OutcomeUnknown),
        (404, {"message": "no Route matched"}, OutcomeUnknown),
        (403, {"errors": []}, OutcomeUnknown),
        (403, {"errors": [None, [], {}]}, OutcomeUnknown),
        (422, ["10027"], OutcomeUnknown),
        (408, coded("10008"), OutcomeUnknown),
        (409, coded("10012"), OutcomeUnknown),
        (400, coded("10012"), OutcomeUnknown),
        (101, None, OutcomeUnknown),
        (302, coded("10015"), OutcomeUnknown),
        (500, coded("10007"), OutcomeUnknown),
        (503, coded("40318"), OutcomeUnknown),
        (504, None, OutcomeUnknown),
        (999, coded("10015"), OutcomeUnknown),
    ],
)
def test_the_status_decides_and_the_code_refines(status: int, data: Any, kind: type[TelnyxError]) -> None:
    error = error_of(answered(status, data))

    assert type(error) is kind
    assert error.status == status


@pytest.mark.parametrize(
    ("status", "data"),
    [
        (401, None),
        (401, coded("10009")),
        (401, coded("10038")),
        (403, coded("10009")),
        (403, coded("10010")),
        (403, coded("20001")),
        (403, coded("20002")),
        (403, coded("10038", "20002")),
        (400, coded("20012")),
        (422, coded("20013")),
    ],
)
@pytest.mark.promise("X31")
def test_a_refused_key_or_account_blocks(status: int, data: Any) -> None:
    assert type(error_of(answered(status, data))) is AccountBlocked


@pytest.mark.parametrize("code", ["10038", "10039"])
@pytest.mark.promise("X32")
def test_a_forbidden_feature_blocks_nothing_else(code: str) -> None:
    error = error_of(answered(403, coded(code)))

    assert type(error) is FeatureForbidden
    assert not isinstance(error, AccountBlocked)


@pytest.mark.parametrize(
    ("status", "code", "keyed", "kind"),
    [
        (409, "10036", True, StillRunning),
        (409, "10036", False, OutcomeUnknown),
        (409, "10012", True, OutcomeUnknown),
        (422, "10012", True, RequestRefused),
        (422, "10012", False, OutcomeUnknown),
        (422, "10027", True, RequestRefused),
    ],
)
@pytest.mark.promise("X34")
def test_a_conflict_means_something_else_with_our_key(
    status: int, code: str, keyed: bool, kind: type[TelnyxError]
) -> None:
    assert type(error_of(answered(status, coded(code)), keyed=keyed)) is kind


@pytest.mark.parametrize("data", [{"data": {"id": "1"}}, {"records": []}, "OK", [], 0, False])
@pytest.mark.parametrize("status", [200, 201, 202])
def test_any_success_with_json_is_a_success(status: int, data: Any) -> None:
    assert failure(answered(status, data), method="POST", keyed=False) is None


def test_only_a_delete_succeeds_without_a_body() -> None:
    assert failure(answered(204), method="DELETE", keyed=False) is None
    assert type(error_of(answered(204), method="PATCH")) is OutcomeUnknown


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "7", "x-ratelimit-reset": "90"}, 7),
        ({"x-ratelimit-reset": "12"}, 12),
        ({"x-ratelimit-reset": "12.5"}, 12.5),
        ({"x-ratelimit-reset": str(int(NOW.timestamp()) + 30)}, 30),
        ({"x-ratelimit-reset": str(int(NOW.timestamp()) - 30)}, 0),
        ({}, None),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:45 GMT"}, 45),
        ({"retry-after": "Wed, 21 Oct 2026 07:00:00 GMT"}, 0),
        ({"retry-after": "Wed, 21 Oct 9999 07:28:45 GMT"}, 3600),
        ({"retry-after": "99999"}, 3600),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "soon", "x-ratelimit-reset": "9"}, 9),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "9" * 5000}, None),
        ({"retry-after": "٧"}, None),
        ({"x-ratelimit-reset": "1e9"}, None),
    ],
)
@pytest.mark.promise("X29")
def test_the_wait_telnyx_asks_for_is_read_in_every_form(headers: dict[str, str], wait: float | None) -> None:
    error = error_of(answered(429, coded("10011"), headers))

    assert isinstance(error, SlowDown)
    assert error.retry_after == wait


@pytest.mark.parametrize(
    "headers",
    [{"x-ratelimit-reset": "1786458100"}, {"retry-after": "Wed, 21 Oct 2026 07:28:45 GMT"}],
)
def test_without_a_date_header_a_moment_says_nothing_since_our_clock_may_be_off(headers) -> None:
    assert Answer(429, headers, None, b"", elapsed=0.1).retry_after is None


@pytest.mark.promise("X33")
def test_a_problem_keeps_its_pointer_known_or_not() -> None:
    body = {
        "errors": [
            {
                "code": "10015",
                "title": "Bad",
                "detail": "too <b>long</b>",
                "source": {"pointer": "/businessName"},
            },
            {"code": 10016, "title": "Bad", "source": {"pointer": "/data/attributes/nobody/knows/0"}},
            {"code": "10004", "title": "Missing", "source": {"parameter": "page"}},
        ]
    }

    error = error_of(answered(422, body))

    assert error.errors == (
        Problem("10015", "Bad", "too <b>long</b>", "/businessName"),
        Problem("10016", "Bad", "", "/data/attributes/nobody/knows/0"),
        Problem("10004", "Missing", "", "", "page"),
    )
    assert error.codes == ("10015", "10016", "10004")


@pytest.mark.promise("X33")
def test_forty_errors_are_all_kept_in_order() -> None:
    body = {"errors": [{"code": "10015", "title": "Bad", "detail": str(n)} for n in range(40)]}

    error = error_of(answered(400, body))

    assert [problem.detail for problem in error.errors] == [str(n) for n in range(40)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"errors": [{"code": "10004"}]}, (Problem("10004"),)),
        ({"errors": ["Something broke"]}, (Problem(title="Something broke"),)),
        (
            {"errors": [{"code": True, "title": ["x"], "detail": {}, "source": "/x"}, {"detail": "d"}]},
            (Problem(detail="d"),),
        ),
        (
            {"errors": [{"code": "1", "source": {"pointer": 7, "parameter": None}}]},
            (Problem("1", pointer="7"),),
        ),
        ({"code": "10009", "title": "No", "detail": "d"}, (Problem("10009", "No", "d"),)),
        ({"code": 404, "message": "x"}, ()),
        ({"errors": "no"}, ()),
        ("text", ()),
        (None, ()),
    ],
)
@pytest.mark.promise("X33")
def test_the_three_shapes_of_errors_and_anything_else_are_read(
    body: Any, expected: tuple[Problem, ...]
) -> None:
    assert problems(body) == expected


@pytest.mark.promise("X33")
def test_texts_can_be_stored_whatever_they_hold() -> None:
    (found,) = problems({"errors": [{"code": "1", "title": "a\x00b\ud800c", "detail": "x" * 5000}]})

    assert found.as_json() == {
        "code": "1",
        "title": "ab?c",
        "detail": "x" * 2000,
        "pointer": "",
        "parameter": "",
    }


@pytest.mark.promise("X95")
def test_the_reason_names_status_and_codes_and_none_of_telnyxs_texts() -> None:
    data = {"errors": [{"code": "10002", "title": "Bad +18005550123"}, {"code": "+18005550123"}]}

    error = error_of(answered(422, data))

    assert (
        str(error)
        == error.reason
        == "Telnyx refused it (HTTP 422, code 10002). It was not done; correct what Telnyx names."
    )


def test_an_error_survives_pickling() -> None:
    error = pickle.loads(pickle.dumps(error_of(answered(429, coded("10011"), {"retry-after": "7"}))))

    assert (type(error), error.status, error.codes, error.retry_after) == (SlowDown, 429, ("10011",), 7)


@pytest.mark.parametrize(
    ("data", "body"),
    [
        ({"data": [1], "meta": {}}, [1]),
        ({"records": []}, {"records": []}),
        ("OK", "OK"),
        ({"data": None}, None),
    ],
)
def test_the_body_is_what_is_in_the_envelope(data: Any, body: Any) -> None:
    assert answered(200, data).body == body
