"""Invented requests with known outcomes: good ones of many trades, and each bad one wrong in one way.

A bad one is a good one with changes; it names every rule that must object, and no other may.
"""

from typing import Any

Fields = dict[str, Any]


def business(name: str, domain: str, city: str, state: str, code: str, **fields: Any) -> Fields:
    """Return what the business says of itself; numbers and people are invented."""
    return {
        "phone_numbers": ["+18005550123"],
        "business_name": name,
        "corporate_website": f"https://www.{domain}",
        "business_addr1": "200 Fictional Way",
        "business_city": city,
        "business_state": state,
        "business_zip": code,
        "entity_type": "PRIVATE_PROFIT",
        "business_registration_number": "12-3456789",
        "business_registration_type": "EIN",
        "business_registration_country": "US",
        "business_contact_first_name": "Robin",
        "business_contact_last_name": "Sample",
        "business_contact_email": f"robin@{domain}",
        "business_contact_phone": "+12175550142",
        "message_volume": "10,000",
        "opt_in_workflow_image_urls": [f"https://{domain}/opt-in.png"],
        "opt_in_keywords": "START, YES",
        "privacy_policy_url": f"https://{domain}/privacy",
        "terms_and_condition_url": f"https://{domain}/terms",
        "additional_information": "One location.",
    } | fields


GOOD: dict[str, Fields] = {
    "dentist": business(
        "Larkspur Dental Group LLC", "larkspur-dental.example", "Springfield", "Illinois", "62704",
        use_case="Appointments",
        use_case_summary="Reminders of booked dental appointments, sent to patients who asked for them.",
        production_message_content="Larkspur Dental: see you on Tuesday at 10:00. Reply STOP to opt out.",
        opt_in_workflow="Patients tick a separate, optional box for text reminders in the booking form.",
        opt_in_confirmation_response="Larkspur Dental: reminders of your visits, up to 4 msgs/month. Msg & "
        "data rates may "
        "apply. Reply HELP for help, STOP to cancel.",
        help_message_response="Larkspur Dental: call 217-555-0142 or write to help@larkspur-dental.example.",
    ),
    "school": business(
        "Quail Hollow School District", "quailhollow.example", "Reno", "Nevada", "89501", entity_type="GOVERNMENT",
        use_case="General School Updates",
        use_case_summary="Closures, bus delays and parent evenings for parents of enrolled pupils. No advertising.",
        production_message_content="Quail Hollow Schools: classes start two hours late tomorrow because of snow. "
        "Reply STOP to opt out.",
        opt_in_workflow="In the parent portal, parents may switch on text messages; the switch is off unless "
        "they change "
        "it, and enrollment doesn't depend on it.",
    ),
    "charity": business(
        "Open Pantry Foundation Inc.", "openpantry.example", "Dayton", "Ohio", "45402", entity_type="NON_PROFIT",
        use_case="Fundraising",
        use_case_summary="Two appeals a year and thanks for gifts, to donors who signed up for text messages.",
        production_message_content="Open Pantry: your gift of $20 feeds a family for a week. Give at "
        "https://openpantry.example/give. Reply STOP to end.",
        opt_in_workflow="On the donation page, donors can check an optional box “Text me news of Open "
        "Pantry”. Donating "
        "works without it.",
    ),
    "restaurant": business(
        "Copper Kettle Dining LLC", "copperkettle.example", "Savannah", "Georgia", "31401",
        doing_business_as="Copper Kettle",
        use_case="Booking Confirmations",
        use_case_summary="Confirmations of table bookings. Guests find the menu and the wine list online; no "
        "alcohol is "
        "advertised.",
        production_message_content="Copper Kettle: table for 4 on Friday, 7 pm. Menu and wine list: "
        "copperkettle.example/menu. Reply C to confirm, STOP to opt out.",
        opt_in_workflow="When guests book online they may tick “Text me about this booking”. It is not "
        "required to book.",
    ),
    "bank": business(
        "First Prairie Bank", "firstprairie.example", "Omaha", "Nebraska", "68102", entity_type="PUBLIC_PROFIT",
        use_case="Fraud Alerts",
        use_case_summary="Security codes and warnings of unusual card payments for customers who switched them on.",
        production_message_content="First Prairie Bank: your security code is 204816. We never ask you for "
        "it. Reply STOP to "
        "stop alerts.",
        opt_in_workflow="In online banking, customers choose text messages under Alerts. It is optional and "
        "separate from "
        "the account agreement.",
        help_message_response="First Prairie Bank alerts. Call 1-800-555-0155.",
    ),
    "delivery": business(
        "Swift Heron Parcels Inc.", "swiftheron.example", "Memphis", "Tennessee", "38103",
        use_case="Courier Services & Deliveries", message_volume="250,000",
        use_case_summary="Delivery times and proof of delivery for people who expect a parcel and asked for texts.",
        production_message_content="Swift Heron: your parcel arrives today, 2-4 pm. Track it: "
        "https://swiftheron.example/t/8842 "
        "Text STOP to opt out.",
        opt_in_workflow="The shop's checkout asks: “Get delivery updates by text?” The answer is No unless "
        "the buyer chooses Yes.",
    ),
    "clinic": business(
        "Willow Bend Clinic PLLC", "willowbend.example", "Austin", "Texas", "78701",
        use_case="Healthcare Alerts",
        use_case_summary="Visit reminders and vaccination calls for patients. Our group to quit cigarettes "
        "meets on Mondays.",
        production_message_content="Willow Bend Clinic: your flu shot is due. Call 512-555-0160 to book. "
        "Reply STOP to opt out.",
        opt_in_workflow="At the front desk, patients sign a separate form for text messages. Care doesn't "
        "depend on it.",
        help_message_response="Willow Bend Clinic: call 512-555-0160.",
    ),
    "city": business(
        "City of Marlow Springs", "marlowsprings.example", "Marlow Springs", "Colorado", "80014",
        entity_type="GOVERNMENT",
        use_case="Emergency Alerts",
        use_case_summary="Warnings of floods and fires, and road closures, for residents who signed up.",
        production_message_content="Marlow Springs: flood watch until 9 pm. Avoid River Road. Text STOP to "
        "unsubscribe.",
        opt_in_workflow="Residents text ALERTS to the number, or sign up for text alerts on the city's website.",
        opt_in_keywords="ALERTS, JOIN",
        opt_in_confirmation_response="City of Marlow Springs alerts: message frequency varies. Msg and data "
        "rates may apply. "
        "Text HELP for help, STOP to quit.",
    ),
    "2fa": business(
        "Nimbus Ledger Inc.", "nimbusledger.example", "Seattle", "Washington", "98101",
        use_case="2FA", message_volume="100,000",
        use_case_summary="One-time codes when users sign in or change their password.",
        production_message_content="Nimbus Ledger: your code is 551203. It expires in 10 minutes. Reply STOP "
        "to opt out.",
        opt_in_workflow="Under Security, users enter their mobile number, agree to get codes by text message, "
        "and confirm "
        "with a first code. An authenticator app works as well.",
    ),
    "shop": business(
        "Marigold Outfitters LLC", "marigold.example", "Portland", "Oregon", "97201",
        use_case="General Marketing", message_volume="100,000",
        use_case_summary="Weekly offers and new arrivals for customers who joined the text club and confirmed it.",
        production_message_content="Marigold: 20% off all jackets until Sunday. https://marigold.example/sale "
        "Reply STOP to opt out.",
        opt_in_workflow="Customers enter their number in a form “Marketing texts from Marigold. Consent is "
        "not a condition of "
        "purchase.” and then reply YES to confirm.",
        opt_in_keywords="YES, JOIN",
        opt_in_confirmation_response="Marigold: reply YES for marketing texts, up to 4 msgs/month. Msg & data "
        "rates may apply. "
        "HELP for help, STOP to end.",
    ),
    "campaign": business(
        "Rivera for Mayor Committee", "riveraformayor.example", "Tucson", "Arizona", "85701", entity_type="NON_PROFIT",
        use_case="Political", campaign_verify_authorization_token="cv|1.0|tcr|10dlc|invented",
        use_case_summary="Meeting dates and requests to vote for Rivera, to supporters who signed up.",
        production_message_content="Rivera for Mayor: town hall on May 4, 6 pm, Oak Library. Vote for Rivera! "
        "Reply STOP to opt out.",
        opt_in_workflow="Supporters sign up for text messages in a form on the website; the number is "
        "optional there.",
    ),
    "uk": business(
        "Thistledown Physiotherapy Ltd", "thistledown.co.uk", "Leeds", "West Yorkshire", "LS1 4AP",
        business_registration_number="SC123456", business_registration_type="Companies House",
        business_registration_country="GB", business_contact_phone="+441134960123",
        use_case="Appointments",
        use_case_summary="Reminders of physiotherapy appointments for clients in the US practice who asked for them.",
        production_message_content="Thistledown Physio: your visit is on 4 May at 9:30. Reply STOP to opt out.",
        opt_in_workflow="Clients tick an optional box for text reminders on the registration form, apart from "
        "the terms.",
    ),
    "canada": business(
        "Maple Lane Veterinary Inc.", "maplelane.example", "Ottawa", "Ontario", "K1A 0B1",
        business_registration_number="123456789 RT0001", business_registration_type="CBN",
        business_registration_country="CA", business_contact_phone="+16135550142",
        use_case="Appointments",
        use_case_summary="Reminders of vaccinations and visits, sent to pet owners who asked for them.",
        production_message_content="Maple Lane Vets: Biscuit is due for a checkup. Reply C to confirm or "
        "STOP/ARRET to opt out.",
        opt_in_workflow="Owners choose at the counter whether they want text messages, and sign a separate card.",
    ),
    "sole proprietor": business(
        "Dana Whitfield", "whitfieldyoga.example", "Boise", "Idaho", "83702", entity_type="SOLE_PROPRIETOR",
        business_registration_number="", business_registration_type="", business_registration_country="",
        doing_business_as="Whitfield Yoga", message_volume="1,000",
        use_case="Mixed",
        use_case_summary="Class reminders for people who booked, and a monthly offer for those who asked for offers.",
        production_message_content="Whitfield Yoga: your class starts at 6 pm tomorrow. Reply STOP to opt out.",
        opt_in_workflow="Two optional boxes in the booking form: one for text reminders, a separate one for "
        "text offers.",
    ),
    "winery": business(
        "Stonefield Winery LLC", "stonefieldwines.example", "Napa", "California", "94558", age_gated_content=True,
        use_case="General Marketing",
        use_case_summary="Invitations to wine tastings and offers of new wines, for club members over 21.",
        production_message_content="Stonefield Winery: the new Pinot is here. 21+ only. Reply STOP to opt out.",
        opt_in_workflow="After entering their date of birth, visitors tick an optional, separate box for "
        "marketing texts.",
    ),
    "six practices": business(
        "Larkspur Dental Group LLC", "larkspur-dental.example", "Springfield", "Illinois", "62704",
        phone_numbers=[f"+1800555010{digit}" for digit in range(6)],
        use_case="Appointments",
        use_case_summary="Reminders of booked dental appointments, sent to patients who asked for them.",
        production_message_content="Larkspur Dental: see you on Tuesday at 10:00. Reply STOP to opt out.",
        opt_in_workflow="Patients tick a separate, optional box for text reminders in the booking form.",
        additional_information="Each of our six practices has its own number for its own patients.",
    ),
    "loan officer": business(
        "Harbor Credit Union", "harborcu.example", "Salem", "Oregon", "97301", entity_type="NON_PROFIT",
        use_case="Appointments",
        use_case_summary="Reminders of appointments with a loan officer or an adviser, for members who asked "
        "for them.",
        production_message_content="Harbor CU: your loan officer appointment is on May 4 at 10:00. Reply STOP "
        "to opt out.",
        opt_in_workflow="Members tick an optional box for text reminders when they book a meeting.",
    ),
    "odd names": business(
        "Casino Pizza LLC", "casinopizza.example", "Toledo", "Ohio", "43604", doing_business_as="Casino Pizza",
        use_case="Order Notifications",
        use_case_summary="Casino Pizza tells customers when an order is ready. We do not sell beer, wine or tobacco.",
        production_message_content="Casino Pizza: order 88 is ready. Gift cards are at the CBD location. "
        "Reply STOP to opt out.",
        opt_in_workflow="Customers choose “Text me when it's ready” at checkout. Ordering works without it.",
    ),
    "reseller": business(
        "Tumbledown Cycles LLC", "tumbledown.example", "Madison", "Wisconsin", "53703", isv_reseller="Textbridge Inc.",
        use_case="Repair and Diagnostics Alerts",
        use_case_summary="Messages when a repair is finished or needs a decision, for customers who asked for them.",
        production_message_content="Tumbledown Cycles: hi [First name], your bike is ready. Reply STOP to opt out.",
        opt_in_workflow="At the counter, customers are asked for permission to text them; the clerk ticks a "
        "box if they say yes.",
        additional_information="[First name] is the customer's first name. We never share or sell numbers to "
        "third parties.",
    ),
    "landlord": business(
        "Juniper Court Apartments LP", "junipercourt.example", "Denver", "Colorado", "80202",
        use_case="Housing Community Updates",
        use_case_summary="Notices of repairs, parking and parties in the yard (no alcohol) for tenants who "
        "asked for them.",
        production_message_content="Juniper Court: water is off on Monday, 9 to 11 am. Reply STOP to opt out.",
        opt_in_workflow="Tenants can sign up for text notices in the portal. It isn't part of the lease, and "
        "not required.",
    ),
}  # fmt: skip

CONFIRMED = GOOD["dentist"]["opt_in_confirmation_response"]
SIX = [f"+1800555010{digit}" for digit in range(6)]

# What is wrong, on which good one, and the one rule that must say so.
BAD: list[tuple[str, str, Fields]] = [
    ("many_numbers_unexplained", "dentist", {"phone_numbers": SIX}),
    ("too_few_messages", "dentist", {"phone_numbers": SIX[:3], "message_volume": "10"}),
    ("too_many_messages", "sole proprietor", {"message_volume": "500,000"}),
    ("contact_phone_is_the_number", "clinic", {"business_contact_phone": "+18005550123"}),
    ("name_is_an_address", "shop", {"business_name": "www.marigold.example"}),
    ("brand_not_used", "delivery", {"doing_business_as": "Blue Otter"}),
    ("post_box", "school", {"business_addr1": "PO Box 77"}),
    ("post_box", "city", {"business_addr2": "P. O. Box 9"}),
    ("city_lower_case", "shop", {"business_city": "portland"}),
    ("zip_of_another_shape", "canada", {"business_zip": "10115"}),
    ("zip_of_another_shape", "bank", {"business_zip": "6810"}),
    ("zip_of_another_state", "dentist", {"business_zip": "90210"}),
    ("zip_of_another_state", "school", {"business_state": "New York"}),
    ("state_of_another_country", "canada", {"business_state": "Texas", "business_zip": "78701"}),
    ("sole_proprietor_with_company", "shop", {"entity_type": "SOLE_PROPRIETOR"}),
    ("not_a_company", "city", {"entity_type": "PRIVATE_PROFIT"}),
    ("not_a_company", "shop", {"entity_type": "GOVERNMENT"}),
    ("registration_of_another_shape", "canada", {"business_registration_number": "12345"}),
    ("registration_of_another_shape", "uk", {"business_registration_number": "GB 1"}),
    ("ein_not_nine_digits", "dentist", {"business_registration_number": "12-34567"}),
    ("registration_of_another_country", "uk", {"business_registration_type": "EIN"}),
    ("registration_of_another_country", "dentist", {"business_registration_type": "CBN"}),
    ("registration_is_private", "dentist", {"business_registration_type": "SSN"}),
    ("registration_invented", "clinic", {"business_registration_number": "11-1111111"}),
    ("country_unknown", "uk", {"business_registration_country": "XX", "business_registration_type": "VAT"}),
    ("phone_not_in_use", "school", {"business_contact_phone": "+19995550100"}),
    ("name_of_nobody", "school", {"business_contact_first_name": "Admin"}),
    ("name_is_initial", "school", {"business_contact_first_name": "R."}),
    ("names_identical", "school", {"business_contact_first_name": "Sample"}),
    ("email_free", "delivery", {"business_contact_email": "swiftheron@gmail.com"}),
    ("email_elsewhere", "uk", {"business_contact_email": "robin@another.co.uk"}),
    ("email_of_the_reseller", "reseller", {"business_contact_email": "ana@textbridge.example"}),
    ("reseller_is_the_business", "reseller", {"isv_reseller": "Tumbledown Cycles"}),
    ("many_businesses", "2fa", {"additional_information": "We send for multiple businesses."}),
    ("url_without_encryption", "shop", {"privacy_policy_url": "http://marigold.example/privacy"}),
    (
        "url_without_encryption",
        "clinic",
        {"production_message_content": "Willow Bend Clinic: book at http://willowbend.example. STOP to opt out."},
    ),
    ("url_shortened", "bank", {"opt_in_workflow_image_urls": ["https://tinyurl.com/abc"]}),
    (
        "url_shortened",
        "delivery",
        {"production_message_content": "Swift Heron: track your parcel at t.ly/8842. Text STOP to opt out."},
    ),
    ("sample_without_stop", "bank", {"production_message_content": "First Prairie Bank: was this you? Call us."}),
    ("sample_without_brand", "clinic", {"production_message_content": "Your flu shot is due. STOP to opt out."}),
    (
        "gaps_unexplained",
        "school",
        {"production_message_content": "Quail Hollow Schools: {{headline}}. Reply STOP to opt out."},
    ),
    ("placeholder_text", "charity", {"additional_information": "Lorem ipsum dolor sit amet."}),
    ("placeholder_text", "uk", {"additional_information": "TBD"}),
    ("placeholder_text", "clinic", {"help_message_response": "[Company name]: Willow Bend, 512-555-0160."}),
    ("all_capitals", "school", {"use_case_summary": "CLOSURES AND BUS DELAYS FOR PARENTS OF PUPILS."}),
    (
        "sample_unlike_use_case",
        "2fa",
        {"production_message_content": "Nimbus Ledger: your report is ready. Reply STOP to opt out."},
    ),
    (
        "marketing_in_sample",
        "2fa",
        {"production_message_content": "Nimbus Ledger: 30% off the yearly plan, today only. STOP to opt out."},
    ),
    (
        "marketing_in_sample",
        "clinic",
        {"production_message_content": "Willow Bend Clinic: special offer on whitening. Reply STOP to opt out."},
    ),
    (
        "codes_unlike_use_case",
        "school",
        {"production_message_content": "Quail Hollow Schools: your verification code is 1234. STOP to opt out."},
    ),
    ("politics_unmarked", "charity", {"use_case_summary": "Appeals to donors, and reminders to vote for Rivera."}),
    ("mixed_undescribed", "sole proprietor", {"use_case_summary": "Class reminders for people who booked."}),
    ("summary_too_short", "school", {"use_case_summary": "School news."}),
    ("sample_too_short", "bank", {"production_message_content": "First Prairie: STOP?"}),
    ("nothing_else_said", "school", {"additional_information": "none"}),
    ("zip_of_another_shape", "bank", {"business_zip": "00000"}),
    (
        "same_text_twice",
        "shop",
        {"additional_information": GOOD["shop"]["use_case_summary"]},
    ),
    ("forbidden_content", "clinic", {"use_case_summary": "Reminders for patients of our cannabis counter."}),
    ("forbidden_content", "shop", {"additional_information": "We also sell CBD oil."}),
    ("forbidden_content", "bank", {"use_case_summary": "Security codes, and instant loans for our customers."}),
    ("forbidden_content", "school", {"help_message_response": "Quail Hollow: 775-555-0100. Win at our casino night!"}),
    (
        "adults_only_unmarked",
        "restaurant",
        {"use_case_summary": "Confirmations of bookings, and news of our craft beer evenings."},
    ),
    ("adults_only_unmarked", "winery", {"age_gated_content": False}),
    ("age_check_undescribed", "winery", {
        "use_case_summary": "Invitations to tastings and offers of new wines, for members of the club.",
        "opt_in_workflow": "Visitors tick an optional, separate box for marketing texts.",
    }),
    (
        "marketing_without_consent",
        "shop",
        {"opt_in_workflow": "Customers enter their number and tick an optional box for order texts."},
    ),
    ("opt_in_too_short", "bank", {"opt_in_workflow": "Web form opt-in."}),
    ("opt_in_without_texting", "school", {"opt_in_workflow": "In the portal, parents may tick an optional box."}),
    ("opt_in_not_voluntary", "school", {"opt_in_workflow": "Every parent gets text messages from the office."}),
    (
        "opt_in_required",
        "restaurant",
        {"opt_in_workflow": "A mobile phone number is required when guests book; we then text them."},
    ),
    (
        "opt_in_required",
        "delivery",
        {"opt_in_workflow": "The box for text messages at checkout is pre-checked; buyers can clear it."},
    ),
    (
        "opt_in_bundled",
        "school",
        {"opt_in_workflow": "Consent to text messages is part of our enrollment agreement, which parents sign."},
    ),
    (
        "opt_in_bundled",
        "shop",
        {"opt_in_workflow": "Customers accept the terms and conditions and marketing texts with one checkbox."},
    ),
    (
        "opt_in_for_all_channels",
        "charity",
        {"opt_in_workflow": "Donors can check an optional box to receive emails, calls and text messages with news."},
    ),
    ("bought_contacts", "shop", {"additional_information": "Some contacts come from lead generation partners."}),
    (
        "consent_assumed",
        "clinic",
        {"opt_in_workflow": "Patients consent to text messages by an established business relationship."},
    ),
    ("data_shared", "shop", {"use_case_summary": "Weekly offers; numbers are shared with our partners and sponsors."}),
    ("picture_behind_sign_in", "shop", {"opt_in_workflow_image_urls": ["https://www.dropbox.com/s/1/opt-in.png"]}),
    ("picture_is_home_page", "shop", {"opt_in_workflow_image_urls": ["https://marigold.example"]}),
    ("keywords_missing", "charity", {"opt_in_keywords": ""}),
    ("keyword_reserved", "city", {"opt_in_keywords": "ALERTS, CANCEL"}),
    ("keyword_is_sentence", "city", {"opt_in_keywords": "RESIDENTS SIGN UP ON THE WEBSITE"}),
    ("confirmation_without_brand", "dentist",
     {"opt_in_confirmation_response": CONFIRMED.replace("Larkspur Dental: ", "")}),
    ("confirmation_without_frequency", "dentist",
     {"opt_in_confirmation_response": CONFIRMED.replace(", up to 4 msgs/month", "")}),
    ("confirmation_without_rates", "dentist",
     {"opt_in_confirmation_response": CONFIRMED.replace("Msg & data rates may apply. ", "")}),
    ("confirmation_without_help", "dentist",
     {"opt_in_confirmation_response": CONFIRMED.replace("HELP for help, ", "")}),
    ("confirmation_without_stop", "dentist",
     {"opt_in_confirmation_response": CONFIRMED.replace(", STOP to cancel", "")}),
    ("help_without_brand", "clinic", {"help_message_response": "For help, call 512-555-0160."}),
    ("help_without_contact", "clinic", {"help_message_response": "Willow Bend Clinic: we remind you of visits."}),
    ("privacy_policy_missing", "uk", {"privacy_policy_url": ""}),
    ("terms_missing", "uk", {"terms_and_condition_url": ""}),
    ("policy_is_terms", "shop", {"terms_and_condition_url": "https://marigold.example/privacy"}),
    ("policy_is_home_page", "shop", {"privacy_policy_url": "https://marigold.example"}),
    ("policy_elsewhere", "uk", {"privacy_policy_url": "https://other.co.uk/privacy"}),
    (
        "website_is_social",
        "charity",
        {
            "corporate_website": "https://facebook.com/openpantry",
            "business_contact_email": "robin@facebook.com",
            "privacy_policy_url": "https://facebook.com/openpantry/privacy",
            "terms_and_condition_url": "https://facebook.com/openpantry/terms",
        },
    ),
]  # fmt: skip
