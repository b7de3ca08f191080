"""Rules about consent: how people agree, what they are answered, and the pages behind it."""

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from ...choices import UseCase
from .rule import ELSEWHERE, OURS, PRINCIPLES, REVIEWERS, Hits, Rule, date
from .texts import (
    ADDRESS,
    STOP,
    TEXTING,
    TEXTS,
    empty,
    host,
    is_named,
    lacks,
    names,
    own_names,
    quoted,
    said,
    site,
    words,
)

if TYPE_CHECKING:
    from ...models import VerificationRequest

VOLUNTARY = re.compile(
    r"(?i:\boptional\w*|\bvoluntar\w*|not required|not (?:a )?(?:condition|requirement)|unchecked|"
    r"\bcheck ?box|\bbox\b|"
    r"\btick\w*|\bopt\w*[ -]?in\w*|\bchoos\w+|\bchoice\b|\bif (?:they|you) (?:want|wish|like|prefer)|\btoggle|"
    r"\bsign\w*[ -]?up|\bsubscri\w+|\benroll\w*|\bconsent\w*|\bagree\w*|\bask\w* (?:for|to)\b|\brequest\w*|"
    r"\bselect\w*|"
    r"\b(?:say|says|saying|answer\w*|repl\w+) (?:with )?[\"“']?yes\b|\bswitch\w*|\bjoin\w*|"
    r"\bseparate\w*|n['’]t depend|not depend|\bpermission|\bmay\b|\bclick\w*|\bpress\w*)|"
    r"(?i:\btext\w*|\brepl\w+|\bsend\w*)(?: with| us| the word| the keyword)? ?[\"“']?[A-Z]{3,}\b"
)
REQUIRED = re.compile(
    r"\b(?:(?:phone|mobile|cell)(?: phone)?(?: number)?(?: field)? (?:is|are) (?:a )?(?:required|mandatory)|"
    r"(?:required|mandatory|obligatory) (?:to|for|in order to)[^.]{0,40}(?:texts?|sms|messages|opt[ -]?in)|"
    r"(?:texts?|sms|text messages|messages|opt[ -]?in|consent)(?: \w+){0,3} (?:is|are) (?:required|mandatory|"
    r"obligatory)|"
    r"(?:must|have to|has to|needs? to) (?:agree|accept|consent|opt[ -]?in|receive)\b(?:(?! before (?:we|any|"
    r"texts?)\b)[^.])"
    r"{0,60}\b(?:to|before|in order|if) (?:\w+ ){0,2}?(?:book|order|use|create|register|check ?out|continue|"
    r"complete|buy|"
    r"purchase|join|become|enroll|sign|get|be)|"
    r"automatically (?:opt\w*|enroll\w*|subscrib\w*|receive|get|added|sign\w*)|"
    r"(?:opted[ -]in|enrolled|subscribed|checked|ticked|selected) by default|pre-?(?:checked|ticked|selected)|"
    r"(?:is|as) a (?:condition|requirement) (?:of|for))\b",
    re.IGNORECASE,
)
SEPARATE = words(
    r"separat\w+|apart|own (?:box|check ?box|consent)|stand-?alone|independent\w*|distinct|dedicated|not bundled"
)
BUNDLED = re.compile(
    r"\b(?:by (?:accepting|agreeing to|registering|creating an? \w*\s?account|placing an order|purchasing|buying|"
    r"checking out|ordering|using (?:our|the) (?:site|website|app|service)s?|signing (?:the|our|a|"
    r"their) \w+)[^.]{0,80}"
    r"\b(?:agree|consent|receive|opt|subscribe|text)\w*|"
    r"(?:accept|agree)\w*(?: to)?[^.]{0,30}\b(?:terms|conditions|privacy policy|user agreement|contract|"
    r"lease)\b[^.]{0,30}"
    r"\b(?:and|which|includ\w+|also|as well)\b[^.]{0,60}\b(?:texts?|texting|sms|messages?|messaging)|"
    r"(?:part of|included in|covered by|contained in|bundled with|comes with|buried in)\s+(?:\w+\s+){0,4}"
    r"(?:terms|conditions|agreement|contract|policy|lease|form))\b",
    re.IGNORECASE,
)
CHANNELS = re.compile(
    r"\b(?:agree|consent|opt[ -]?in|sign[ -]?up|receive|get|box)\w*\b[^.]{0,60}?\b(?:e-?mails?|phone calls?|"
    r"calls?|newsletters?)"
    r"(?:,? (?:and|or)|,|/| &)[^.]{0,25}\b(?:texts?|sms|text messages)\b|"
    r"\b(?:agree|consent|opt[ -]?in|sign[ -]?up|receive|get|box)\w*\b[^.]{0,60}?\b(?:texts?|sms|text messages)"
    r"(?:,? (?:and|or)|,|/| &)[^.]{0,25}\b(?:e-?mails?|phone calls?|calls?|newsletters?)\b",
    re.IGNORECASE,
)
BOUGHT = words(
    r"lead gen\w*|affiliates?|(?:purchased|bought|rented|acquired|third[- ]party) (?:lists?|leads?|contacts?|"
    r"data\w*)|"
    r"list brokers?|data brokers?|scraped|multi[- ]?level|mlm|buy lists?|cold (?:texts?|texting|outreach|leads?)"
)
ASSUMED = words(
    r"implied consent|(?:existing|prior|established) (?:business )?relationships?|tcpa exempt\w*|"
    r"exempt(?:ion|ed)? from (?:the )?(?:tcpa|consent|opt\w*)|opt[- ]?in (?:is )?(?:not|n[o']t) (?:needed|"
    r"required|necessary)|"
    r"no opt[- ]?in (?:is )?(?:needed|required|necessary)|already (?:have|had) (?:their|the) (?:phone )?numbers?|"
    r"(?:imported|taken|pulled|loaded) from (?:our|the|their|a) (?:crm|database|customer list|contacts?|"
    r"records?|spreadsheet)"
)
# Negation is part of some of these, so only "we never ..." takes them back.
SHARED = words(
    r"(?:share|shared|shares|sharing|sell|sells|sold|selling|pass|passed|disclose\w*|provide\w*|rent|rented)"
    r"(?: \w+){0,6} (?:third[- ]part(?:y|ies)|partners?|affiliates?|sponsors?|advertisers?|other companies)"
)
RESERVED = frozenset({
    "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "OPT-OUT", "REVOKE", "HELP", "INFO",
    "ARRET", "ARRÊT", "ALTO", "PARAR", "UNSTOP",
})  # fmt: skip
LONGEST_KEYWORD = 24
MOST_WORDS = 3
HELP = words(r"help|info|aide|ayuda")
FREQUENCY = words(
    r"msg(?:s|\.)? ?freq\w*|frequency|varies|vary|per (?:day|week|month|year|order|visit|appointment|request|booking|"
    r"delivery|transaction|event|login|sign-in)|an? (?:day|week|month|year)|daily|weekly|monthly|recurring|"
    r"(?:up to|max\.?|about|approx\.?|at most)? ?\d+ ?(?:msgs?|messages?|texts?)(?:/\w+)?|msgs?/\w+|"
    r"(?:one|two|three|four|five) (?:msgs?|messages?|texts?)|one[- ]time|for (?:each|every) \w+|whenever|"
    r"only when|once"
)
RATES = words(
    r"rates?(?: may)? apply|data rates?|msg ?(?:&|and|\+) ?data|message (?:and|&) data|charges?|rates|free of charge|"
    r"standard rates?|carrier fees?"
)
CONTACT = re.compile(
    r"@\w|\+?\d[\d ().-]{5,}\d|\b\d{3}[ -]?\d{4}\b|\b1-?8\d\d-[A-Z\d-]{7,}|\b(?:phone|e-?mail|call us at|chat)\b",
    re.IGNORECASE,
)
BEHIND_SIGN_IN = frozenset({
    "drive.google.com", "docs.google.com", "dropbox.com", "onedrive.live.com", "1drv.ms", "icloud.com", "box.com",
    "wetransfer.com", "we.tl", "figma.com", "notion.so", "canva.com",
})  # fmt: skip
FEWEST_WORDS = 5


def opt_in_required(request: "VerificationRequest") -> Hits:
    # A code for signing in may be required; everything else must be optional.
    if request.use_case != UseCase.TWO_FACTOR and (found := list(said(REQUIRED, request.opt_in_workflow))):
        yield "opt_in_workflow", {"found": quoted(found)}


def opt_in_bundled(request: "VerificationRequest") -> Hits:
    text = request.opt_in_workflow
    if not SEPARATE.search(text) and (found := list(said(BUNDLED, text))):
        yield "opt_in_workflow", {"found": quoted(found)}


def opt_in_for_all_channels(request: "VerificationRequest") -> Hits:
    text = request.opt_in_workflow
    if not SEPARATE.search(text) and (found := list(said(CHANNELS, text))):
        yield "opt_in_workflow", {"found": quoted(found)}


def opt_in_not_voluntary(request: "VerificationRequest") -> Hits:
    text = request.opt_in_workflow
    others = (opt_in_required, opt_in_too_short)
    if text and not VOLUNTARY.search(text) and not any(True for check in others for _hit in check(request)):
        yield "opt_in_workflow", {}


def opt_in_without_texting(request: "VerificationRequest") -> Hits:
    text = request.opt_in_workflow
    if text and not TEXTING.search(text) and not any(True for _hit in opt_in_too_short(request)):
        yield "opt_in_workflow", {}


def opt_in_too_short(request: "VerificationRequest") -> Hits:
    if 0 < len(request.opt_in_workflow.split()) < FEWEST_WORDS:
        yield "opt_in_workflow", {}


def keyword_reserved(request: "VerificationRequest") -> Hits:
    found = [word for word in _keywords(request) if word in RESERVED]
    if found:
        yield "opt_in_keywords", {"found": quoted(found)}


def keyword_is_sentence(request: "VerificationRequest") -> Hits:
    found = [
        word for word in _keywords(request) if len(word) > LONGEST_KEYWORD or len(word.split()) > MOST_WORDS
    ]
    if found:
        yield "opt_in_keywords", {"found": quoted(found)}


def _keywords(request: "VerificationRequest") -> list[str]:
    return [
        word.strip(" .\"'“”").upper() for word in re.split(r"[,;\n]", request.opt_in_keywords) if word.strip()
    ]


def confirmation_without_brand(request: "VerificationRequest") -> Hits:
    yield from _without_brand("opt_in_confirmation_response", request)


def help_without_brand(request: "VerificationRequest") -> Hits:
    yield from _without_brand("help_message_response", request)


def _without_brand(field: str, request: "VerificationRequest") -> Hits:
    text, known = getattr(request, field), own_names(request)
    if text and known and not any(is_named(name, text) for name in known):
        yield field, {}


def help_without_contact(request: "VerificationRequest") -> Hits:
    text = request.help_message_response
    if text and not CONTACT.search(text) and not ADDRESS.search(text):
        yield "help_message_response", {}


def policy_is_terms(request: "VerificationRequest") -> Hits:
    if request.privacy_policy_url and request.privacy_policy_url == request.terms_and_condition_url:
        yield "terms_and_condition_url", {}


def policy_is_home_page(request: "VerificationRequest") -> Hits:
    home = _page(request.corporate_website)
    for field in ("privacy_policy_url", "terms_and_condition_url"):
        if home and _page(getattr(request, field)) == home:
            yield field, {}


def _page(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    tail = "".join(
        filter(
            None,
            [
                parts.path.rstrip("/"),
                parts.query and f"?{parts.query}",
                parts.fragment and f"#{parts.fragment}",
            ],
        )
    )
    return f"{host(url)}{tail}" if host(url) else ""


def policy_elsewhere(request: "VerificationRequest") -> Hits:
    website = host(request.corporate_website)
    for field in ("privacy_policy_url", "terms_and_condition_url"):
        name = host(getattr(request, field))
        if website and name and site(name) != site(website):
            yield field, {"site": name}


def picture_behind_sign_in(request: "VerificationRequest") -> Hits:
    for url in request.opt_in_workflow_image_urls:
        name = host(url)
        if name in BEHIND_SIGN_IN or name.endswith(".sharepoint.com"):
            yield "opt_in_workflow_image_urls", {"site": name}


def picture_is_home_page(request: "VerificationRequest") -> Hits:
    home = _page(request.corporate_website)
    if home and any(_page(url) == home for url in request.opt_in_workflow_image_urls):
        yield "opt_in_workflow_image_urls", {}


def data_shared(request: "VerificationRequest") -> Hits:
    for field in TEXTS:
        if found := list(said(SHARED, getattr(request, field))):
            yield field, {"found": quoted(found)}


def consent_assumed(request: "VerificationRequest") -> Hits:
    if found := [match.group() for match in ASSUMED.finditer(request.opt_in_workflow)]:
        yield "opt_in_workflow", {"found": quoted(found)}


OPT_IN = "Patients tick a separate, optional box for text reminders in the booking form."
CONFIRMED = (
    "Larkspur Dental: you get reminders of your visits, up to 4 messages a month. Message and data rates may apply. "
    "Reply HELP for help, STOP to opt out."
)

RULES = (
    Rule(
        "opt_in_too_short",
        "opt_in_workflow",
        opt_in_too_short,
        _("This is too short to tell how people agree."),
        _("Say where, by what action, and quote the words they agree to."),
        _("A reviewer follows your description through the opt-in step by step."),
        REVIEWERS,
        bad={"opt_in_workflow": "Text opt-in form."},
        good={"opt_in_workflow": OPT_IN},
    ),
    Rule(
        "opt_in_without_texting",
        "opt_in_workflow",
        opt_in_without_texting,
        _("The opt-in doesn't mention text messages."),
        _("Quote the words people agree to."),
        _("Consent to be contacted isn't consent to text messages."),
        REVIEWERS,
        bad={"opt_in_workflow": "Patients tick a separate, optional box in the booking form."},
        good={"opt_in_workflow": OPT_IN},
    ),
    Rule(
        "opt_in_not_voluntary",
        "opt_in_workflow",
        opt_in_not_voluntary,
        _("Nothing says that agreeing is optional."),
        _("Describe the box people can check or leave empty, separate from the terms."),
        _("Receiving messages must be a choice."),
        REVIEWERS,
        bad={"opt_in_workflow": "All patients of the practice get text messages."},
        good={"opt_in_workflow": OPT_IN},
    ),
    Rule(
        "opt_in_required",
        "opt_in_workflow",
        opt_in_required,
        _("%(found)s reads as if people had no choice."),
        _("Make the number or the box optional on the page, then describe it here."),
        _(
            "Consent may not be a condition of a service or a purchase, and the box may not be checked "
            "in advance."
        ),
        REVIEWERS,
        bad={"opt_in_workflow": "Patients are automatically enrolled in text reminders when they book."},
        good={
            "opt_in_workflow": "Patients tick an optional box for text reminders; it isn't required for a booking."
        },
    ),
    Rule(
        "opt_in_bundled",
        "opt_in_workflow",
        opt_in_bundled,
        _("%(found)s ties the consent to another agreement."),
        _("Give text messages a box of their own, apart from terms, orders and accounts, and say so here."),
        _("Consent that is part of terms or of a purchase doesn't count."),
        REVIEWERS,
        bad={
            "opt_in_workflow": "By creating an account, patients agree to receive text messages from the practice."
        },
        good={"opt_in_workflow": "Patients tick a box for text reminders that is separate from the terms."},
    ),
    Rule(
        "opt_in_for_all_channels",
        "opt_in_workflow",
        opt_in_for_all_channels,
        _("%(found)s asks for one consent to text messages and other channels."),
        _("Give text messages a box of their own, and say so here."),
        _("People must be able to take the email without the texts."),
        REVIEWERS,
        bad={
            "opt_in_workflow": "Patients tick an optional box and agree to receive emails and text messages."
        },
        good={
            "opt_in_workflow": "Patients tick one box for emails and a separate, optional one for text messages."
        },
    ),
    Rule(
        "bought_contacts",
        "opt_in_workflow",
        names(("opt_in_workflow", "use_case_summary", "additional_information"), BOUGHT),
        _(
            "People must give their consent to this business itself; %(found)s sounds as if others had "
            "collected the contacts."
        ),
        _("Text only people who gave this business their consent, and describe how they did."),
        _(
            "Contacts from lead generation, affiliates or lists are rejected, whatever they agreed to elsewhere."
        ),
        REVIEWERS,
        bad={"opt_in_workflow": "Optional text messages to people of a purchased list."},
        good={"opt_in_workflow": OPT_IN},
    ),
    Rule(
        "consent_assumed",
        "opt_in_workflow",
        consent_assumed,
        _("%(found)s isn't consent."),
        _("Ask the people first, and describe how."),
        _("Being a customer, or a legal exemption, doesn't replace an opt-in."),
        REVIEWERS,
        bad={"opt_in_workflow": "Patients have implied consent to text messages once they ask for a visit."},
        good={"opt_in_workflow": OPT_IN},
    ),
    Rule(
        "data_shared",
        "opt_in_workflow",
        data_shared,
        _("%(found)s: numbers and consent may not be shared."),
        _("Stop sharing them, and say here and in the privacy policy that they aren't shared."),
        _("Reviewers reject a policy that lets third parties use numbers for their own messages."),
        REVIEWERS,
        bad={"additional_information": "We share the numbers with our partners."},
        good={"additional_information": "Numbers are never shared with third parties."},
    ),
    Rule(
        "picture_behind_sign_in",
        "opt_in_workflow_image_urls",
        picture_behind_sign_in,
        _("Files on %(site)s often require signing in."),
        _("Put the picture on the website, or make sure that it opens in a private window."),
        _("An opt-in that the reviewer can't open doesn't count."),
        REVIEWERS,
        bad={"opt_in_workflow_image_urls": ["https://drive.google.com/file/d/1a2b3c/view"]},
        good={"opt_in_workflow_image_urls": ["https://larkspur-dental.example/opt-in.png"]},
    ),
    Rule(
        "picture_is_home_page",
        "opt_in_workflow_image_urls",
        picture_is_home_page,
        _("This is the home page, not a picture of the opt-in."),
        _("Enter the address of a screenshot, or of the page with the opt-in."),
        _("A reviewer doesn't search the site for it."),
        REVIEWERS,
        bad={"opt_in_workflow_image_urls": ["https://larkspur-dental.example/"]},
        good={"opt_in_workflow_image_urls": ["https://larkspur-dental.example/opt-in.png"]},
    ),
    Rule(
        "keywords_missing",
        "opt_in_keywords",
        empty("opt_in_keywords"),
        _("Reviewers expect the words people text to opt in, such as START."),
        _("Add them if you use any."),
        _("This tells them whether people can join by text."),
        REVIEWERS,
        bad={"opt_in_keywords": ""},
        good={"opt_in_keywords": "START, YES"},
    ),
    Rule(
        "keyword_reserved",
        "opt_in_keywords",
        keyword_reserved,
        _("%(found)s can't be used to opt in: it ends the messages or asks for help on every phone."),
        _("Take it out, and use words such as START or JOIN."),
        _("Carriers act on these words themselves, so people can't join by texting them."),
        PRINCIPLES,
        bad={"opt_in_keywords": "JOIN, STOP"},
        good={"opt_in_keywords": "JOIN, START"},
        error_from=date(2026, 1, 1),
    ),
    Rule(
        "keyword_is_sentence",
        "opt_in_keywords",
        keyword_is_sentence,
        _("%(found)s is a sentence, not a keyword."),
        _("Enter only the words themselves, separated by commas."),
        _("Nobody opts in by texting a sentence; a description belongs under “How people opt in”."),
        OURS,
        bad={"opt_in_keywords": "PATIENTS TICK A BOX IN THE FORM"},
        good={"opt_in_keywords": "START, YES"},
    ),
    Rule(
        "confirmation_without_brand",
        "opt_in_confirmation_response",
        confirmation_without_brand,
        _("The opt-in reply doesn't name the business."),
        _("Start it with the brand customers know."),
        _("It is the first message people get, and it must say who is texting."),
        PRINCIPLES,
        bad={"opt_in_confirmation_response": CONFIRMED.replace("Larkspur Dental: you", "You")},
        good={"opt_in_confirmation_response": CONFIRMED},
    ),
    Rule(
        "confirmation_without_frequency",
        "opt_in_confirmation_response",
        lacks("opt_in_confirmation_response", FREQUENCY),
        _("The opt-in reply doesn't say how often you send messages."),
        _("Add “up to 4 messages a month” or “message frequency varies”."),
        _("Reviewers look for five things in it: brand, frequency, rates, HELP and STOP."),
        PRINCIPLES,
        bad={"opt_in_confirmation_response": CONFIRMED.replace(", up to 4 messages a month", "")},
        good={"opt_in_confirmation_response": CONFIRMED},
    ),
    Rule(
        "confirmation_without_rates",
        "opt_in_confirmation_response",
        lacks("opt_in_confirmation_response", RATES),
        _("The opt-in reply doesn't mention what the messages may cost."),
        _("Add “Message and data rates may apply”."),
        _("Reviewers look for five things in it: brand, frequency, rates, HELP and STOP."),
        PRINCIPLES,
        bad={"opt_in_confirmation_response": CONFIRMED.replace(" Message and data rates may apply.", "")},
        good={"opt_in_confirmation_response": CONFIRMED},
    ),
    Rule(
        "confirmation_without_help",
        "opt_in_confirmation_response",
        lacks("opt_in_confirmation_response", HELP),
        _("The opt-in reply doesn't say how to get help."),
        _("Add “Reply HELP for help”."),
        _("Reviewers look for five things in it: brand, frequency, rates, HELP and STOP."),
        PRINCIPLES,
        bad={"opt_in_confirmation_response": CONFIRMED.replace("HELP for help, ", "")},
        good={"opt_in_confirmation_response": CONFIRMED},
    ),
    Rule(
        "confirmation_without_stop",
        "opt_in_confirmation_response",
        lacks("opt_in_confirmation_response", STOP),
        _("The opt-in reply must say how to stop."),
        _("Add “Reply STOP to opt out”."),
        _("Reviewers look for five things in it: brand, frequency, rates, HELP and STOP."),
        PRINCIPLES,
        bad={"opt_in_confirmation_response": CONFIRMED.replace(", STOP to opt out", "")},
        good={"opt_in_confirmation_response": CONFIRMED},
    ),
    Rule(
        "help_without_brand",
        "help_message_response",
        help_without_brand,
        _("The HELP reply doesn't name the business."),
        _("Start it with the brand customers know."),
        _("People who ask for help often don't know who is texting them."),
        PRINCIPLES,
        bad={"help_message_response": "Call us at 217-555-0142. Reply STOP to opt out."},
        good={"help_message_response": "Larkspur Dental: call 217-555-0142. Reply STOP to opt out."},
    ),
    Rule(
        "help_without_contact",
        "help_message_response",
        help_without_contact,
        _("The HELP reply doesn't say how to reach a person."),
        _("Add a phone number, an email address or a web page."),
        _("Reviewers want a way to reach a person outside the messages."),
        PRINCIPLES,
        bad={"help_message_response": "Larkspur Dental reminders. Reply STOP to opt out."},
        good={"help_message_response": "Larkspur Dental: call 217-555-0142. Reply STOP to opt out."},
    ),
    Rule(
        "privacy_policy_missing",
        "privacy_policy_url",
        empty("privacy_policy_url"),
        _("Requests without a privacy policy are rejected."),
        _("Add the address of yours."),
        _("Telnyx still accepts a request without one, but reviewers don't, and other providers require it."),
        ELSEWHERE,
        bad={"privacy_policy_url": ""},
        good={"privacy_policy_url": "https://larkspur-dental.example/privacy"},
    ),
    Rule(
        "terms_missing",
        "terms_and_condition_url",
        empty("terms_and_condition_url"),
        _("Requests without terms and conditions are rejected."),
        _("Add the address of yours."),
        _(
            "Telnyx still accepts a request without them, but reviewers don't, and other providers require them."
        ),
        ELSEWHERE,
        bad={"terms_and_condition_url": ""},
        good={"terms_and_condition_url": "https://larkspur-dental.example/terms"},
    ),
    Rule(
        "policy_is_terms",
        "terms_and_condition_url",
        policy_is_terms,
        _("This is the same page as the privacy policy."),
        _("Put each on its own page, or enter the address of its own section."),
        _("Reviewers expect two separate documents."),
        REVIEWERS,
        bad={"terms_and_condition_url": "https://larkspur-dental.example/privacy"},
        good={"terms_and_condition_url": "https://larkspur-dental.example/terms"},
    ),
    Rule(
        "policy_is_home_page",
        "privacy_policy_url",
        policy_is_home_page,
        _("This is the home page."),
        _("Enter the address of the document itself."),
        _("A reviewer doesn't search the site for it."),
        REVIEWERS,
        bad={"privacy_policy_url": "https://larkspur-dental.example/"},
        good={"privacy_policy_url": "https://larkspur-dental.example/privacy"},
    ),
    Rule(
        "policy_elsewhere",
        "privacy_policy_url",
        policy_elsewhere,
        _("%(site)s isn't on the website's domain."),
        _("Put the document on the business's own site."),
        _("Someone else's policy doesn't say what this business does with numbers."),
        REVIEWERS,
        bad={"privacy_policy_url": "https://policies.example/larkspur"},
        good={"privacy_policy_url": "https://www.larkspur-dental.example/privacy"},
    ),
)
