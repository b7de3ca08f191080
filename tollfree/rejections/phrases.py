"""The reasons for which Telnyx and the carriers reject a toll-free request, as the desk knows them out of the box.

Telnyx's help center lists most of them; Telnyx sends them as free text (docs/telnyx.md, T2.11). Each is copied into the
database after every upgrade (see `loading`), where the team may change it or add its own. A key never changes.
"""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from messaging.mirror.wording import Words

from .verdicts import Verdict

HELP_CENTER = _("Telnyx help center, reasons for toll-free rejections")
# Read in the summer of 2026; Telnyx dates none of these pages.
HELP_CENTER_ON = date(2026, 8, 1)

WEBSITE = ("corporate_website",)
OPT_IN = ("opt_in_workflow", "opt_in_workflow_image_urls")
USE = ("use_case", "use_case_summary")
REGISTRATION = (
    "business_registration_number",
    "business_registration_type",
    "business_registration_country",
)
ADDRESS = ("business_addr1", "business_city", "business_state", "business_zip")
NAME = ("business_contact_first_name", "business_contact_last_name")
CONTACT = (*NAME, "business_contact_email", "business_contact_phone")


@dataclass(frozen=True)
class BuiltIn:
    """One reason: its phrases as Telnyx words it, what it means, which fields it is about, and what to do."""

    key: str
    title: Words
    phrases: tuple[str, ...]
    meaning: Words
    fields: tuple[str, ...]
    verdict: Verdict
    advice: Words
    source: Words = HELP_CENTER
    source_on: date = HELP_CENTER_ON


BUILT_IN = (
    # How people agree.
    BuiltIn(
        "optional",
        _("Receiving messages isn't optional"),
        (
            "receiving messages must be optional",
            "SMS must be optional",
            "receiving messages optional optin language",
            "messages optional not require phone",
            "phone number field require",
            "phone number field optional",
            "checkbox must be optional",
            "checkbox pre-checked",
            "checkbox preselected",
            "checkbox checked by default",
            "SMS checkbox missing",
        ),
        _(
            "On the page where people sign up, they can't leave out text messages: the phone number is required, or "
            "the box is already ticked."
        ),
        (*OPT_IN, "corporate_website"),
        Verdict.WEBSITE,
        _(
            "Make the phone number optional, or add a separate, empty checkbox for text messages. Then take a new "
            "screenshot and describe the box under “How people opt in”."
        ),
    ),
    BuiltIn(
        "many_numbers",
        _("More than five numbers without a reason"),
        (
            "justification more 5 numbers",
            "justify more 5 numbers",
            "explain more 5 numbers",
            "explanation why more 5 numbers",
            "more than 5 numbers",
            "more than 5 tollfree numbers",
            "justification number of tollfree numbers",
            "justification multiple numbers",
            "why multiple numbers needed",
            "exceeds 5 numbers",
            "over 5 numbers",
            "too many numbers",
            "why numbers needed",
            "reason number of numbers requested",
        ),
        _("The business wants more than five numbers, and the request doesn't say why it needs so many."),
        ("additional_information", "phone_numbers"),
        Verdict.RESUBMIT,
        _(
            "Say under “Anything else” what each number is for, such as one per location, or ask for fewer "
            "numbers."
        ),
    ),
    BuiltIn(
        "email_domain",
        _("The email address isn't on the business's own domain"),
        (
            "email official domain",
            "email business domain",
            "email website domain",
            "email domain mismatch",
            "email address mismatch business domain",
            "email corporate domain",
            "email address domain",
            "business email require",
            "free email",
            "personal email",
            "generic email",
            "gmail",
            "email mismatch website",
        ),
        _("The contact's email address belongs to a free service or to another company's domain."),
        ("business_contact_email",),
        Verdict.RESUBMIT,
        _("Use an address on the domain of the website, such as name@business.com."),
    ),
    BuiltIn(
        "not_verified",
        _("The business couldn't be verified"),
        (
            "business unverified",
            "business information unverified",
            "business name unverified",
            "business name mismatch",
            "legal name mismatch",
            "name mismatch",
            "business address unverified",
            "business address mismatch",
            "business details unverified",
            "entity unverified",
            "business invalid information",
            "business mismatch registration",
            "unable to locate business",
            "business missing registry",
        ),
        _(
            "The reviewer compared name, address and contact with the website and the public registry, and "
            "they didn't match."
        ),
        ("business_name", "doing_business_as", "corporate_website", *ADDRESS, *CONTACT, *REGISTRATION),
        Verdict.RESUBMIT,
        _(
            "Write the legal name and address exactly as in the registry, with the ending (LLC, Inc.), and make sure "
            "the website shows the same name."
        ),
    ),
    BuiltIn(
        "registration",
        _("Registration number missing or wrong"),
        (
            "registration number missing",
            "registration number invalid",
            "registration number unverified",
            "registration number mismatch",
            "registration number mismatch legal name",
            "registration number mismatch business name",
            "registration number incomplete",
            "registration number insufficient",
            "business registration missing",
            "business registration invalid",
            "EIN missing",
            "EIN invalid",
        ),
        _(
            "The number under which the business is registered (in the US, the EIN) is missing, or the "
            "registry shows a different business under it."
        ),
        (*REGISTRATION, "business_name"),
        Verdict.WRITE,
        _(
            "Don't submit again yet. Send Telnyx the registration document, such as the IRS letter with "
            "the EIN, and wait for the answer. Then correct the number, type and country as Telnyx says."
        ),
    ),
    BuiltIn(
        "bundled",
        _("Consent is part of another agreement"),
        (
            "consent part other agreements",
            "consent part of terms",
            "consent bundled",
            "optin bundled",
            "optin combined terms",
            "optin combined agreement",
            "consent separate terms",
            "consent separate agreement",
            "consent separate from other",
            "consent not separate",
            "consent combined",
            "consent included in terms",
            "optin part other agreements",
            "optin part of terms",
            "consent standalone",
            "consent stand alone",
            "consent obtained through acceptance terms",
            "consent buried terms",
        ),
        _("People agree to text messages together with something else, such as the terms of service."),
        OPT_IN,
        Verdict.WEBSITE,
        _(
            "Ask for text messages separately: a checkbox or sentence only about them, apart from terms, privacy "
            "policy and purchase. Then take a new screenshot."
        ),
    ),
    BuiltIn(
        "forced",
        _("Consent is a condition of the service"),
        (
            "consent require service",
            "consent require purchase",
            "consent condition purchase",
            "consent condition service",
            "consent require to register",
            "optin require service",
            "optin require purchase",
            "consent optional",
            "optin optional",
            "consent not optional",
        ),
        _("People can't use the service, buy or register without agreeing to text messages."),
        (*OPT_IN, "corporate_website"),
        Verdict.WEBSITE,
        _(
            "Make text messages voluntary, and say so next to the box: “Consent is not a condition of purchase.” "
            "Then take a new screenshot."
        ),
    ),
    BuiltIn(
        "contact_name",
        _("The contact isn't a real person at the business"),
        (
            "contact name business representative",
            "contact name representative",
            "contact representative of business",
            "contact first last name",
            "contact name missing",
            "contact name invalid",
            "contact name unverified",
            "contact full name",
            "contact real person",
            "point of contact name",
        ),
        _("The first and last name don't look like those of a person who works at the business."),
        NAME,
        Verdict.RESUBMIT,
        _("Enter the first and last name of a real person at the business, not a department or an agency."),
    ),
    BuiltIn(
        "cannabis",
        _("Cannabis, CBD or illegal substances"),
        (
            "cannabis",
            "marijuana",
            "CBD",
            "THC",
            "hemp",
            "kratom",
            "illegal substances",
            "illegal drugs",
            "controlled substances",
            "prohibited substances",
            "vape",
            "drug paraphernalia",
        ),
        _(
            "The website or the messages have to do with cannabis, CBD or other substances that are illegal under "
            "federal law, even where a state allows them."
        ),
        (*WEBSITE, *USE, "production_message_content"),
        Verdict.CANNOT,
        _(
            "This is rejected while the website shows such products. Security codes and messages to employees are a "
            "narrow exception: ask Telnyx before you submit again."
        ),
    ),
    BuiltIn(
        "leads",
        _("Third-party lead generation or multi-level marketing"),
        (
            "leadgen",
            "disallowed content leadgen",
            "prohibited content leadgen",
            "disallowed content third-party",
            "lead generation",
            "third-party lead",
            "affiliate marketing",
            "multi-level marketing",
            "MLM",
            "lead selling",
            "sell leads",
            "purchased leads",
            "work from home",
            "job alerts third-party",
            "pyramid scheme",
        ),
        _("The website reads as if contacts were collected for others, or as multi-level marketing."),
        (*WEBSITE, "privacy_policy_url", *USE),
        Verdict.WEBSITE,
        _("Have this wording removed from the website and the policies. While it is there, it's rejected again."),
    ),
    BuiltIn(
        "end_business",
        _("The details aren't those of the business that sends"),
        (
            "end business details accurate",
            "end business information accurate",
            "end business details invalid",
            "end business information invalid",
            "end user business details",
            "end business missing",
            "DBA mismatch",
            "doing business as mismatch",
            "business name mismatch optin",
        ),
        _(
            "The name or brand in the request isn't the one that people see when they opt in and in the "
            "messages."
        ),
        ("business_name", "doing_business_as", *OPT_IN, "production_message_content"),
        Verdict.RESUBMIT,
        _("Enter the brand that the opt-in and the messages show, and use the same one everywhere."),
    ),
    BuiltIn(
        "entity",
        _("Wrong business type"),
        (
            "entity misclassification",
            "entity misclassified",
            "entity type invalid",
            "entity type mismatch",
            "entity classification",
            "business type invalid",
            "business type mismatch",
            "organization type invalid",
            "sole proprietor invalid",
            "nonprofit status unverified",
        ),
        _("The business is registered as a different type from the one in the request."),
        ("entity_type", *REGISTRATION),
        Verdict.RESUBMIT,
        _("Choose the business type exactly as registered."),
    ),
    BuiltIn(
        "fraud",
        _("Spam, phishing, fraud or deception"),
        (
            "spam",
            "phishing",
            "fraud",
            "fraudulent",
            "deceptive",
            "scam",
            "smishing",
            "misleading",
            "impersonation",
            "malicious",
        ),
        _("The carriers connect the business, its website or its numbers with spam or fraud."),
        (),
        Verdict.CANNOT,
        _(
            "Submitting again doesn't help. If it's a mistake, write to Telnyx and appeal, with proof of who you are; "
            "it rarely succeeds."
        ),
    ),
    BuiltIn(
        "high_risk",
        _("High-risk domain"),
        (
            "high-risk domain",
            "high risk website",
            "high risk url",
            "domain blocklisted",
            "domain blacklisted",
            "domain reputation",
            "domain flagged",
            "suspicious domain",
            "website flagged",
        ),
        _("A security service lists the domain of the website as dangerous, often because it is new or was abused."),
        (*WEBSITE, "privacy_policy_url", "terms_and_condition_url"),
        Verdict.WRITE,
        _("Don't submit again. Ask Telnyx for an appeal, and have the domain checked and removed from the lists."),
    ),
    BuiltIn(
        "website_down",
        _("The website doesn't open or isn't finished"),
        (
            "invalid url",
            "url inaccessible",
            "website inaccessible",
            "website accessible",
            "url accessible",
            "website public",
            "website invalid",
            "website url invalid",
            "website down",
            "website password protected",
            "password protected",
            "login require website",
            "website established active",
            "website active",
            "website under construction",
            "website coming soon",
            "under construction",
            "website missing",
            "website incomplete",
            "website insufficient",
            "website parked",
            "website error",
            "website live",
            "website functional",
            "website unverified",
            "domain inaccessible",
            "domain expired",
        ),
        _("The reviewer couldn't open the website, or it is empty, unfinished or behind a password."),
        (*WEBSITE, "privacy_policy_url", "terms_and_condition_url"),
        Verdict.WEBSITE,
        _(
            "It must be public and finished: home, about, contact, products, privacy policy, terms. Open it in a "
            "private window, from another network, before you submit again."
        ),
    ),
    BuiltIn(
        "marketing_consent",
        _("Marketing needs written consent"),
        (
            "marketing express written consent",
            "promotional express written consent",
            "express written consent",
            "express consent marketing",
            "marketing consent require",
            "marketing separate consent",
            "marketing optin separate",
            "promotional messages consent",
            "prior express written",
            "informational messages define",
        ),
        _("For marketing, people must agree in writing, in words that name marketing messages."),
        (*OPT_IN, *USE),
        Verdict.WEBSITE,
        _(
            "Add a separate opt-in that names marketing messages. If you send none, say what your informational "
            "messages are and remove the word “marketing”."
        ),
    ),
    BuiltIn(
        "optin_use_case",
        _("The opt-in doesn't match the use case"),
        (
            "optin mismatch use case",
            "use case mismatch optin",
            "optin mismatch messages",
            "optin mismatch campaign",
            "use case mismatch",
            "use case summary mismatch",
            "use case unclear",
            "use case insufficient",
            "use case invalid",
            "use case incomplete",
        ),
        _("What people agree to isn't what the request says you send."),
        (*USE, *OPT_IN),
        Verdict.RESUBMIT,
        _(
            "Make sure the use case, description and opt-in say the same thing. For several purposes, "
            "choose Mixed and describe each one."
        ),
    ),
    BuiltIn(
        "optin_image",
        _("The opt-in screenshot is incomplete, unbranded or unreadable"),
        (
            "optin complete branded legible",
            "optin illegible",
            "optin incomplete",
            "optin image illegible",
            "optin image incomplete",
            "optin image missing",
            "optin image invalid",
            "optin image unbranded",
            "optin unbranded",
            "optin branded",
            "optin missing branding",
            "optin image insufficient",
            "image illegible",
            "image unreadable",
            "image of optin",
            "optin business missing",
        ),
        _("On the screenshot the reviewer can't see the whole opt-in, read it, or recognize the brand."),
        OPT_IN,
        Verdict.RESUBMIT,
        _("Take a new screenshot of the whole page with the brand, and put it under a new address."),
    ),
    BuiltIn(
        "optin_brand",
        _("The opt-in is another business's"),
        (
            "optin reflect end business",
            "optin end business",
            "optin different business",
            "optin another business",
            "optin other business",
            "optin mismatch business",
            "optin wrong business",
            "optin belongs to",
        ),
        _("The opt-in shows a different name from the business in the request."),
        (*OPT_IN, "doing_business_as", "business_name"),
        Verdict.RESUBMIT,
        _("Show the opt-in of this very business, with its name or brand as in the request."),
    ),
    BuiltIn(
        "optin_url",
        _("The address of the opt-in doesn't open"),
        (
            "optin url inaccessible",
            "optin url accessible",
            "optin url invalid",
            "optin inaccessible",
            "optin image inaccessible",
            "optin image url inaccessible",
            "optin image url invalid",
            "image url inaccessible",
            "image inaccessible",
            "optin website inaccessible",
            "consent url inaccessible",
            "optin url missing",
            "optin password protected",
        ),
        _("The reviewer couldn't open the page or the screenshot of the opt-in."),
        OPT_IN,
        Verdict.RESUBMIT,
        _("Give an address that opens without a sign-in. Try it in a private window first."),
    ),
    BuiltIn(
        "no_optin",
        _("No opt-in, or not enough of one"),
        (
            "optin missing",
            "optin missing website",
            "consent missing website",
            "optin insufficient",
            "consent missing",
            "consent insufficient",
            "optin invalid",
            "consent invalid",
            "optin information insufficient",
            "optin workflow insufficient",
            "optin proof require",
            "proof of consent",
            "evidence of consent",
            "optin evidence",
            "optin unverified",
            "consent unverified",
            "optin details",
            "optin language missing",
            "optin method unclear",
            "optin illegible workflow",
            "call to action missing",
            "call to action insufficient",
            "implied consent",
            "verbal consent",
        ),
        _("The request doesn't show how people agree to text messages, or what it shows isn't enough."),
        OPT_IN,
        Verdict.RESUBMIT,
        _(
            "Describe step by step where people agree and in what words, with a screenshot. For spoken consent, give "
            "the script."
        ),
    ),
    BuiltIn(
        "sharing",
        _("Data is shared with third parties"),
        (
            "share third-party",
            "share third parties",
            "share with affiliates",
            "data share",
            "information share third",
            "privacy policy share",
            "privacy policy missing share",
            "privacy policy missing share third-party",
            "privacy policy third-party",
            "mobile information share",
            "optin data third-party",
            "sell data",
            "share partners marketing",
        ),
        _("The privacy policy allows sharing phone numbers or consent with others, or doesn't rule it out."),
        ("privacy_policy_url", "terms_and_condition_url"),
        Verdict.WEBSITE,
        _(
            "Add to the policy: “Mobile information and opt-in data are not shared with third parties or affiliates "
            "for marketing.” Remove what says otherwise."
        ),
    ),
    BuiltIn(
        "exemption",
        _("The list relies on an exemption from consent"),
        (
            "list optin exemption",
            "optin relies exemption",
            "exemption",
            "exempt from consent",
            "imported list",
            "purchased list",
            "rented list",
            "existing relationship consent",
            "list uploaded without consent",
        ),
        _("The contacts come from a list, and the request names a law as the reason for not asking them."),
        OPT_IN,
        Verdict.CANNOT,
        _(
            "Toll-free numbers need each person's own consent. Ask the people on the list first, then "
            "describe that."
        ),
    ),
    BuiltIn(
        "shaft",
        _("Sex, hate, firearms or tobacco"),
        (
            "SHAFT",
            "sexual content",
            "adult content",
            "pornography",
            "hate speech",
            "firearms",
            "guns",
            "weapons",
            "ammunition",
            "tobacco",
            "escort",
            "profanity",
        ),
        _(
            "The website or the messages have to do with sex, hate, firearms or tobacco, which the "
            "carriers don't allow."
        ),
        (*WEBSITE, "production_message_content", *USE, "age_gated_content"),
        Verdict.CANNOT,
        _(
            "Only what is legal and behind a real age check has a chance. Add one, mark the request as age-restricted, "
            "and ask Telnyx before you submit again."
        ),
    ),
    BuiltIn(
        "age_gate",
        _("Alcohol or similar without an age check"),
        (
            "agegate",
            "alcohol",
            "age verification",
            "age restricted",
            "age restriction",
            "age check",
            "legal drinking age",
            "verify age",
            "21 years",
            "under 21",
        ),
        _("The business sells something only for adults, and its website doesn't ask how old visitors are."),
        ("age_gated_content", *WEBSITE, *OPT_IN),
        Verdict.WEBSITE,
        _(
            "Add a check that asks for the date of birth before the opt-in, tick Age-restricted here, and describe the "
            "check."
        ),
    ),
    BuiltIn(
        "forbidden_business",
        _("Loans, debt, gambling, crypto, sweepstakes or credit repair"),
        (
            "loan",
            "loans",
            "payday",
            "lending",
            "debt",
            "debt collection",
            "debt relief",
            "debt consolidation",
            "gambling",
            "casino",
            "betting",
            "lottery",
            "crypto",
            "bitcoin",
            "sweepstakes",
            "contest prizes",
            "credit repair",
            "stock alerts",
            "get rich quick",
            "prohibited content",
            "prohibited use case",
            "disallowed content",
            "high-risk financial services",
            "prescription drugs",
        ),
        _("The carriers don't allow this line of business on toll-free numbers."),
        (*WEBSITE, *USE, "production_message_content"),
        Verdict.CANNOT,
        _("Don't submit again. Use another channel for these messages, or another sender type, and ask Telnyx."),
    ),
    BuiltIn(
        "shortener",
        _("Public link shortener"),
        (
            "url shortener",
            "public url shortener",
            "shortened url",
            "short url",
            "link shortener",
            "bitly",
            "bit.ly",
            "tinyurl",
        ),
        _("A link goes through a public shortener such as bit.ly, which the carriers block."),
        (
            "production_message_content",
            "corporate_website",
            "opt_in_workflow_image_urls",
            "opt_in_confirmation_response",
            "help_message_response",
        ),
        Verdict.RESUBMIT,
        _("Write the full address, or a short one on your own domain."),
    ),
    BuiltIn(
        "not_https",
        _("The website isn't encrypted"),
        (
            "non-secured url",
            "insecure url",
            "insecure website",
            "website https",
            "url https",
            "website secure",
            "url secure",
            "SSL certificate",
            "security certificate",
            "certificate invalid",
            "certificate expired",
        ),
        _("An address starts with http://, or its certificate isn't valid."),
        (*WEBSITE, "privacy_policy_url", "terms_and_condition_url", "opt_in_workflow_image_urls"),
        Verdict.RESUBMIT,
        _("Have the website served over https:// with a valid certificate, and write these addresses here."),
    ),
    BuiltIn(
        "isv_contact",
        _("The contact is the reseller's"),
        (
            "ISV contact",
            "ISV information",
            "ISV details",
            "ISV instead end user",
            "reseller contact",
            "reseller information",
            "service provider contact",
            "software vendor contact",
            "agency contact information",
            "contact end user",
            "contact end business",
            "aggregator contact",
        ),
        _(
            "The name, email or website is that of the software vendor or agency, not of the business "
            "that sends."
        ),
        (*CONTACT, "isv_reseller", "business_name", "corporate_website"),
        Verdict.RESUBMIT,
        _("Enter the contact of the business itself. The vendor belongs under “Reseller or software vendor”."),
    ),
    BuiltIn(
        "many_businesses",
        _("One number for several businesses"),
        (
            "single number multiple businesses",
            "one number multiple businesses",
            "number multiple businesses",
            "number share multiple businesses",
            "number used by several businesses",
            "number more than one business",
            "same number different businesses",
            "number already another business",
            "multiple brands one number",
        ),
        _("The same number sends for more than one business."),
        ("phone_numbers", "additional_information", "business_name"),
        Verdict.RESUBMIT,
        _("Use one number for each business, and file a request for each."),
    ),
    BuiltIn(
        "social",
        _("The page on a social network isn't in use"),
        (
            "social platform active",
            "social media active",
            "social media page",
            "social media profile",
            "social media incomplete",
            "social media insufficient",
            "social media inaccessible",
            "facebook page",
            "instagram page",
            "linkedin page",
        ),
        _(
            "Instead of a website, the request names a page on a social network, and it is empty, "
            "private or new."
        ),
        WEBSITE,
        Verdict.WEBSITE,
        _("Complete the page: posts, contact details, products, and make it public. A real website works better."),
    ),
    BuiltIn(
        "timed_out",
        _("The time for corrections is over"),
        (
            "submission editing timed out",
            "editing timed out",
            "editing time out",
            "editing time expired",
            "editing window expired",
            "edit window closed",
            "submission expired",
            "submission timed out",
            "correction window expired",
            "timed out",
        ),
        _("Nobody answered within the days the carriers allow, so they closed the case."),
        (),
        Verdict.WRITE,
        _("Ask Telnyx for the original reason and whether the request can be reopened, then correct it."),
    ),
    BuiltIn(
        "not_ours",
        _("The number isn't on this Telnyx account"),
        (
            "number not provisioned organization",
            "number not provisioned",
            "number not provisioned account",
            "number not owned",
            "number not belong account",
            "number not belong organization",
            "number missing account",
            "number not assigned",
            "number inactive",
            "number disconnected",
        ),
        _("Telnyx can't find the number on this account."),
        ("phone_numbers",),
        Verdict.WRITE,
        _(
            "Check the number for a typing error. If it's right, bring it to this Telnyx account first, or ask Telnyx "
            "who has it."
        ),
    ),
    BuiltIn(
        "volume",
        _("The number of messages isn't plausible"),
        (
            "volume mismatch",
            "volume mismatch business",
            "volume inconsistent",
            "message volume inconsistent",
            "message volume inconsistent use case",
            "volume too high",
            "volume unrealistic",
            "volume unclear",
            "volume invalid",
            "volume justification",
        ),
        _("The messages per month don't fit the size of the business or what it sends."),
        ("message_volume", "use_case_summary"),
        Verdict.RESUBMIT,
        _("Choose an honest estimate, and explain a large one under “What the messages are for”."),
    ),
    BuiltIn(
        "samples",
        _("The sample doesn't fit the use case"),
        (
            "sample mismatch",
            "sample mismatch use case",
            "samples inconsistent",
            "sample messages inconsistent use case",
            "sample message mismatch",
            "sample message mismatch use case",
            "sample message missing",
            "sample message insufficient",
            "sample message invalid",
            "sample message unbranded",
            "sample message business missing",
            "sample message business name",
            "message content mismatch",
            "message content inconsistent",
            "production message content mismatch",
        ),
        _("The sample isn't a message of the kind that the request describes, or doesn't name the brand."),
        ("production_message_content", *USE),
        Verdict.RESUBMIT,
        _("Give a message as you will really send it, with the brand, for the use case you chose."),
    ),
    BuiltIn(
        "stop_missing",
        _("The sample doesn't say how to stop"),
        (
            "optout missing",
            "optout text missing",
            "optout language missing",
            "optout language",
            "optout instructions",
            "missing STOP",
            "STOP language",
            "STOP instructions",
            "unsubscribe missing",
            "unsubscribe instructions",
            "reply STOP",
            "include STOP",
            "include optout",
            "sample message missing optout",
        ),
        _("People must be able to see how they end the messages."),
        ("production_message_content", "opt_in_confirmation_response", "help_message_response"),
        Verdict.RESUBMIT,
        _("Add “Reply STOP to opt out” to the sample and the opt-in reply."),
    ),
    BuiltIn(
        "help_missing",
        _("The HELP reply is missing or incomplete"),
        (
            "HELP message missing",
            "HELP response missing",
            "HELP response insufficient",
            "HELP reply missing",
            "HELP keyword missing",
            "HELP instructions",
            "HELP language missing",
        ),
        _("Reviewers look for what people get when they text HELP."),
        ("help_message_response", "production_message_content"),
        Verdict.RESUBMIT,
        _("Write a HELP reply with the brand and a phone number or email address."),
    ),
    BuiltIn(
        "privacy_missing",
        _("The privacy policy is missing or incomplete"),
        (
            "privacy policy missing",
            "privacy policy url inaccessible",
            "privacy policy website inaccessible",
            "add privacy policy",
            "provide privacy policy",
            "privacy policy accessible",
            "privacy policy insufficient",
            "privacy policy inaccessible",
            "privacy policy incomplete",
            "privacy policy invalid",
            "privacy policy url",
            "privacy policy require",
            "privacy policy SMS",
            "missing privacy policy website",
        ),
        _("The reviewer found no privacy policy for text messages, or couldn't open it."),
        ("privacy_policy_url", *WEBSITE),
        Verdict.WEBSITE,
        _(
            "Publish a policy that names text messages and says that opt-in data isn't shared, link it from the "
            "opt-in, and give its address here."
        ),
    ),
    BuiltIn(
        "terms_missing",
        _("The terms and conditions are missing or incomplete"),
        (
            "terms conditions missing",
            "terms conditions url inaccessible",
            "terms conditions website inaccessible",
            "add terms conditions",
            "provide terms conditions",
            "terms conditions insufficient",
            "terms conditions inaccessible",
            "terms conditions incomplete",
            "terms service missing",
            "terms service inaccessible",
            "SMS terms missing",
            "terms conditions url",
            "terms conditions require",
        ),
        _("The reviewer found no terms for text messages, or couldn't open them."),
        ("terms_and_condition_url", *WEBSITE),
        Verdict.WEBSITE,
        _(
            "Publish terms that say what you send, how often, that rates may apply, and how HELP and STOP work; give "
            "their address here."
        ),
    ),
    BuiltIn(
        "political",
        _("The Campaign Verify token is missing or wrong"),
        (
            "campaign verify",
            "campaign verify token missing",
            "campaign verify token invalid",
            "political token",
            "political authorization",
        ),
        _("Political messages need a token from Campaign Verify, and the one here is missing or no longer valid."),
        ("campaign_verify_authorization_token", "use_case"),
        Verdict.RESUBMIT,
        _("Get a token from Campaign Verify for toll-free numbers, and enter it here."),
        _("Telnyx API reference, toll-free verification"),
        date(2026, 7, 16),
    ),
    BuiltIn(
        "address",
        _("The address is wrong"),
        (
            "address invalid",
            "business address invalid",
            "address incomplete",
            "address missing",
            "P.O. box",
            "physical address require",
            "virtual address",
            "residential address",
        ),
        _("The street address is missing, incomplete, or isn't where the business is registered."),
        ADDRESS,
        Verdict.RESUBMIT,
        _("Enter the street address as in the registry, not a mailbox."),
    ),
    BuiltIn(
        "duplicate",
        _("There is already a request for this number"),
        (
            "duplicate submission",
            "duplicate request",
            "duplicate verification",
            "already submitted",
            "already verified",
            "already pending",
            "existing submission number",
            "number already registered",
        ),
        _("Telnyx or the carriers already have a request for one of the numbers."),
        ("phone_numbers",),
        Verdict.WRITE,
        _("Find the other request here or in Telnyx's portal. If it isn't yours, ask Telnyx who filed it."),
    ),
)  # fmt: skip

BY_KEY = {reason.key: reason for reason in BUILT_IN}
