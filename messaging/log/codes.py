"""Telnyx's error codes for non-engineers: what happened, who acts, what to do, whether to send again.

This is the only table of them: the page of a message and the page of a message being sent say the same. Telnyx's own
title and detail are shown first, since its pages disagree about some codes (40300, 40301, 40310 and 40311 mean other
things elsewhere). Source of the codes: Telnyx's two lists of error codes, as of 2026-07 (docs/telnyx.md, T9.11). A
code without an entry is shown the way Telnyx wrote it, marked as not explained yet.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from messaging.mirror.wording import Words

from .customer_texts import Say

SOURCE = _("Telnyx's published error codes, July 2026")


class Who(TextChoices):
    US = "us", _("We")
    RECIPIENT = "recipient", _("The recipient")
    CARRIER = "carrier", _("The recipient's carrier")
    TELNYX = "telnyx", _("Telnyx")


class Retry(TextChoices):
    LATER = "later", _("Yes, a little later")
    WAIT = "wait", _("Only after waiting")
    FIXED = "fixed", _("Only after the cause is fixed")
    NEVER = "never", _("No")


@dataclass(frozen=True)
class Explanation:
    """What one code means. `customer` is what the person who was waiting for the text is told."""

    title: Words
    advice: Words
    who: Who
    retry: Retry
    customer: Say | None = None

    def in_short(self) -> str:
        """Return what happened and what to do, for places with room for two sentences."""
        return f"{self.title} {self.advice}"


LATER, WAIT, FIXED, NEVER = Retry.LATER, Retry.WAIT, Retry.FIXED, Retry.NEVER

# Sentences that several codes share.
ASK_TELNYX = _("Ask Telnyx support and give them the message ID.")
ENGINEER = _("This is a fault in the program, not yours. Show this to an engineer.")


# Each of these builds an explanation, and is named after whoever acts.


def we(title: Words, advice: Words, *, retry: Retry = FIXED, customer: Say | None = None) -> Explanation:
    return Explanation(title, advice, Who.US, retry, customer)


def engineer(title: Words, *, retry: Retry = FIXED) -> Explanation:
    return Explanation(title, ENGINEER, Who.US, retry)


def recipient(title: Words, advice: Words, *, retry: Retry, customer: Say | None = None) -> Explanation:
    return Explanation(title, advice, Who.RECIPIENT, retry, customer)


def carrier(title: Words, advice: Words, *, retry: Retry, customer: Say | None = None) -> Explanation:
    return Explanation(title, advice, Who.CARRIER, retry, customer)


def telnyx(title: Words, advice: Words, *, retry: Retry, customer: Say | None = None) -> Explanation:
    return Explanation(title, advice, Who.TELNYX, retry, customer)


def ask_telnyx(title: Words, *, customer: Say | None = None) -> Explanation:
    return Explanation(title, ASK_TELNYX, Who.TELNYX, FIXED, customer)


EXPLANATIONS: Mapping[str, Explanation] = {
    # The request itself.
    "10001": we(
        _("The number is in the account but turned off."),
        _("Find the number in Telnyx's portal and activate it first."),
        customer=Say.OUR_SIDE,
    ),
    "10002": we(_("This can't be a phone number."), _("Check the digits and the country code.")),
    "10003": we(
        _("A web address in the request is wrong or too long."),
        _("Type the whole address with https://, at most 2,000 characters."),
    ),
    "10004": we(
        _("Something required was left out."),
        _("Fill in every required field."),
    ),
    "10005": we(
        _("Telnyx doesn't know this record."),
        _("It may have been deleted or belong to another account. Compare the ID in the portal."),
        retry=NEVER,
    ),
    "10006": engineer(_("The ID has the wrong format.")),
    "10007": telnyx(
        _("Telnyx had an internal error."),
        _("Wait a little. If it keeps happening, ask Telnyx support."),
        retry=LATER,
    ),
    "10008": telnyx(
        _("Telnyx took too long to answer."),
        _("It may have been done anyway. The desk checks first and only then sends again."),
        retry=WAIT,
    ),
    "10009": we(
        _("Telnyx didn't accept the API key."), _("Someone who manages the desk must set a valid key.")
    ),
    "10010": we(
        _("The API key isn't allowed to do this."), _("Check what the key and the account are allowed to do.")
    ),
    "10011": we(
        _("Too many requests in a short time."),
        _("The desk automatically waits as long as Telnyx asks."),
        retry=LATER,
    ),
    "10012": we(
        _("Telnyx already has this."),
        _("Find the existing record instead of creating it again."),
        retry=NEVER,
    ),
    "10013": we(_("Something the request refers to doesn't exist."), _("Choose it from the list again.")),
    "10014": we(_("The file or its format is the wrong type."), _("Only PDF files can be uploaded.")),
    "10015": we(
        _("Telnyx found a value it doesn't accept, and may not say which."),
        _("Check every choice and every length against the form."),
    ),
    "10016": we(
        _("A number isn't in international format."), _("Type it with + and country code, like +13125550001.")
    ),
    "10017": we(_("The profile or number no longer exists."), _("Choose another one.")),
    "10018": engineer(_("The sort order of a list was wrong.")),
    "10019": we(_("The email address isn't valid."), _("Use an address at the business's own domain.")),
    "10020": engineer(_("A value had the wrong type.")),
    "10021": we(_("It is still in use and can't be removed."), _("Detach what depends on it first.")),
    "10022": engineer(_("At least one ID in a list is wrong.")),
    "10023": engineer(_("The request could not be read.")),
    "10024": engineer(_("The request was in a format that isn't accepted here.")),
    "10025": we(_("A text is too short or too long."), _("Shorten or complete it.")),
    "10026": engineer(_("A value has the wrong type.")),
    "10027": we(
        _("The request is well-formed but can't be carried out."),
        _("Read Telnyx's details: they say what is in the way."),
    ),
    "10028": engineer(_("The characters could not be read.")),
    "10029": engineer(_("Telnyx expected another format.")),
    "10030": engineer(_("This can't be done with that record."), retry=NEVER),
    "10031": engineer(_("A list filter isn't known.")),
    "10032": we(_("A value isn't one of those allowed."), _("Choose one from the list.")),
    "10033": we(_("A number or date is outside the allowed range."), _("Correct the named value.")),
    "10034": engineer(_("Telnyx expected a form.")),
    "10035": ask_telnyx(_("Telnyx has locked this record.")),
    "10036": telnyx(
        _("The same request is still being worked on."),
        _("Wait. The desk asks again automatically."),
        retry=WAIT,
    ),
    "10037": telnyx(_("A Telnyx service is down."), _("Wait until it is back."), retry=LATER),
    "10038": we(
        _("The account isn't allowed to use this feature."), _("Verify or upgrade the account at Telnyx.")
    ),
    "10039": we(
        _("The account has used up its quota for this feature."), _("Upgrade, or free up some of it.")
    ),
    "20001": we(_("The secret of the API key is wrong."), _("Set a valid key.")),
    "20002": we(_("The API key was revoked."), _("Create a new key in the portal and set it.")),
    "20003": we(_("The API key isn't allowed here."), _("Use a key that has the right to do this.")),
    "20006": we(_("The access token has expired."), _("Get a new one.")),
    "20008": we(_("Telnyx doesn't know the API key."), _("Set a valid key.")),
    "20012": we(
        _("The account isn't active, perhaps for lack of funds."),
        _("Add funds, or ask Telnyx."),
        customer=Say.OUR_SIDE,
    ),
    "20013": we(
        _("Telnyx has blocked the account."), _("Nothing can be sent until Telnyx lifts the block. Ask them.")
    ),
    "20014": we(_("The account isn't verified yet."), _("Finish the verification in the portal.")),
    "20015": we(_("This feature is turned off for the account."), _("Ask Telnyx to turn it on.")),
    "20016": we(_("The account needs the first level of verification."), _("Complete it in the portal.")),
    "20017": we(
        _("The account needs the second level of verification."),
        _("Hosted numbers and alphanumeric senders need it. Complete it in the portal."),
    ),
    "20100": we(
        _("There isn't enough money in the account."),
        _("Add funds at Telnyx, then send again."),
        customer=Say.OUR_SIDE,
    ),
    # What carriers and Telnyx say about a message.
    "40001": recipient(
        _("The number can't receive texts."),
        _("It may be a landline. Ask the customer for a mobile number."),
        retry=NEVER,
        customer=Say.NO_TEXTS,
    ),
    "40002": we(
        _("A carrier's spam filter stopped this message."),
        _("Send more slowly and change the wording; leave out short links."),
        customer=Say.SPAM,
    ),
    "40003": we(
        _("Carriers have permanently blocked our number as a source of spam."),
        _("Send from another number, and appeal through Telnyx support."),
        retry=NEVER,
        customer=Say.SPAM,
    ),
    "40004": carrier(
        _("The recipient's carrier refused the message without giving a reason."),
        _("Try again once, later. If it fails again, ask Telnyx support."),
        retry=LATER,
        customer=Say.REFUSED,
    ),
    "40005": carrier(
        _("The message expired on its way."),
        _("Send it again if it still matters."),
        retry=LATER,
        customer=Say.EXPIRED,
    ),
    "40006": carrier(
        _("The recipient's carrier could not be reached."),
        _("Send it again later."),
        retry=LATER,
        customer=Say.BUSY,
    ),
    "40007": we(
        _("The message looped back to where it started."),
        _("Look for numbers that forward or answer each other."),
        retry=NEVER,
    ),
    "40008": carrier(
        _("The recipient's carrier didn't deliver the message."),
        _("Try once or twice, with some time in between. On WhatsApp, check the template first."),
        retry=LATER,
        customer=Say.REFUSED,
    ),
    "40009": we(_("The carrier could not read the text."), _("Remove unusual characters, then send again.")),
    "40010": we(
        _("Our US number isn't registered for business texts (10DLC)."),
        _("Register a brand and campaign at Telnyx, and assign the number."),
        customer=Say.NOT_LISTED,
    ),
    "40011": we(
        _("We sent more than the carrier accepts, and the message was dropped."),
        _("Send more slowly, then send this one again."),
        retry=LATER,
        customer=Say.BUSY,
    ),
    "40012": recipient(
        _("The carrier says the recipient's number doesn't exist."),
        _("Check the number with the customer."),
        retry=NEVER,
        customer=Say.NOT_IN_USE,
    ),
    "40013": we(
        _("The carrier doesn't accept our number as a sender."),
        _("Check that the sender is active and enabled for texts."),
        customer=Say.OUR_SIDE,
    ),
    "40014": we(
        _("The message waited too long at Telnyx and expired."),
        _("Too much was queued for this sender. Send it again if it still matters."),
        retry=LATER,
        customer=Say.EXPIRED,
    ),
    "40015": we(
        _("Telnyx's own filter stopped the message."),
        _("Change the wording. If the filter is wrong, ask Telnyx support."),
        customer=Say.SPAM,
    ),
    "40016": we(
        _("Our allowance at T-Mobile is used up."),
        _("Wait until the next day, or ask for a larger allowance."),
        retry=WAIT,
        customer=Say.BUSY,
    ),
    "40017": we(
        _("AT&T treated the message as spam."),
        _("Change the wording and leave out public short links."),
        customer=Say.SPAM,
    ),
    "40018": we(
        _("We sent faster than AT&T allows for this campaign."),
        _("Send more slowly."),
        retry=LATER,
        customer=Say.BUSY,
    ),
    "40019": we(
        _("For AT&T, our number and its campaign don't match."),
        _("Check which campaign the number is assigned to."),
        customer=Say.OUR_SIDE,
    ),
    "40020": we(
        _(
            "Telnyx suspects someone is making us send codes to profit from them, and blocks the codes for a day."
        ),
        _("Wait 24 hours, and check who asks for codes and how often."),
        retry=WAIT,
        customer=Say.OUR_SIDE,
    ),
    "40100": we(
        _("Our number isn't set up for texts."),
        _("Assign it to a messaging profile."),
        customer=Say.OUR_SIDE,
    ),
    "40150": ask_telnyx(_("The toll-free number is missing from the registry."), customer=Say.OUR_SIDE),
    "40151": we(
        _("Another provider is currently enabling texts for this number."),
        _("Wait, or have the other provider release it."),
        retry=WAIT,
        customer=Say.OUR_SIDE,
    ),
    "40152": ask_telnyx(_("The registry didn't accept a value.")),
    "40153": ask_telnyx(_("Telnyx has no access to this number's registry entry.")),
    "40154": ask_telnyx(_("Telnyx isn't allowed to use this network for the number.")),
    "40155": we(
        _("A signed letter of authorization is missing."),
        _("Upload the letter in the number's hosted order."),
    ),
    "40156": ask_telnyx(_("Telnyx isn't allowed to set this in the registry.")),
    "40157": telnyx(_("The registry isn't accepting changes for now."), _("Try again later."), retry=LATER),
    "40158": ask_telnyx(_("The registry entry could not be removed.")),
    "40159": telnyx(
        _("The registry answered with an error."), _("Try later. If it fails again, ask Telnyx."), retry=LATER
    ),
    "40300": recipient(
        _("The recipient has opted out of our messages."),
        _("No one here can lift that. The recipient can text START to our number to get messages again."),
        retry=NEVER,
        customer=Say.STOPPED,
    ),
    "40301": we(
        _("This kind of sender can't reach this kind of number."),
        _("Send from another number or by another channel."),
    ),
    "40302": we(_("The text is longer than 10 parts."), _("Shorten it, or send it as MMS.")),
    "40303": telnyx(
        _("Telnyx can't find this message."), _("Telnyx shows messages for 10 days only."), retry=NEVER
    ),
    "40304": we(
        _("SMS and MMS were mixed in one request."),
        _("Text alone is an SMS; files or a subject make it an MMS."),
    ),
    "40305": we(
        _("The sender doesn't belong to the messaging profile."),
        _("Choose a sender of this profile, or assign the number to it."),
        customer=Say.OUR_SIDE,
    ),
    "40306": we(
        _("The profile has no alphanumeric sender."),
        _("Create one on the profile first."),
        customer=Say.OUR_SIDE,
    ),
    "40307": we(_("The sender's name isn't the one on the profile."), _("Type it exactly as it is listed.")),
    "40308": we(_("This sender can't send MMS."), _("Send from a US number or an MMS short code.")),
    "40309": we(
        _("The profile can't send to this country."),
        _("Add the country to the profile's destinations."),
        customer=Say.OUR_SIDE,
    ),
    "40310": we(
        _("The recipient isn't a single valid number."),
        _("Check the number; several recipients need a group message."),
    ),
    "40311": engineer(_("The profile's old-style password was wrong.")),
    "40312": we(
        _("The messaging profile is turned off."),
        _("Turn it on, or use another one."),
        customer=Say.OUR_SIDE,
    ),
    "40313": engineer(_("The profile's old-style password was missing.")),
    "40314": we(
        _("Texts are turned off for the whole account."), _("Ask Telnyx right away."), customer=Say.OUR_SIDE
    ),
    "40315": we(
        _("Too many messages from our number fail or are marked as spam."),
        _("Let the number rest, or send from another one."),
        retry=WAIT,
        customer=Say.OUR_SIDE,
    ),
    "40316": we(_("The message was empty."), _("Type a text or add a file.")),
    "40317": we(
        _("There are more than 10 files, or together they are over 1 MB."), _("Send fewer or smaller files.")
    ),
    "40318": we(
        _("The queue for this sender is full: it holds 4 hours of messages."),
        _("Wait until it has emptied, then send again."),
        retry=WAIT,
        customer=Say.BUSY,
    ),
    "40319": we(
        _("This sender can never reach this kind of number."),
        _("Use another sender or channel."),
        retry=NEVER,
    ),
    "40320": telnyx(
        _("Our number is still being set up."),
        _("Wait until it is ready, then send again."),
        retry=WAIT,
        customer=Say.OUR_SIDE,
    ),
    "40321": we(
        _("The profile has no number that can be used."),
        _("Turn its number pool on, add numbers, or allow unhealthy ones."),
        customer=Say.OUR_SIDE,
    ),
    "40322": we(
        _("The content isn't allowed."),
        _("Remove what breaks the rules; never send it unchanged."),
        retry=NEVER,
    ),
    "40323": ask_telnyx(_("Texts could not be turned on for the number.")),
    "40324": we(
        _("The number's product could not be changed."), _("Only the products listed for it can be chosen.")
    ),
    "40325": we(
        _("The sender's name breaks the rules for names."),
        _("1 to 11 letters, digits and spaces, with at least one letter."),
    ),
    "40326": we(
        _("The sender's name could not be linked to the profile."),
        _("Check that it is free and that the account is verified to level 2."),
    ),
    "40327": we(
        _("Telnyx doesn't offer this domain for short links."), _("Choose one from the profile's list.")
    ),
    "40328": we(
        _("The text needs more parts than advised."),
        _("Shorten it, or turn off the option that lets Telnyx refuse it."),
    ),
    "40329": we(
        _("Our toll-free number isn't verified."),
        _("Get it verified first. Nothing goes out from it until then."),
        customer=Say.OUR_SIDE,
    ),
    "40330": telnyx(
        _("Our toll-free number isn't ready for texts yet."),
        _("Wait. If nothing changes, ask Telnyx support."),
        retry=WAIT,
        customer=Say.OUR_SIDE,
    ),
    "40331": we(
        _("The profile has no country it can send to."),
        _("Choose the profile's destinations."),
        customer=Say.OUR_SIDE,
    ),
    "40332": we(_("The brand still has a campaign."), _("End the campaign first, then delete the brand.")),
    "40333": we(
        _("The profile's daily budget is used up."),
        _("Wait until midnight UTC, or have someone raise the limit."),
        retry=WAIT,
        customer=Say.LIMIT,
    ),
    "41000": we(
        _("WhatsApp refused the message."),
        _("Check the template, and whether the customer wrote within the last 24 hours."),
        customer=Say.WHATSAPP_REFUSED,
    ),
}

# Codes by what they are about, for the log's filter. Codes of requests that Telnyx refused aren't in the log.
GROUPS: Mapping[str, tuple[Words, tuple[str, ...]]] = {
    "number": (_("The recipient's number"), ("40001", "40012", "40301", "40310", "40319")),
    "optout": (_("Opt-outs"), ("40300",)),
    "spam": (_("Spam filters and content"), ("40002", "40003", "40015", "40017", "40020", "40322")),
    "registration": (_("Registration of our number"), ("40010", "40019", "40329", "40330")),
    "limits": (_("Limits and pace"), ("40011", "40016", "40018", "40318", "40333", "20100")),
    "time": (_("Expired or out of reach"), ("40005", "40006", "40014")),
    "carrier": (_("Refused without a clear reason"), ("40004", "40008", "40009", "41000")),
    "sender": (
        _("Settings of our sender"),
        ("40013", "40100", "40305", "40308", "40309", "40312", "40314", "40315", "40320", "40321", "40331"),
    ),
}

# What these codes mean for a kind of line, as Telnyx reports it; other kinds: EXPLANATIONS.
BY_LINE: Mapping[tuple[str, str], Explanation] = {
    ("40001", "wireless"): recipient(
        _("The carrier says this mobile number can't receive texts."),
        _("It may be turned off or have just changed carriers. Check the number with the customer."),
        retry=FIXED,
        customer=Say.NO_TEXTS_MOBILE,
    ),
    ("40001", "landline"): recipient(
        _("The number can't receive texts: it is a landline."),
        _("Ask the customer for a mobile number."),
        retry=NEVER,
        customer=Say.LANDLINE,
    ),
    ("40001", "voip"): recipient(
        _("The number can't receive texts: it is an internet (VoIP) number without texting."),
        _("Ask the customer for a mobile number."),
        retry=NEVER,
        customer=Say.NO_TEXTS,
    ),
    ("40012", "landline"): recipient(
        _("The carrier doesn't recognize the number as one that can be texted: it is a landline."),
        _("Ask the customer for a mobile number."),
        retry=NEVER,
        customer=Say.LANDLINE,
    ),
}
# Words within what Telnyx calls a kind of line, the most telling first: "Pre-Paid Wireless", "Fixed VoIP".
LINES: Mapping[str, str] = {
    "voip": "voip",
    "wireless": "wireless",
    "mobile": "wireless",
    "cellular": "wireless",
    "vowifi": "wireless",
    "wireline": "landline",
    "landline": "landline",
    "fixedline": "landline",
}


def line(line_type: str) -> str:
    """Return the kind of line that Telnyx's words mean: "landline", "wireless", "voip", or "" for any other."""
    told = re.sub(r"[\W_]+", "", line_type.lower())
    return next((line for word, line in LINES.items() if word in told), "")


def explain(code: str, line_type: str = "") -> Explanation | None:
    """Return what a code means for a kind of line in Telnyx's words, or None if it is not explained yet."""
    return BY_LINE.get((code, line(line_type))) or EXPLANATIONS.get(code)


def advice(code: str, line_type: str = "") -> str:
    """Return what a code means and what to do about it, or "" if it is not explained yet."""
    known = explain(code, line_type)
    return known.in_short() if known else ""
