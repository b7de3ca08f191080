"""Which states the first three digits of a ZIP code belong to.

The ranges are those of the Postal Service's list of three-digit prefixes (Labeling List L002); prefixes of the
military and those that are not in use are left out, so nothing is said about them.
"""

from messaging.states import US_STATES

# From and to, both included. An offset prefix, such as 885 for El Paso, has a line of its own.
RANGES = (
    ("005", "005", "NY"), ("006", "007", "PR"), ("008", "008", "VI"), ("009", "009", "PR"), ("010", "027", "MA"),
    ("028", "029", "RI"), ("030", "038", "NH"), ("039", "049", "ME"), ("050", "054", "VT"), ("055", "055", "MA"),
    ("056", "059", "VT"), ("060", "069", "CT"), ("070", "089", "NJ"), ("100", "149", "NY"), ("150", "196", "PA"),
    ("197", "199", "DE"), ("200", "200", "DC"), ("201", "201", "VA"), ("202", "205", "DC"), ("206", "219", "MD"),
    ("220", "246", "VA"), ("247", "268", "WV"), ("270", "289", "NC"), ("290", "299", "SC"), ("300", "319", "GA"),
    ("320", "339", "FL"), ("341", "349", "FL"), ("350", "369", "AL"), ("370", "385", "TN"), ("386", "397", "MS"),
    ("398", "399", "GA"), ("400", "427", "KY"), ("430", "459", "OH"), ("460", "479", "IN"), ("480", "499", "MI"),
    ("500", "528", "IA"), ("530", "549", "WI"), ("550", "567", "MN"), ("569", "569", "DC"), ("570", "577", "SD"),
    ("580", "588", "ND"), ("590", "599", "MT"), ("600", "629", "IL"), ("630", "658", "MO"), ("660", "679", "KS"),
    ("680", "693", "NE"), ("700", "714", "LA"), ("716", "729", "AR"), ("730", "732", "OK"), ("733", "733", "TX"),
    ("734", "749", "OK"), ("750", "799", "TX"), ("800", "816", "CO"), ("820", "831", "WY"), ("832", "838", "ID"),
    ("840", "847", "UT"), ("850", "865", "AZ"), ("870", "884", "NM"), ("885", "885", "TX"), ("889", "898", "NV"),
    ("900", "961", "CA"), ("967", "968", "HI"), ("969", "969", "GU"), ("970", "979", "OR"), ("980", "994", "WA"),
    ("995", "999", "AK"),
)  # fmt: skip

# Places whose post office is in the next state, or that share a prefix with it, such as Fort Campbell (422).
ALSO = {
    "063": "NY", "422": "TN", "592": "ND", "717": "LA", "739": "TX", "811": "NM", "834": "WY", "845": "AZ",
    "860": "UT", "865": "NM", "894": "CA", "967": "AS", "969": "MP", "976": "CA",
}  # fmt: skip


def states_of(code: str) -> list[str]:
    """Return the full names of the states that a ZIP code with these first digits can be in; none if nobody knows."""
    prefix = code[:3]
    found = [state for first, last, state in RANGES if first <= prefix <= last]
    return [US_STATES[state] for state in (*found, ALSO.get(prefix)) if state and found]
