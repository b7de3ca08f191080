"""Telnyx's error codes for people who are not engineers: what happened, who acts, what to do, whether to send again.

Ours is the second word: the title and detail that came with a message are shown first, since Telnyx's own pages
disagree about some codes (40300, 40301, 40310 and 40311 have other meanings elsewhere). Source of the codes: Telnyx's
two lists of error codes, as of 2026-07 (docs/telnyx.md, T9.11). A code without an entry is shown as Telnyx wrote it, as
not explained yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from messaging.mirror.wording import Words

SOURCE = _("Telnyx's published error codes, July 2026")


class Who(TextChoices):
    US = "us", _("We")
    RECIPIENT = "recipient", _("The recipient")
    CARRIER = "carrier", _("The recipient's carrier")
    TELNYX = "telnyx", _("Telnyx")


class Retry(TextChoices):
    LATER = "later", _("Yes, a little later")
    WAIT = "wait", _("Only after waiting")
    FIXED = "fixed", _("Only after the cause is removed")
    NEVER = "never", _("No")


@dataclass(frozen=True)
class Explanation:
    """What one code means. `customer` is a sentence that may be said to the person who waited for the text."""

    title: Words
    advice: Words
    who: Who
    retry: Retry
    customer: Words = ""


U, R, C, T = Who.US, Who.RECIPIENT, Who.CARRIER, Who.TELNYX
LATER, WAIT, FIXED, NEVER = Retry.LATER, Retry.WAIT, Retry.FIXED, Retry.NEVER

# Sentences that several codes share.
ASK_TELNYX = _("Ask Telnyx support and give them the message id.")
ENGINEER = _("This is a fault of the program, not yours: show it to an engineer.")
TO_CUSTOMER_NUMBER = _("Your phone number cannot receive text messages. Please give us a mobile number.")
TO_CUSTOMER_CARRIER = _("Your mobile carrier did not accept our message.")
TO_CUSTOMER_US = _("Our message could not be sent because of a setting on our side. We are looking into it.")
TO_CUSTOMER_LATER = _("Our message was delayed on its way and expired. We can send it again.")

EXPLANATIONS: Mapping[str, Explanation] = {
    # The request itself.
    "10001": Explanation(
        _("The number is in the account but switched off."),
        _("Look at the number in Telnyx's portal and activate it first."),
        U,
        FIXED,
        TO_CUSTOMER_US,
    ),
    "10002": Explanation(
        _("This cannot be a phone number."), _("Check the digits and the country code."), U, FIXED
    ),
    "10003": Explanation(
        _("A web address in the request is wrong or too long."),
        _("Write the whole address with https://, at most 2000 characters."),
        U,
        FIXED,
    ),
    "10004": Explanation(
        _("Something required was left out."), _("Fill in the field that is named."), U, FIXED
    ),
    "10005": Explanation(
        _("Telnyx does not know this record."),
        _("It may have been deleted, or belong to another account. Compare the id in the portal."),
        U,
        NEVER,
    ),
    "10006": Explanation(_("The id is not written like one."), ENGINEER, U, FIXED),
    "10007": Explanation(
        _("Telnyx had an error of its own."), _("Wait a little; if it stays, ask Telnyx support."), T, LATER
    ),
    "10008": Explanation(
        _("Telnyx took too long to answer."),
        _("It may have been done all the same: the desk looks first and only then sends again."),
        T,
        WAIT,
    ),
    "10009": Explanation(
        _("Telnyx did not accept the API key."),
        _("Somebody who manages the desk must set a valid key."),
        U,
        FIXED,
    ),
    "10010": Explanation(
        _("The API key may not do this."),
        _("Check what the key and the account are allowed to do."),
        U,
        FIXED,
    ),
    "10011": Explanation(
        _("Too many requests came in a short time."),
        _("The desk waits by itself as long as Telnyx asks."),
        U,
        LATER,
    ),
    "10012": Explanation(
        _("Telnyx has this already."), _("Look for the existing record instead of making it again."), U, NEVER
    ),
    "10013": Explanation(
        _("Something the request refers to does not exist."), _("Choose it anew from the list."), U, FIXED
    ),
    "10014": Explanation(
        _("The file or the format is of the wrong kind."), _("Only PDF files can be uploaded."), U, FIXED
    ),
    "10015": Explanation(
        _("Telnyx found a value it does not accept, and may not say which."),
        _("Compare every choice and every length with the form."),
        U,
        FIXED,
    ),
    "10016": Explanation(
        _("A number was not written in the international form."),
        _("Write it with plus and country code, like +13125550001."),
        U,
        FIXED,
    ),
    "10017": Explanation(
        _("A profile or number that was named is not there any more."), _("Choose another one."), U, FIXED
    ),
    "10018": Explanation(_("The order of a list was asked for in a wrong way."), ENGINEER, U, FIXED),
    "10019": Explanation(
        _("The e-mail address is not valid."), _("Use an address of the business's own domain."), U, FIXED
    ),
    "10020": Explanation(_("A value had the wrong type."), ENGINEER, U, FIXED),
    "10021": Explanation(
        _("It is still in use and cannot be removed."), _("Detach what depends on it first."), U, FIXED
    ),
    "10022": Explanation(_("At least one id in a list is wrong."), _("Take the wrong one out."), U, FIXED),
    "10023": Explanation(_("The request could not be read."), ENGINEER, U, FIXED),
    "10024": Explanation(_("The request came in a format that is not taken here."), ENGINEER, U, FIXED),
    "10025": Explanation(
        _("A text is too short or too long."), _("Shorten or complete the field that is named."), U, FIXED
    ),
    "10026": Explanation(_("A value has a type that does not fit."), ENGINEER, U, FIXED),
    "10027": Explanation(
        _("The request is well written but cannot be carried out."),
        _("Read Telnyx's detail: it says what stands in the way."),
        U,
        FIXED,
    ),
    "10028": Explanation(_("The characters could not be read."), ENGINEER, U, FIXED),
    "10029": Explanation(_("Telnyx expected another format."), ENGINEER, U, FIXED),
    "10030": Explanation(_("This cannot be done with that record."), ENGINEER, U, NEVER),
    "10031": Explanation(_("A filter of a list is not known."), ENGINEER, U, FIXED),
    "10032": Explanation(
        _("A value is none of those that are allowed."), _("Choose one from the list."), U, FIXED
    ),
    "10033": Explanation(
        _("A number or a date lies outside of what is allowed."),
        _("Correct the value that is named."),
        U,
        FIXED,
    ),
    "10034": Explanation(_("Telnyx expected a form."), ENGINEER, U, FIXED),
    "10035": Explanation(_("Telnyx has locked this record."), ASK_TELNYX, T, FIXED),
    "10036": Explanation(
        _("The same request is still being worked on."), _("Wait: the desk asks again by itself."), T, WAIT
    ),
    "10037": Explanation(_("A service of Telnyx is down."), _("Wait until it is back."), T, LATER),
    "10038": Explanation(
        _("The account may not use this feature."), _("Verify or upgrade the account at Telnyx."), U, FIXED
    ),
    "10039": Explanation(
        _("The account has used up its share of this feature."), _("Upgrade, or free some of it."), U, FIXED
    ),
    "20001": Explanation(_("The secret of the API key is wrong."), _("Set a valid key."), U, FIXED),
    "20002": Explanation(
        _("The API key was revoked."), _("Make a new key in the portal and set it."), U, FIXED
    ),
    "20003": Explanation(
        _("The API key is not allowed here."), _("Use a key that has the right to do this."), U, FIXED
    ),
    "20006": Explanation(_("The access token has expired."), _("Get a new one."), U, FIXED),
    "20008": Explanation(_("Telnyx does not know the API key."), _("Set a valid key."), U, FIXED),
    "20012": Explanation(
        _("The account is not active, perhaps for lack of funds."),
        _("Add funds, or ask Telnyx."),
        U,
        FIXED,
        TO_CUSTOMER_US,
    ),
    "20013": Explanation(
        _("Telnyx has blocked the account."),
        _("Nothing can be sent until Telnyx lifts it: ask them."),
        U,
        FIXED,
    ),
    "20014": Explanation(
        _("The account is not verified yet."), _("Finish the verification in the portal."), U, FIXED
    ),
    "20015": Explanation(
        _("This feature is switched off for the account."), _("Ask Telnyx to switch it on."), U, FIXED
    ),
    "20016": Explanation(
        _("The account needs the first level of verification."), _("Complete it in the portal."), U, FIXED
    ),
    "20017": Explanation(
        _("The account needs the second level of verification."),
        _("Hosted numbers and alphanumeric senders need it. Complete it in the portal."),
        U,
        FIXED,
    ),
    "20100": Explanation(
        _("There is not enough money in the account."),
        _("Add funds at Telnyx, then send again."),
        U,
        FIXED,
        TO_CUSTOMER_US,
    ),
    # What carriers and Telnyx say of a message.
    "40001": Explanation(
        _("The number cannot receive texts; it is probably a landline."),
        _("Ask the customer for a mobile number."),
        R,
        NEVER,
        TO_CUSTOMER_NUMBER,
    ),
    "40002": Explanation(
        _("A carrier's spam filter stopped this message."),
        _("Send more slowly and change the wording; leave out short links."),
        U,
        FIXED,
        TO_CUSTOMER_CARRIER,
    ),
    "40003": Explanation(
        _("Carriers have blocked our number for good as a source of spam."),
        _("Send from another number, and appeal through Telnyx support."),
        U,
        NEVER,
        TO_CUSTOMER_US,
    ),
    "40004": Explanation(
        _("The recipient's carrier refused the message without a reason."),
        _("Try once more later. If it comes back, ask Telnyx support."),
        C,
        LATER,
        TO_CUSTOMER_CARRIER,
    ),
    "40005": Explanation(
        _("The message ran out of time on its way."),
        _("Send it again when it is still of use."),
        C,
        LATER,
        TO_CUSTOMER_LATER,
    ),
    "40006": Explanation(
        _("The recipient's carrier could not be reached."),
        _("Send it again later."),
        C,
        LATER,
        TO_CUSTOMER_LATER,
    ),
    "40007": Explanation(
        _("The message came back to where it started."),
        _("Look for numbers that forward or answer each other."),
        U,
        NEVER,
    ),
    "40008": Explanation(
        _("The recipient's carrier did not deliver the message."),
        _("Try once or twice with time between. On WhatsApp check the template first."),
        C,
        LATER,
        TO_CUSTOMER_CARRIER,
    ),
    "40009": Explanation(
        _("The carrier could not read the text."),
        _("Take out unusual characters, then send again."),
        U,
        FIXED,
    ),
    "40010": Explanation(
        _("Our US number is not registered for business texts (10DLC)."),
        _("Register brand and campaign at Telnyx, and assign the number."),
        U,
        FIXED,
        TO_CUSTOMER_US,
    ),
    "40011": Explanation(
        _("We sent more than the carrier takes, and the message was dropped."),
        _("Send more slowly, then send this one again."),
        U,
        LATER,
        TO_CUSTOMER_LATER,
    ),
    "40012": Explanation(
        _("The carrier says that the recipient's number does not exist."),
        _("Check the number with the customer."),
        R,
        NEVER,
        TO_CUSTOMER_NUMBER,
    ),
    "40013": Explanation(
        _("The carrier does not accept our number as a sender."),
        _("Check that the sender is active and enabled for texts."),
        U,
        FIXED,
        TO_CUSTOMER_US,
    ),
    "40014": Explanation(
        _("The message waited too long at Telnyx and expired."),
        _("Too much was queued for this sender. Send it again when it is still of use."),
        U,
        LATER,
        TO_CUSTOMER_LATER,
    ),
    "40015": Explanation(
        _("Telnyx's own filter stopped the message."),
        _("Change the wording. When it is wrong, ask Telnyx support."),
        U,
        FIXED,
        TO_CUSTOMER_US,
    ),
    "40016": Explanation(
        _("Our allowance at T-Mobile is used up."),
        _("Wait for the next day, or ask for a larger allowance."),
        U,
        WAIT,
        TO_CUSTOMER_LATER,
    ),
    "40017": Explanation(
        _("AT&T took the message for spam."),
        _("Change the wording and leave out short links of public services."),
        U,
        FIXED,
        TO_CUSTOMER_CARRIER,
    ),
    "40018": Explanation(
        _("We sent faster than AT&T allows for this campaign."),
        _("Send more slowly."),
        U,
        LATER,
        TO_CUSTOMER_LATER,
    ),
    "40019": Explanation(
        _("For AT&T, our number and its campaign do not fit together."),
        _("Check which campaign the number is assigned to."),
        U,
        FIXED,
        TO_CUSTOMER_US,
    ),
    "40020": Explanation(
        _("Telnyx suspects that somebody makes us send codes to earn from it, and blocks them for a day."),
        _("Wait 24 hours, and check who asks for codes and how often."),
        U,
        WAIT,
        TO_CUSTOMER_US,
    ),
    "40100": Explanation(
        _("Our number is not set up for texts."),
        _("Assign it to a messaging profile."),
        U,
        FIXED,
        TO_CUSTOMER_US,
    ),
    "40150": Explanation(
        _("The toll-free number is missing from the registry."), ASK_TELNYX, T, FIXED, TO_CUSTOMER_US
    ),
    "40151": Explanation(
        _("Another provider is just enabling texts for this number."),
        _("Wait, or let the other provider release it."),
        U,
        WAIT,
        TO_CUSTOMER_US,
    ),
    "40152": Explanation(_("The registry did not accept a value."), ASK_TELNYX, T, FIXED),
    "40153": Explanation(_("Telnyx has no access to this number's registry entry."), ASK_TELNYX, T, FIXED),
    "40154": Explanation(_("Telnyx may not use this network for the number."), ASK_TELNYX, T, FIXED),
    "40155": Explanation(
        _("A signed letter of authorization is missing."),
        _("Upload the letter in the number's hosted order."),
        U,
        FIXED,
    ),
    "40156": Explanation(_("Telnyx may not set this in the registry."), ASK_TELNYX, T, FIXED),
    "40157": Explanation(_("The registry takes no changes for now."), _("Try again later."), T, LATER),
    "40158": Explanation(_("The registry entry could not be removed."), ASK_TELNYX, T, FIXED),
    "40159": Explanation(
        _("The registry answered with an error."), _("Try later, then ask Telnyx."), T, LATER
    ),
    "40300": Explanation(
        _("The recipient has opted out of our messages."),
        _("Nobody here can lift that. The recipient texts START to our number to get messages again."),
        R,
        NEVER,
        _("You are unsubscribed from our text messages. To get them again, text START to our number."),
    ),
    "40301": Explanation(
        _("This kind of sender cannot reach this kind of number."),
        _("Send from another number or by another channel."),
        U,
        FIXED,
    ),
    "40302": Explanation(
        _("The text is longer than ten parts."), _("Shorten it, or send it as MMS."), U, FIXED
    ),
    "40303": Explanation(
        _("Telnyx does not find this message."), _("It shows messages for ten days only."), T, NEVER
    ),
    "40304": Explanation(
        _("SMS and MMS were mixed up in one request."),
        _("Text alone is an SMS; files or a subject make it an MMS."),
        U,
        FIXED,
    ),
    "40305": Explanation(
        _("The sender does not belong to the messaging profile."),
        _("Choose a sender of this profile, or assign the number to it."),
        U,
        FIXED,
        TO_CUSTOMER_US,
    ),
    "40306": Explanation(
        _("The profile has no alphanumeric sender."),
        _("Create one on the profile first."),
        U,
        FIXED,
        TO_CUSTOMER_US,
    ),
    "40307": Explanation(
        _("The sender's name is not the one of the profile."),
        _("Write it exactly as it is listed."),
        U,
        FIXED,
    ),
    "40308": Explanation(
        _("This sender cannot send MMS."), _("Send from a US number or an MMS short code."), U, FIXED
    ),
    "40309": Explanation(
        _("The profile may not send to this country."),
        _("Add the country to the profile's destinations."),
        U,
        FIXED,
        TO_CUSTOMER_US,
    ),
    "40310": Explanation(
        _("The recipient is not one valid number."),
        _("Check the number; several recipients need a group message."),
        U,
        FIXED,
    ),
    "40311": Explanation(_("An old kind of password of the profile was wrong."), ENGINEER, U, FIXED),
    "40312": Explanation(
        _("The messaging profile is switched off."),
        _("Switch it on, or use another one."),
        U,
        FIXED,
        TO_CUSTOMER_US,
    ),
    "40313": Explanation(_("An old kind of password of the profile was missing."), ENGINEER, U, FIXED),
    "40314": Explanation(
        _("Texts are switched off for the whole account."), _("Ask Telnyx at once."), U, FIXED, TO_CUSTOMER_US
    ),
    "40315": Explanation(
        _("Too many messages of our number fail or are marked as spam."),
        _("Let the number rest, or send from another one."),
        U,
        WAIT,
        TO_CUSTOMER_US,
    ),
    "40316": Explanation(_("The message was empty."), _("Write a text or add a file."), U, FIXED),
    "40317": Explanation(
        _("There are more than ten files, or together they are over 1 MB."),
        _("Send fewer or smaller ones."),
        U,
        FIXED,
    ),
    "40318": Explanation(
        _("The queue for this sender is full: it holds four hours."),
        _("Wait until it has emptied, then send again."),
        U,
        WAIT,
        TO_CUSTOMER_LATER,
    ),
    "40319": Explanation(
        _("This sender can never reach this kind of number."), _("Use another sender or channel."), U, NEVER
    ),
    "40320": Explanation(
        _("Our number is still being set up."),
        _("Wait until it is ready, then send again."),
        T,
        WAIT,
        TO_CUSTOMER_US,
    ),
    "40321": Explanation(
        _("The profile has no number that can be used."),
        _("Switch its number pool on, add numbers, or allow unhealthy ones."),
        U,
        FIXED,
        TO_CUSTOMER_US,
    ),
    "40322": Explanation(
        _("The content is not allowed."),
        _("Remove what breaks the rules; never send it unchanged."),
        U,
        NEVER,
    ),
    "40323": Explanation(_("Texts could not be switched on for the number."), ASK_TELNYX, T, FIXED),
    "40324": Explanation(
        _("The number's product could not be changed."),
        _("Only the products listed for it can be chosen."),
        U,
        FIXED,
    ),
    "40325": Explanation(
        _("The sender's name breaks the rules for names."),
        _("1 to 11 letters, digits and spaces, with at least one letter."),
        U,
        FIXED,
    ),
    "40326": Explanation(
        _("The sender's name could not be linked to the profile."),
        _("Check that it is free and that the account is verified to level 2."),
        U,
        FIXED,
    ),
    "40327": Explanation(
        _("Telnyx does not offer this domain for short links."),
        _("Choose one from the profile's list."),
        U,
        FIXED,
    ),
    "40328": Explanation(
        _("The text needs more parts than is advised."),
        _("Shorten it, or switch off “stop long texts”."),
        U,
        FIXED,
    ),
    "40329": Explanation(
        _("Our toll-free number is not verified."),
        _("Get it verified first; nothing goes out from it before."),
        U,
        FIXED,
        TO_CUSTOMER_US,
    ),
    "40330": Explanation(
        _("Our toll-free number is not ready for texts yet."),
        _("Wait; if it stays so, ask Telnyx support."),
        T,
        WAIT,
        TO_CUSTOMER_US,
    ),
    "40331": Explanation(
        _("The profile has no country that it may send to."),
        _("Choose the profile's destinations."),
        U,
        FIXED,
        TO_CUSTOMER_US,
    ),
    "40332": Explanation(
        _("The brand still has a campaign."), _("End the campaign first, then delete the brand."), U, FIXED
    ),
    "40333": Explanation(
        _("The profile's daily budget is used up."),
        _("Wait until midnight UTC, or let somebody raise the limit."),
        U,
        WAIT,
        TO_CUSTOMER_LATER,
    ),
    "41000": Explanation(
        _("WhatsApp refused the message."),
        _("Check the template, and whether the customer wrote within the last 24 hours."),
        U,
        FIXED,
        TO_CUSTOMER_CARRIER,
    ),
}
