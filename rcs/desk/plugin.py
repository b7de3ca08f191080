"""What RCS adds to the desk; docs/architecture.md lists every hook."""

from messaging.desk import differing, home, number_lookup
from messaging.log import why
from messaging.mirror import periodic, retention
from messaging.notices import awaited
from messaging.sending import other_ways

from ..agents import differing as agents
from ..handsets import capability_jobs
from . import done
from . import home as work
from . import number_story as story
from . import retention as rules
from . import why as messages

home.contribute(work.start)
home.contribute(work.registrations)
differing.add(agents.AGENTS)
awaited.add(done.BRANDS)
awaited.add(done.AGENTS)
number_lookup.tell(story.phones, story.CHECK, story.INVITE)
other_ways.contribute(work.way)
why.about_messages(messages.of_message)

periodic.add(*capability_jobs.JOBS)

retention.add(*rules.RULES)
retention.keep(*rules.KEPT)
