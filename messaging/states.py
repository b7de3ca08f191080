"""The full names of states and provinces, which Telnyx wants instead of the two-letter codes."""

from .countries import plain

US_STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia", "FL": "Florida", "GA": "Georgia",
    "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas",
    "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts",
    "MI": "Michigan", "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri", "MT": "Montana",
    "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico",
    "NY": "New York", "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma",
    "OR": "Oregon", "PA": "Pennsylvania", "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota",
    "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia", "WA": "Washington",
    "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming", "PR": "Puerto Rico", "GU": "Guam",
    "VI": "U.S. Virgin Islands", "AS": "American Samoa", "MP": "Northern Mariana Islands",
}  # fmt: skip

CA_PROVINCES = {
    "AB": "Alberta", "BC": "British Columbia", "MB": "Manitoba", "NB": "New Brunswick",
    "NL": "Newfoundland and Labrador", "NS": "Nova Scotia", "NT": "Northwest Territories", "NU": "Nunavut",
    "ON": "Ontario", "PE": "Prince Edward Island", "QC": "Quebec", "SK": "Saskatchewan", "YT": "Yukon",
}  # fmt: skip

NAMES = US_STATES | CA_PROVINCES
# The older short forms, and other names people use.
ALSO = {
    "ala": "AL", "ariz": "AZ", "ark": "AR", "calif": "CA", "cal": "CA", "colo": "CO", "conn": "CT", "del": "DE",
    "fla": "FL", "ill": "IL", "ind": "IN", "kan": "KS", "kans": "KS", "mass": "MA", "mich": "MI", "minn": "MN",
    "miss": "MS", "mont": "MT", "neb": "NE", "nebr": "NE", "nev": "NV", "okla": "OK", "ore": "OR", "oreg": "OR",
    "penn": "PA", "penna": "PA", "tenn": "TN", "tex": "TX", "wash": "WA", "w va": "WV", "wva": "WV", "wis": "WI",
    "wisc": "WI", "wyo": "WY", "washington dc": "DC", "washington state": "WA", "new york state": "NY",
    "virgin islands": "VI", "us virgin islands": "VI", "alta": "AB", "man": "MB", "ont": "ON", "que": "QC",
    "pq": "QC", "sask": "SK", "newfoundland": "NL", "nfld": "NL", "labrador": "NL", "pei": "PE",
    "yukon territory": "YT",
}  # fmt: skip
BY_NAME = {plain(name): name for name in NAMES.values()} | {
    short: NAMES[code] for short, code in ALSO.items()
}


def full_name(text: str) -> str:
    """Return the full name of a US state or Canadian province for "tx", "Tex." or "texas"; anything else unchanged."""
    short = text.replace(".", "").replace(" ", "").upper()
    return NAMES.get(short) or BY_NAME.get(plain(text), text)


def us_code(text: str) -> str:
    """Return the two letters of a US state that was typed by its code or a name, or "" if it is none."""
    name = full_name(text.strip())
    return next((code for code, state in US_STATES.items() if state == name), "")
