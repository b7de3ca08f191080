"""A list as a CSV file: all that its filters and its search find, written a few rows at a time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from messaging.desk import acts
from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.lists import found_by
from messaging.desk.pages import attached, check, user_of
from messaging.desk.show import thousands
from messaging.mirror.wording import Words

from . import spreadsheet

MOST = 10_000
AT_ONCE = 500


@dataclass(frozen=True)
class Column:
    """One column; `value` gets a row and who will read the file. Times are written in the reader's zone."""

    head: Words
    value: Callable[[Any, User], Any]


def view(
    columns: Sequence[Column], prepare: Callable[[list[Any], User], object], permission: str = ""
) -> Callable[[HttpRequest, DeskModelAdmin], HttpResponseBase]:
    """Return the view that serves the list of an admin as CSV.

    `prepare` gets a batch of rows and who will read the file, and looks up what their columns need, with a fixed number
    of queries. Whoever may view the list gets the file, unless it takes a `permission` of its own.
    """

    @require_safe
    def export(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponseBase:
        check(request, model_admin, permission)
        return answer(request, model_admin, found_by(request, model_admin), columns, prepare)

    return export


def answer(
    request: HttpRequest,
    model_admin: DeskModelAdmin,
    rows: QuerySet,
    columns: Sequence[Column],
    prepare: Callable[[list[Any], User], object],
) -> HttpResponseBase:
    """Return rows as a CSV file, and put that on record; if there are too many, say so on the list's page."""
    user = user_of(request)
    count = rows.order_by()[: MOST + 1].count()
    if count > MOST:
        words = _(
            "The list has more than %(most)s rows, and a file takes at most %(most)s. Narrow the list with a "
            "filter or a search, then export again."
        )
        messages.error(request, words % {"most": thousands(MOST)})
        return HttpResponseRedirect(f"{model_admin.url_of('changelist')}?{request.GET.urlencode()}")
    if request.method == "GET":
        _note(user, model_admin, count, request)
    day = timezone.localdate()
    name = f"{model_admin.opts.verbose_name_plural}".replace(" ", "-")
    return served(f"{name}-{day:%Y-%m-%d}.csv", _written(rows, columns, prepare, user))


def served(name: str, content: Iterable[bytes]) -> StreamingHttpResponse:
    """Return an answer that a browser saves as a CSV file, and that nobody else keeps."""
    return attached(StreamingHttpResponse(content, content_type="text/csv; charset=utf-8"), name)


def link(request: HttpRequest, model_admin: DeskModelAdmin) -> dict[str, str]:
    """Return what templates/desk/groups.html needs for the link to the file of the list as it is shown."""
    url = model_admin.url_of("csv")
    query = request.GET.urlencode()
    return {"csv_url": f"{url}?{query}" if query else url}


def _note(user: User, model_admin: DeskModelAdmin, count: int, request: HttpRequest) -> None:
    # Names of filters alone: what somebody searched for may be a person.
    titles = _titles(request, model_admin)
    chosen = ", ".join(sorted(titles.get(name, name) for name, value in request.GET.items() if value))
    words = ngettext(
        "Exported %(n)s row as CSV (filters: %(chosen)s)",
        "Exported %(n)s rows as CSV (filters: %(chosen)s)",
        count,
    )
    with transaction.atomic():
        acts.record_of_list(user, model_admin.model, words % {"n": count, "chosen": chosen or _("none")})


def _titles(request: HttpRequest, model_admin: DeskModelAdmin) -> dict[str, str]:
    """Return what the list calls each part of its address."""
    filters = [each for each in model_admin.get_list_filter(request) if hasattr(each, "parameter_name")]
    return {str(each.parameter_name): str(each.title) for each in filters} | {"q": _("search")}


def _written(
    rows: QuerySet, columns: Sequence[Column], prepare: Callable[[list[Any], User], object], user: User
) -> Iterator[bytes]:
    # The file is written after the view has returned, so language and zone are kept for it.
    language, zone = translation.get_language(), timezone.get_current_timezone()
    zone_name = timezone.get_current_timezone_name()
    heads = [str(column.head) % {"zone": zone_name} for column in columns]

    def pieces() -> Iterator[bytes]:
        yield (spreadsheet.BOM + spreadsheet.lines([heads])).encode()
        found = rows.iterator(chunk_size=AT_ONCE)
        while batch := list(islice(found, AT_ONCE)):
            with translation.override(language), timezone.override(zone):
                prepare(batch, user)
                text = spreadsheet.lines(_cells(row, columns, user) for row in batch)
            yield text.encode()

    return pieces()


def _cells(row: Any, columns: Iterable[Column], user: User) -> list[Any]:
    return [_cell(column.value(row, user)) for column in columns]


def _cell(value: Any) -> Any:
    return f"{timezone.localtime(value):%Y-%m-%d %H:%M}" if isinstance(value, datetime) else value
