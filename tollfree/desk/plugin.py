"""What toll-free verification adds to the desk; docs/architecture.md lists every hook."""

from messaging.desk import differing, finding, home, number_events, number_lookup
from messaging.evidence import kinds as evidence
from messaging.log import why
from messaging.mirror import retention
from messaging.notices import awaited
from messaging.sending import suggested
from messaging.team import kinds

from . import differing as differences
from . import evidence as files
from . import finding as found
from . import home as work
from . import number_events as events
from . import number_lookup as numbers
from . import number_story as story
from . import retention as rules
from . import senders, team

home.contribute(work.my_work)
number_lookup.contribute(numbers.requests)
number_events.contribute(events.requests)
number_lookup.tell(story.requests, work.VIEW)
finding.contribute(found.requests)
finding.contribute(found.profiles)
kinds.add(team.REQUESTS)
awaited.add(team.VERIFIED)
differing.add(differences.REQUESTS)
evidence.add(files.REQUESTS)
evidence.consent(files.opt_ins)
why.about_senders(senders.verification)
suggested.contribute(senders.verified)

retention.add(*rules.RULES)
retention.keep(*rules.KEPT)
