"""What hosted numbers add to the desk; docs/architecture.md lists every hook."""

from messaging.desk import differing, finding, home, number_events, number_lookup
from messaging.evidence import kinds as evidence
from messaging.log import why
from messaging.mirror import periodic, retention
from messaging.notices import awaited
from messaging.profiles import assigning
from messaging.sending import suggested
from messaging.team import kinds

from ..inventory import differing as settings
from ..state import turn_rules
from . import evidence as files
from . import finding as found
from . import home as work
from . import number_events as events
from . import number_lookup as numbers
from . import number_story as story
from . import retention as rules
from . import senders, team

home.contribute(work.my_work)
number_lookup.contribute(numbers.orders)
number_events.contribute(events.orders)
number_lookup.tell(story.hosting, work.VIEW, story.VIEW_NUMBERS)
finding.contribute(found.orders)
finding.contribute(found.numbers)
kinds.add(team.ORDERS)
awaited.add(team.LIVE)
differing.add(settings.NUMBERS)
periodic.add(turn_rules.look_at_the_clock)
evidence.add(files.ORDERS)
why.about_senders(senders.hosting)
suggested.contribute(senders.live)
assigning.leave_to(senders.settings_pages, senders.settings_form)

retention.add(*rules.RULES)
retention.keep(*rules.KEPT)
