"""What RCS adds to the desk; docs/architecture.md lists every hook."""

from messaging.desk import home
from messaging.log import why
from messaging.mirror import periodic, retention
from messaging.sending import other_ways

from ..handsets import capability_jobs
from . import home as work
from . import retention as rules
from . import why as messages

home.contribute(work.start)
other_ways.contribute(work.way)
why.about_messages(messages.of_message)

periodic.add(*capability_jobs.JOBS)

retention.add(*rules.RULES)
retention.keep(*rules.KEPT)
