"""Evidence about a phone number: what its page tells, and what is known of consent."""

from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk import number_address, number_lookup
from messaging.desk.show import Step
from messaging.log import evidence as messages
from messaging.log import reveals
from messaging.mirror.models import RecordView
from messaging.mirror.wording import Words
from messaging.models import Evidence
from messaging.validators import display_number, mask_number

from . import kinds
from .kinds import Contents, Kind

NUMBER = "number"


def _openings(user: User) -> list[str]:
    return [NUMBER] if user.has_perm(reveals.ONE) or user.has_perm(reveals.WHOLE) else []


def _gather(number: str, row: Evidence, opened: Collection[str]) -> Contents:
    chapters = number_lookup.chapters(row.owner, number)
    is_ours = any(chapter.shows_number for chapter in chapters)
    is_shown = is_ours or NUMBER in opened
    facts: list[tuple[Words, str]] = [
        (_("Number"), display_number(number) if is_shown else mask_number(number))
    ]
    facts += [
        (str(hit.title), str(hit.words)) for chapter in chapters for hit in chapter.is_to_us if hit.words
    ]
    facts += [(_("Texting it"), str(words)) for chapter in chapters for words in chapter.warnings]
    told = (
        list(messages.of_number(number, is_open=is_shown, zone=row.zone))
        if row.owner.has_perm(messages.VIEW)
        else []
    )
    # The messages themselves are in the file, so what tells of some of them isn't.
    others = [chapter for chapter in chapters if not chapter.is_of_messages]
    found = Contents(
        facts,
        [
            *(step for step, _data in told),
            *(
                Step(event.at, event.title, event.text, group=event.group)
                for chapter in others
                for event in chapter.events
            ),
        ],
        consent=kinds.consent_about(row.owner, [number]),
        data={
            "records.json": {
                "note": _("A time without a date is from the day this file was made."),
                "records": [_chapter(chapter) for chapter in others],
            },
            "messages.json": [data for _step, data in told],
        },
        left_out=[
            _("The texts of messages. Make evidence about one message for its text."),
            _(
                "Of each other kind of record, only the newest; the page about the number says where to "
                "find all of them."
            ),
        ],
    )
    if len(told) >= messages.MOST_OF_NUMBER:
        words = _("Messages before the newest %(n)s, if there are any.")
        found.left_out.append(words % {"n": messages.MOST_OF_NUMBER})
    elif not row.owner.has_perm(messages.VIEW):
        found.left_out.append(_("Messages: your role doesn't see them."))
    if NUMBER in opened and not is_ours:
        found.looks.append(
            RecordView(user=row.owner, kind=Evidence._meta.label_lower, key=str(row.pk), reason=row.reason)
        )
    return found


def _chapter(chapter: Any) -> dict[str, Any]:
    return {
        "what": str(chapter.title),
        "records": [
            {"title": str(hit.title), "words": str(hit.words), "status": str(hit.status)}
            for hit in chapter.hits
        ],
        "note": str(chapter.note),
    }


NUMBERS = Kind(
    slug="number",
    label=gettext_lazy("about the number"),
    may_see=number_lookup.may_read,
    find=lambda key: number_address.number_in(key) or None,
    named=mask_number,
    page=number_address.url_of,
    openings=_openings,
    words={NUMBER: gettext_lazy("the whole number")},
    gather=_gather,
    holds=(
        gettext_lazy("a summary to read and print: what the number is to us, and what happened, in order"),
        gettext_lazy(
            "the newest 200 messages from and to it: when, between which numbers, how each ended and, if it failed, "
            "why; not their texts"
        ),
        gettext_lazy("opt-ins and opt-outs, and the newest of every other kind of record with the number"),
    ),
)
