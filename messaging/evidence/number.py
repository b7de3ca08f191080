"""Evidence about a phone number: what its page tells, and what is known of consent."""

from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk import number_address, number_lookup
from messaging.desk.show import Step
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
    found = Contents(
        facts,
        [
            Step(event.at, event.title, event.text, group=event.group)
            for chapter in chapters
            for event in chapter.events
        ],
        consent=kinds.consent_about(row.owner, [number]),
        data={
            "records.json": {
                "note": _("A time without a date is of the day on which this file was made."),
                "records": [_chapter(chapter) for chapter in chapters],
            }
        },
        left_out=[
            _("The texts of messages. Make evidence about one message for its text."),
            _(
                "Of each kind of record, only the newest; the page about the number says where all of them are."
            ),
        ],
    )
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
)
