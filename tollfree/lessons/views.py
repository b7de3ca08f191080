"""The page "Approvals and rejections": how often Telnyx approves at once, how long it takes, and what it objects to."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import check, frame

from ..choices import UseCase
from ..rejections.models import RejectionReason
from ..rejections.phrases import BY_KEY
from . import figures, learn
from .figures import Line
from .filter import value
from .models import Answer

LIST = "admin:tollfree_verificationrequest_changelist"
USUAL = 90


@dataclass(frozen=True)
class Row:
    """One line of a table in words, with the list of the requests behind it."""

    words: str
    line: Line
    url: str
    is_unknown: bool = False


@require_safe
def show(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show the figures of one period. Seven queries."""
    user = check(request, model_admin)
    asked = request.GET.get("days", "")
    days = int(asked) if asked in map(str, figures.PERIODS) else USUAL
    totals = figures.totals(days)
    own = list(RejectionReason.objects.all())
    named, nameless = figures.by_business(days)
    uses = list(figures.by_use_case(days))
    context: dict[str, Any] = {
        **frame(request, model_admin, _("Approvals and rejections")),
        "periods": [(each, _period(each), each == days) for each in figures.PERIODS],
        "counting": learn.progress(own),
        "totals": totals,
        "waiting": totals.waiting,
        "rejections": totals.rejections,
        "reasons": _reasons(days, own),
        "uses": [Row(_use_case(line.key), line, _url("use", days, line.key)) for line in uses],
        "businesses": [Row(name, line, _url("business", days, line.key)) for name, line in named],
        "nameless": nameless,
        "most": figures.MOST_BUSINESSES,
        "may_see_reasons": user.has_perm("tollfree.view_rejectionreason"),
        "is_empty": not uses,
        "is_cut": len(named) == figures.MOST_BUSINESSES,
        "urls": {
            name: _url(name, days) for name in ("approved", "answered", "elsewhere", "timed", "rejected")
        },
    }
    return TemplateResponse(request, "admin/tollfree/verificationrequest/lessons.html", context)


def _period(days: int) -> str:
    return ngettext("Last %(n)s day", "Last %(n)s days", days) % {"n": days} if days else _("All")


def _url(figure: str, days: int, key: str = "") -> str:
    return f"{reverse(LIST)}?{urlencode({'behind': value(figure, days, key)})}"


def _use_case(word: str) -> str:
    return str(dict(UseCase.choices).get(word, word) or _("No use case on record"))


def _reasons(days: int, own: Iterable[RejectionReason]) -> list[Row]:
    names = {
        **{key: str(reason.title) for key, reason in BY_KEY.items()},
        **{reason.code: str(reason) for reason in own},
        Answer.UNKNOWN: _("Wording that is not explained yet"),
        Answer.NONE: _("No reason on record: Telnyx gave none, or it is no longer kept"),
    }
    gone = _("A reason that was deleted here since")
    return [
        Row(names.get(line.key, gone), line, _url("reason", days, line.key), line.key == Answer.UNKNOWN)
        for line in figures.by_reason(days)
    ]
