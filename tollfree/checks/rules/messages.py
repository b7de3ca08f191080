"""Rules about what is sent: the use case, its description and the sample."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from ...choices import UseCase
from .rule import OURS, PRINCIPLES, REVIEWERS, Hits, Rule
from .texts import (
    STOP,
    TEXTS,
    host,
    is_named,
    lacks,
    names,
    own_names,
    quoted,
    said,
    says,
    site,
    squeezed,
    urls,
    without_names,
    words,
)

if TYPE_CHECKING:
    from ...models import VerificationRequest

FORBIDDEN = words(
    # drugs
    r"cannabis|marijuana|weed (?:shop|store|delivery)|thc|cbd(?! (?:area|district|office|station|location|branch))|"
    r"hemp|kratom|psilocybin|dispensar(?:y|ies)|"
    # money
    r"payday(?: loans?)?|(?:personal|title|short[- ]term|quick|fast|easy|instant|bad[- ]credit|high[- ]risk|cash|"
    r"guaranteed|pre-?approved) loans?|cash advances?|loan (?:offers?|deals?)|"
    r"(?:offer|offers|offering|sell|sells|selling|get|apply for|cheap|market|marketing)(?: \w+){0,3} loans?|"
    r"loans? (?:up to|in minutes|for anyone)|debt (?:relief|collection|collectors?|consolidation|settlement|"
    r"reduction|"
    r"forgiveness)|credit repair|(?:repair|fix) your credit|crypto\w*|bitcoin|ethereum|nfts?|forex|binary options|"
    # games of chance
    r"gambling|casinos?|betting|sports ?books?|wagers?|wagering|poker|slot machines?|sweepstakes?|lotter(?:y|ies)|"
    # sex, hate, firearms
    r"porn\w*|adult (?:content|entertainment|videos?|toys?)|escort services?|sex (?:toys?|chat)|strip clubs?|nudes?|"
    r"hate speech|white suprem\w+|firearms?|handguns?|pistols?|shotguns?|ammunition|ammo|"
    r"guns? (?:sales?|shops?|stores?|shows?|dealers?)|(?:buy|sell|selling) guns?|"
    # schemes
    r"get[- ]rich\w*|work[- ]from[- ]home (?:income|schemes?|business)|pyramid|mlm"
)
FORBIDDEN_NAMES = words(r"cannabis|marijuana|dispensary|kratom|payday|bitcoin|escorts?")
ADULT = words(
    r"alcohol(?:ic)?(?: drinks?| beverages?)?(?! (?:treatment|counsel\w*|abuse|use disorder|recovery|misuse|"
    r"addiction|"
    r"wipes?|swabs?|rehab\w*|free|awareness|education))|(?<!root )(?<!ginger )beers?|"
    r"wines?(?! (?:lists?|glass(?:es)?|vinegar|country)\b)|whisk(?:e)?ys?|vodka|tequila|bourbon|liquors?|"
    r"(?<!good )(?<!high )(?<!team )(?<!your )(?<!holiday )(?<!school )spirits(?! (?:up|high|bright))|"
    r"brewer(?:y|ies)|distiller(?:y|ies)|winer(?:y|ies)|cocktails?(?! (?:dress|attire))|"
    r"tobacco(?![- ](?:cessation|free))|cigars?|cigarettes?|hookah|nicotine|e-cig\w*|vap(?:e|es|ing)"
)
AGE = words(
    r"age|aged|ages|18|19|21|18\+|21\+|over[- ](?:18|19|21)|birth\w*|born|years? old|adults?|date of birth|"
    r"dob|\w*ID check"
)
MARKETING = words(
    r"\d+ ?% (?:off|discount)|\$ ?\d+ off|\d+ (?:dollars|percent) off|discounts?|coupons?|promos?|promo codes?|"
    r"promotions|promotional|special offers?|exclusive (?:offers?|deals?)|flash sale|clearance|"
    r"(?:big|summer|winter|spring|fall|autumn|holiday|anniversary|weekend|storewide|black friday) sale|on sale|"
    r"buy one|bogo|limited[- ]time|shop now|buy now|order now|save (?:up to )?\$?\d+ ?%?|new arrivals|"
    r"(?:hot|great|best|today['’]s|weekly|daily) deals?|marketing (?:messages?|texts?|campaigns?)"
)
MAY_MARKET = (
    UseCase.GENERAL_MARKETING,
    UseCase.MIXED,
    UseCase.REWARDS_PROGRAM,
    UseCase.AUCTIONS,
    UseCase.EVENTS_AND_PLANNING,
)
MARKETING_CONSENT = words(
    r"marketing|promotion\w*|promos?|offers?|deals?|discounts?|coupons?|news\w*|sales?|specials?|rewards?|"
    r"express(?:ed)?(?: written)? consent|advertis\w+|loyalty|vip|announcements?|updates about|new arrivals|savings|"
    r"invitations?|auctions?|events?|classes"
)
CODE = words(
    r"(?:verification|security|one[- ]time|login|log-in|sign-in|access|authentication|confirmation) (?:code|passcode|"
    r"password|pin)|one[- ]time (?:code|password|passcode)|otp|passcode"
)
MAY_SEND_CODES = (
    UseCase.TWO_FACTOR,
    UseCase.MIXED,
    UseCase.FRAUD_ALERTS,
    UseCase.BANK_TRANSFERS,
    UseCase.FINANCIAL_SERVICES,
    UseCase.APP_NOTIFICATIONS,
    UseCase.SYSTEM_ALERTS,
    UseCase.COURIER_SERVICES,
    UseCase.ORDER_NOTIFICATIONS,
    UseCase.CONVERSATIONAL_ALERTS,
    UseCase.HEALTHCARE_ALERTS,
    UseCase.INSURANCE_SERVICES,
)
# What a sample of these use cases is about.
TELLING: dict[str, re.Pattern[str]] = {
    UseCase.TWO_FACTOR: words(
        r"\w*codes?|\w*pass(?:code|word)s?|pin|otp|verif\w+|authenti\w+|sign[- ]?in|log[- ]?in|"
        r"approve\w*|confirm\w*"
    ),
    UseCase.COURIER_SERVICES: words(
        r"deliver\w*|packages?|parcels?|courier|arriv\w+|ship\w*|drivers?|orders?|pick\w*[- ]?up|"
        r"track\w*|door"
    ),
    UseCase.BILLING: words(
        r"bill\w*|invoices?|pay\w*|paid|due|balance|statements?|receipts?|charg\w+|autopay|account|"
        r"premiums?"
    ),
    UseCase.FUNDRAISING: words(
        r"donat\w+|gifts?|giv\w+|pledg\w+|support\w*|fund\w*|rais\w+|contribut\w+|appeal|help\w*|match\w*"
    ),
    UseCase.SURVEYS: words(
        r"survey\w*|feedback|rat(?:e|ing)\w*|questions?|polls?|opinions?|how (?:was|did|were|likely)|"
        r"scale|review\w*|experience|tell us|answer\w*"
    ),
    UseCase.AUCTIONS: words(r"auction\w*|bid\w*|lots?|outbid|hammer"),
}  # fmt: skip
POLITICS = words(
    r"vote for|re-?elect\w*|ballot measures?|political (?:campaign|party|committee|action)|campaign committee|"
    r"(?:running|runs|candidate) for (?:congress|senate|governor|mayor|city council|president|office|school board)|"
    r"(?:congressional|senate|presidential|gubernatorial) campaign"
)
SEVERAL = re.compile(r",|;|\n|/|&|\+|\band\b|\balso\b|\bas well as\b|\bplus\b|\bor\b", re.IGNORECASE)
GAP = re.compile(
    r"\[[^\]\n]{1,40}\]|\{\{?[^}\n]{1,40}\}?\}|<[A-Za-z][^>\n]{0,40}>|%[A-Za-z_]{2,30}%|\b[Xx]{3,}\b|_{3,}"
)
UNFILLED = re.compile(
    r"lorem ipsum|dolor sit amet|\bTODO\b|\bTBD\b|\bTBC\b|\bFIXME\b|(?i:\basdf\w*|\bqwerty\b)|"
    r"(?i:[\[{<]{1,3} ?(?:your |the |my |insert )?(?:brand|company|business|dba|organi[sz]ation|store|practice|"
    r"text|website|url|link)"
    r"(?:[ _-]?name| here)? ?[\]}>]+)|(?i:\binsert (?:your )?(?:text|name|brand|company|link|url)(?: name)? here\b)|"
    r"(?i:\b(?:www\.)?example\.(?:com|org|net)\b)|(?i:\byour-?(?:company|domain|business|website|site|"
    r"brand)\.\w{2,})|"
    r"(?i:\bYourCompany\b|\bCompany ?Name\b|\bBrand ?Name\b)",
)
DUMMY = re.compile(
    r"(?:this is (?:just )?a )?(?:test|testing|sample|dummy|foo|bar|abc|blah|placeholder)(?: (?:text|message|"
    r"sms|data))?[\s\d.!]*",
    re.IGNORECASE,
)
NOTHING = re.compile(r"(?:none|nothing|no|nope|n/?a|not applicable|[-–—.]+)[.!]?", re.IGNORECASE)
SHORTENERS = frozenset({
    "bit.ly", "bitly.com", "tinyurl.com", "t.co", "goo.gl", "ow.ly", "is.gd", "buff.ly", "rebrand.ly", "cutt.ly",
    "rb.gy", "shorturl.at", "tiny.cc", "bl.ink", "lnkd.in", "t.ly", "v.gd", "s.id", "short.io", "soo.gd", "adf.ly",
    "shorte.st", "qr.ae", "trib.al", "dlvr.it", "fb.me", "amzn.to", "youtu.be", "tiny.one", "bit.do", "mcaf.ee",
    "x.co", "clck.ru",
})  # fmt: skip
FEWEST_LETTERS = 20
MOSTLY = 0.75
FEWEST_WORDS = 4
SHORTEST_SUMMARY = 30
WRITTEN = ("use_case_summary", "production_message_content", "opt_in_workflow")


def url_without_encryption(request: "VerificationRequest") -> Hits:
    for field, url in urls(request):
        if url.lower().startswith("http://"):
            yield field, {"url": url[:80]}


def url_shortened(request: "VerificationRequest") -> Hits:
    for field, url in urls(request):
        if (name := host(url)) in SHORTENERS:
            yield field, {"site": name}


def sample_without_brand(request: "VerificationRequest") -> Hits:
    known = own_names(request)
    text = request.production_message_content
    website = host(request.corporate_website)
    if text and known and not any(is_named(name, text) for name in known):
        if website and squeezed(site(website).split(".")[0]) in squeezed(text):
            return
        yield "production_message_content", {}


def forbidden_content(request: "VerificationRequest") -> Hits:
    yield from names(TEXTS, FORBIDDEN)(request)
    for field in ("business_name", "doing_business_as"):
        if found := list(said(FORBIDDEN_NAMES, getattr(request, field))):
            yield field, {"found": quoted(found)}


def adults_only_unmarked(request: "VerificationRequest") -> Hits:
    if request.age_gated_content:
        return
    found = [word for field in TEXTS for word in said(ADULT, without_names(getattr(request, field), request))]
    if found:
        yield "age_gated_content", {"found": quoted(found)}


def age_check_undescribed(request: "VerificationRequest") -> Hits:
    shown = (request.opt_in_workflow, request.additional_information, request.use_case_summary)
    if request.age_gated_content and request.opt_in_workflow and not any(AGE.search(text) for text in shown):
        yield "opt_in_workflow", {}


def marketing_in_sample(request: "VerificationRequest") -> Hits:
    found = list(said(MARKETING, without_names(request.production_message_content, request)))
    if found and request.use_case and request.use_case not in MAY_MARKET:
        yield "use_case", {"found": quoted(found), "use_case": request.use_case}


def marketing_without_consent(request: "VerificationRequest") -> Hits:
    is_marketing = request.use_case == UseCase.GENERAL_MARKETING or (
        request.use_case in MAY_MARKET
        and any(
            says(MARKETING, text) for text in (request.use_case_summary, request.production_message_content)
        )
    )
    if is_marketing and request.opt_in_workflow and not MARKETING_CONSENT.search(request.opt_in_workflow):
        yield "opt_in_workflow", {}


def codes_unlike_use_case(request: "VerificationRequest") -> Hits:
    found = list(said(CODE, request.production_message_content))
    if found and request.use_case and request.use_case not in MAY_SEND_CODES:
        yield "use_case", {"found": quoted(found), "use_case": request.use_case}


def sample_unlike_use_case(request: "VerificationRequest") -> Hits:
    telling, text = TELLING.get(request.use_case), request.production_message_content
    # Advertising under another use case is named as such.
    if (
        telling
        and text
        and not telling.search(text)
        and not any(True for _hit in marketing_in_sample(request))
    ):
        yield "production_message_content", {"use_case": request.use_case}


def politics_unmarked(request: "VerificationRequest") -> Hits:
    shown: Iterable[str] = (request.use_case_summary, request.production_message_content)
    found = [word for text in shown for word in said(POLITICS, text)]
    if found and request.use_case not in ("", UseCase.POLITICAL):
        yield "use_case", {"found": quoted(found)}


def mixed_undescribed(request: "VerificationRequest") -> Hits:
    text = request.use_case_summary
    if request.use_case == UseCase.MIXED and text and not SEVERAL.search(text):
        yield "use_case_summary", {}


def summary_too_short(request: "VerificationRequest") -> Hits:
    text = request.use_case_summary
    if (
        text
        and len(text.split()) < FEWEST_WORDS
        and len(text) < SHORTEST_SUMMARY
        and not DUMMY.fullmatch(text)
    ):
        yield "use_case_summary", {}


def sample_too_short(request: "VerificationRequest") -> Hits:
    text = request.production_message_content
    if text and len(text.split()) < FEWEST_WORDS and not DUMMY.fullmatch(text.strip()):
        yield "production_message_content", {}


def nothing_else_said(request: "VerificationRequest") -> Hits:
    text = request.additional_information.strip()
    if NOTHING.fullmatch(text):
        yield "additional_information", {"typed": text}


def same_text_twice(request: "VerificationRequest") -> Hits:
    seen: dict[str, str] = {}
    for field in (*WRITTEN, "additional_information"):
        text = squeezed(getattr(request, field))
        if len(text) >= FEWEST_LETTERS and text in seen:
            yield field, {"other": request._meta.get_field(seen[text]).verbose_name}  # type: ignore[union-attr]
        seen.setdefault(text, field)


def all_capitals(request: "VerificationRequest") -> Hits:
    for field in (*WRITTEN, "opt_in_confirmation_response", "help_message_response"):
        letters = [letter for letter in getattr(request, field) if letter.isalpha()]
        if len(letters) >= FEWEST_LETTERS and sum(map(str.isupper, letters)) > MOSTLY * len(letters):
            yield field, {}


def gaps_unexplained(request: "VerificationRequest") -> Hits:
    text = request.production_message_content
    explained = f"{request.use_case_summary} {request.additional_information}".casefold()
    found = [gap for gap in GAP.findall(text) if not UNFILLED.search(gap)]
    unknown = [gap for gap in found if not _is_explained(gap, explained)]
    if unknown:
        yield "production_message_content", {"found": quoted(unknown)}


def _is_explained(gap: str, explained: str) -> bool:
    named = " ".join(re.findall(r"\w+", gap.casefold()))
    telling = [word for word in named.replace("_", " ").split() if len(word) > 2 and word != "the"]  # noqa: PLR2004
    return (
        gap.casefold() in explained
        or "placeholder" in explained
        or "merge field" in explained
        or (bool(telling) and not re.fullmatch("x+", named) and all(word in explained for word in telling))
    )


def placeholder_text(request: "VerificationRequest") -> Hits:
    fields = (*TEXTS, "business_name", "doing_business_as", "corporate_website", "privacy_policy_url",
              "terms_and_condition_url", "business_contact_email", "business_addr1", "isv_reseller")  # fmt: skip
    for field in fields:
        text = getattr(request, field)
        after_at = text.rpartition("@")[2] if field == "business_contact_email" else text
        found = [match.group() for match in UNFILLED.finditer(after_at)]
        if field in TEXTS and DUMMY.fullmatch(text.strip()):
            found.append(text.strip())
        if found:
            yield field, {"found": quoted(found)}


RULES = (
    Rule(
        "url_without_encryption",
        "corporate_website",
        url_without_encryption,
        _("The address %(url)s isn't encrypted, so reviewers reject it."),
        _("Use https:// if the site has it."),
        _("Pages on which people give their number must be secure. Links in messages count too."),
        REVIEWERS,
        bad={"corporate_website": "http://www.larkspur-dental.example"},
        good={"corporate_website": "https://www.larkspur-dental.example"},
    ),
    Rule(
        "url_shortened",
        "production_message_content",
        url_shortened,
        _("Links of %(site)s and other public shorteners are rejected."),
        _("Use the full address the link leads to."),
        _("A short link hides where it leads, and carriers block messages with one."),
        REVIEWERS,
        bad={
            "production_message_content": "Larkspur Dental: confirm your visit at bit.ly/lark. Reply STOP to opt out."
        },
        good={
            "production_message_content": (
                "Larkspur Dental: confirm your visit at https://larkspur-dental.example/c. Reply STOP to opt out."
            )
        },
    ),
    Rule(
        "sample_without_stop",
        "production_message_content",
        lacks("production_message_content", STOP),
        _("The sample doesn't say how to stop the messages."),
        _("End it with “Reply STOP to opt out”."),
        _("Every first message must say how to stop, and reviewers look for it in the sample."),
        REVIEWERS,
        bad={"production_message_content": "Larkspur Dental: see you on Tuesday at 10:00."},
        good={
            "production_message_content": "Larkspur Dental: see you on Tuesday at 10:00. Reply STOP to opt out."
        },
    ),
    Rule(
        "sample_without_brand",
        "production_message_content",
        sample_without_brand,
        _("The sample doesn't name the business."),
        _("Start it with the brand customers know."),
        _("Whoever gets the message must see at once who sent it."),
        REVIEWERS,
        bad={"production_message_content": "See you on Tuesday at 10:00. Reply STOP to opt out."},
        good={
            "production_message_content": "Larkspur Dental: see you on Tuesday at 10:00. Reply STOP to opt out."
        },
    ),
    Rule(
        "gaps_unexplained",
        "production_message_content",
        gaps_unexplained,
        _("The sample has blanks: %(found)s."),
        _("Fill them in as in a real message, or say under “Anything else” what goes there."),
        _("A reviewer can't judge what isn't there."),
        REVIEWERS,
        bad={
            "production_message_content": "Larkspur Dental: see you on [date], {{fname}}. Reply STOP to opt out."
        },
        good={
            "production_message_content": "Larkspur Dental: see you on May 4, Robin. Reply STOP to opt out."
        },
    ),
    Rule(
        "placeholder_text",
        "additional_information",
        placeholder_text,
        _("%(found)s looks like text that was meant to be replaced."),
        _("Replace it with what is true for this business."),
        _("A reviewer will think the request isn't finished."),
        REVIEWERS,
        bad={"additional_information": "TODO: ask the practice."},
        good={"additional_information": "Each practice has one number for its own patients."},
    ),
    Rule(
        "all_capitals",
        "production_message_content",
        all_capitals,
        _("Text in capitals reads like spam."),
        _("Use capitals only where they belong."),
        _("Carriers' filters count capitals, and reviewers know it."),
        PRINCIPLES,
        bad={
            "production_message_content": "LARKSPUR DENTAL: SEE YOU ON TUESDAY AT 10:00. REPLY STOP TO OPT OUT."
        },
        good={
            "production_message_content": "Larkspur Dental: see you on Tuesday at 10:00. Reply STOP to opt out."
        },
    ),
    Rule(
        "sample_unlike_use_case",
        "production_message_content",
        sample_unlike_use_case,
        _("The sample doesn't look like a message for the use case %(use_case)s."),
        _("Choose the use case that fits, or a sample that does."),
        _("Use case, description, opt-in and sample must tell the same story."),
        REVIEWERS,
        bad={"use_case": UseCase.SURVEYS},
        good={
            "use_case": UseCase.SURVEYS,
            "production_message_content": "Larkspur Dental: how was your visit, from 1 to 5? Reply STOP to opt out.",
        },
    ),
    Rule(
        "marketing_in_sample",
        "use_case",
        marketing_in_sample,
        _("The sample advertises (%(found)s), which the use case %(use_case)s doesn't cover."),
        _("Choose General Marketing or Mixed, or leave the advertising out."),
        _("Advertising needs consent of its own, so reviewers don't accept it under another use case."),
        REVIEWERS,
        bad={
            "production_message_content": "Larkspur Dental: 20% off whitening this week. Reply STOP to opt out."
        },
        good={
            "production_message_content": "Larkspur Dental: see you on Tuesday at 10:00. Reply STOP to opt out."
        },
    ),
    Rule(
        "codes_unlike_use_case",
        "use_case",
        codes_unlike_use_case,
        _("The sample sends a code (%(found)s), which the use case %(use_case)s doesn't cover."),
        _("Choose 2FA, or Mixed and describe both."),
        _("Use case, description, opt-in and sample must tell the same story."),
        REVIEWERS,
        bad={
            "production_message_content": "Larkspur Dental: your verification code is 204816. Reply STOP to opt out."
        },
        good={
            "use_case": UseCase.TWO_FACTOR,
            "production_message_content": "Larkspur Dental: your verification code is 204816. Reply STOP to opt out.",
        },
    ),
    Rule(
        "politics_unmarked",
        "use_case",
        politics_unmarked,
        _("%(found)s is political."),
        _("Choose the use case Political, with the Campaign Verify token."),
        _("Political messages need the campaign's token; under another use case they are rejected."),
        REVIEWERS,
        bad={
            "use_case_summary": "News of the practice, and reasons to vote for a healthy city, to those who asked."
        },
        good={
            "use_case_summary": "Reminders of booked dental appointments, sent to patients who asked for them."
        },
    ),
    Rule(
        "mixed_undescribed",
        "use_case_summary",
        mixed_undescribed,
        _("Mixed means several purposes, and only one is described."),
        _("Describe each one, or choose the use case that fits the one you described."),
        _("Reviewers compare every purpose with the opt-in."),
        REVIEWERS,
        bad={
            "use_case": UseCase.MIXED,
            "use_case_summary": "Reminders of booked appointments for patients who asked.",
        },
        good={
            "use_case": UseCase.MIXED,
            "use_case_summary": "Reminders of appointments, and a monthly note on dental care, for patients who asked.",
        },
    ),
    Rule(
        "summary_too_short",
        "use_case_summary",
        summary_too_short,
        _("This is too short to tell what people get."),
        _("Say who gets which messages, when and why."),
        _("A reviewer who has to guess will reject the request."),
        REVIEWERS,
        bad={"use_case_summary": "Reminders."},
        good={
            "use_case_summary": "Reminders of booked dental appointments, sent to patients who asked for them."
        },
    ),
    Rule(
        "sample_too_short",
        "production_message_content",
        sample_too_short,
        _("The sample is too short to be a message that people get."),
        _("Enter one as you really send it, with the brand and how to stop."),
        _("A reviewer who has to guess will reject the request."),
        OURS,
        bad={"production_message_content": "Larkspur Dental. STOP?"},
        good={
            "production_message_content": "Larkspur Dental: see you on Tuesday at 10:00. Reply STOP to opt out."
        },
    ),
    Rule(
        "nothing_else_said",
        "additional_information",
        nothing_else_said,
        _("“%(typed)s” tells the reviewer nothing."),
        _("Say in a sentence who sends these messages to whom, or what else helps to judge the request."),
        _("Telnyx requires this field, and it is the only place for what the other fields don't ask."),
        OURS,
        bad={"additional_information": "None"},
        good={"additional_information": "Each practice has one number for its own patients."},
    ),
    Rule(
        "same_text_twice",
        "opt_in_workflow",
        same_text_twice,
        _("This repeats “%(other)s” word for word."),
        _("Write here what this field asks for."),
        _("Each field answers a different question the reviewer has."),
        REVIEWERS,
        bad={
            "use_case_summary": "Patients tick a separate, optional box for text reminders in the booking form.",
            "opt_in_workflow": "Patients tick a separate, optional box for text reminders in the booking form.",
        },
        good={
            "opt_in_workflow": "Patients tick a separate, optional box for text reminders in the booking form."
        },
    ),
    Rule(
        "forbidden_content",
        "use_case_summary",
        forbidden_content,
        _("%(found)s reads like content that carriers keep off toll-free numbers."),
        _("Narrow it down or use another channel."),
        _(
            "Sex, hate, firearms, drugs, gambling, high-risk loans, debt services and crypto aren't allowed on "
            "toll-free numbers, not even with consent."
        ),
        PRINCIPLES,
        bad={"use_case_summary": "Offers of payday loans for patients who need a new crown."},
        good={
            "use_case_summary": "Reminders of booked dental appointments, sent to patients who asked for them."
        },
    ),
    Rule(
        "adults_only_unmarked",
        "age_gated_content",
        adults_only_unmarked,
        _("The texts mention age-restricted goods: %(found)s."),
        _("These are allowed only behind an age check; mark that here."),
        _("Alcohol and tobacco are allowed only for people who have proved their age."),
        PRINCIPLES,
        bad={"use_case_summary": "News of our wine shop for customers who asked."},
        good={
            "use_case_summary": "News of our wine shop for customers who asked.",
            "age_gated_content": True,
            "opt_in_workflow": "Customers enter their date of birth, then tick a separate, optional box for texts.",
        },
    ),
    Rule(
        "age_check_undescribed",
        "opt_in_workflow",
        age_check_undescribed,
        _("It is marked as age-restricted, but the opt-in doesn't say how age is checked."),
        _("Describe the check, such as the date of birth people enter before they can opt in."),
        _("A line that says “adults only” isn't an age check."),
        REVIEWERS,
        bad={"age_gated_content": True},
        good={
            "age_gated_content": True,
            "opt_in_workflow": "Customers enter their date of birth, then tick a separate, optional box for texts.",
        },
    ),
    Rule(
        "marketing_without_consent",
        "opt_in_workflow",
        marketing_without_consent,
        _("The messages advertise, but the opt-in doesn't say that people agree to advertising."),
        _("Quote the words with which they agree to offers or marketing texts."),
        _("Advertising needs express written consent. Consent to reminders or codes doesn't cover it."),
        REVIEWERS,
        bad={"use_case": UseCase.GENERAL_MARKETING},
        good={
            "use_case": UseCase.GENERAL_MARKETING,
            "opt_in_workflow": "Patients tick a separate, optional box: “Text me offers of Larkspur Dental.”",
        },
    ),
)
