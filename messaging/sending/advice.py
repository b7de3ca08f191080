"""What to do about a message that failed, by Telnyx's code (docs/telnyx.md, T9.11): advice, never a lock."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from messaging.mirror.wording import Words


@dataclass(frozen=True)
class Advice:
    """What a code means for sending again; `is_senseless` says that the same message would fail the same way."""

    words: Words
    is_senseless: bool = False


CODES: Mapping[str, Advice] = {
    "40001": Advice(_("This number cannot receive texts: it is a landline or not reachable."), True),
    "40002": Advice(_("A carrier filter stopped it. Wait and change the text before another try.")),
    "40003": Advice(_("Carriers block the sender for good. Use another sender and ask Telnyx."), True),
    "40004": Advice(_("The carrier gave no reason. Try once more, later.")),
    "40005": Advice(_("It expired on the way. Send it again if it still matters.")),
    "40006": Advice(_("The carrier was down. Sending again is safe.")),
    "40008": Advice(_("The carrier declined it. Try again later, a few times at most.")),
    "40009": Advice(_("The carrier found characters it does not take. Correct the text first.")),
    "40010": Advice(_("The sender is in no registered 10DLC campaign. Register it first."), True),
    "40011": Advice(_("Too many messages at once. Send it again, more slowly.")),
    "40012": Advice(_("The carrier says that there is no such recipient. Check the number."), True),
    "40013": Advice(_("The carrier says that the sender is not valid. Check that it is active."), True),
    "40014": Advice(_("It waited too long at Telnyx. Send it again if it still matters.")),
    "40015": Advice(_("Telnyx's own filter stopped it. Change the text, or ask Telnyx."), True),
    "40020": Advice(_("Telnyx suspects pumped traffic and pauses it for 24 hours."), True),
    "40300": Advice(_("They opted out. Only they can change that, by texting START."), True),
    "40301": Advice(_("This sender cannot reach this kind of recipient. Use another sender.")),
    "40302": Advice(_("The text has more than 10 parts. Shorten it.")),
    "40304": Advice(_("Text and picture message were mixed. Leave the subject out, or add a file.")),
    "40305": Advice(_("The sender is no number of this profile. Choose another sender or profile.")),
    "40306": Advice(_("The profile has no name to send from. Create one first.")),
    "40307": Advice(_("The name differs from the one the profile has. Type it letter by letter.")),
    "40308": Advice(_("This sender cannot send pictures.")),
    "40309": Advice(_("The profile does not allow this country. Add it to the profile first.")),
    "40310": Advice(_("The recipient is no valid number. Correct it.")),
    "40312": Advice(_("The profile is switched off at Telnyx.")),
    "40314": Advice(_("Messaging is switched off for the whole account. Ask Telnyx."), True),
    "40317": Advice(_("Too many files, or over 1 MB together.")),
    "40318": Advice(_("Telnyx's queue is full. Send it again later.")),
    "40319": Advice(_("This sender can never reach this recipient. Use another way."), True),
    "40320": Advice(_("The sender is still being set up. Try later.")),
    "40321": Advice(_("The number pool of the profile is off, empty or unhealthy.")),
    "40322": Advice(_("The content breaks Telnyx's rules. Do not send it again."), True),
    "40325": Advice(_("A name has 1 to 11 letters, digits and spaces, with a letter among them.")),
    "40328": Advice(
        _("The text has more parts than Telnyx advises. Shorten it, or do not let Telnyx refuse it.")
    ),
    "40329": Advice(_("The toll-free sender is not verified. Finish its verification first."), True),
    "40330": Advice(_("The toll-free sender is not ready yet. Wait, then ask Telnyx.")),
    "40331": Advice(_("The profile allows no country at all. Add one first.")),
    "40333": Advice(_("The daily budget of the profile is used up until midnight UTC.")),
}
NONE = Advice("")


def of(code: str) -> Advice:
    return CODES.get(code, NONE)
