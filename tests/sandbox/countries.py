"""Looks up the country of a phone number by its first digits; knows enough of them for a demo."""

CANADIAN = (
    "204 226 236 249 250 263 289 306 343 354 365 367 368 382 387 403 416 418 428 431 437 438 450 460 468 474 506"
    " 514 519 548 579 581 584 587 604 613 639 647 672 683 705 709 742 753 778 780 782 807 819 825 867 873 879"
    " 902 905"
)
CANADA = frozenset(CANADIAN.split())
AREAS = {
    "787": "PR",
    "939": "PR",
    "876": "JM",
    "809": "DO",
    "829": "DO",
    "849": "DO",
    "242": "BS",
    "246": "BB",
}
CALLING_CODES = {
    **{
        "7": "RU",
        "20": "EG",
        "27": "ZA",
        "30": "GR",
        "31": "NL",
        "32": "BE",
        "33": "FR",
        "34": "ES",
        "36": "HU",
    },
    **{
        "39": "IT",
        "40": "RO",
        "41": "CH",
        "43": "AT",
        "44": "GB",
        "45": "DK",
        "46": "SE",
        "47": "NO",
        "48": "PL",
    },
    **{
        "49": "DE",
        "51": "PE",
        "52": "MX",
        "54": "AR",
        "55": "BR",
        "56": "CL",
        "57": "CO",
        "60": "MY",
        "61": "AU",
    },
    **{
        "62": "ID",
        "63": "PH",
        "64": "NZ",
        "65": "SG",
        "66": "TH",
        "81": "JP",
        "82": "KR",
        "84": "VN",
        "86": "CN",
    },
    **{"90": "TR", "91": "IN", "92": "PK", "234": "NG", "254": "KE", "351": "PT", "353": "IE", "358": "FI"},
    **{"380": "UA", "420": "CZ", "421": "SK", "852": "HK", "966": "SA", "971": "AE", "972": "IL"},
}


def country(number: str) -> str | None:
    """Return the ISO code of an E.164 number's country, or None if it is unknown."""
    digits = number.removeprefix("+")
    if digits.startswith("1"):
        area = digits[1:4]
        return "CA" if area in CANADA else AREAS.get(area, "US")
    found = (CALLING_CODES.get(digits[:length]) for length in (3, 2, 1))
    return next((code for code in found if code), None)
