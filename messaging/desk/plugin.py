"""What messaging and its machinery add to the desk; docs/architecture.md lists every hook."""

from messaging import cached_reads
from messaging import retention as rules
from messaging.autoresponses import differing as autoresponses
from messaging.evidence import kinds as evidence
from messaging.evidence import life, number
from messaging.log import cards, questions, writing
from messaging.log import evidence as message
from messaging.log import finding as messages
from messaging.log import number_events as events
from messaging.log import number_story as log
from messaging.looks import look
from messaging.media import fetch
from messaging.mirror import incidents, periodic, retention
from messaging.mirror import retention_rules as machinery
from messaging.notices import look as notices
from messaging.optouts import evidence as consent
from messaging.optouts import number_story as optouts
from messaging.outbox_acts import work as outbox_acts
from messaging.profiles import differing as profiles
from messaging.profiles import number_story as of_profiles
from messaging.sending import finding as sent
from messaging.sending import home as sending
from messaging.sending import number_story as composed
from messaging.team import finding as team

from . import differing, finding, home, number_events, number_lookup, outbox_cards

home.contribute(sending.start)
home.contribute(differing.home_card)
home.contribute(cards.message_cards)
home.contribute(outbox_cards.outbox_cards)
home.contribute(outbox_cards.inbox_cards)

finding.contribute(messages.opt_outs)
finding.contribute(messages.messages)
finding.contribute(sent.messages)
finding.contribute(team.people)
number_lookup.contribute(sent.known_of)

number_lookup.tell(log.messages, log.VIEW)
number_lookup.tell(optouts.opt_outs, optouts.VIEW)
number_lookup.tell(composed.composed, composed.VIEW)
number_lookup.tell(of_profiles.profiles, of_profiles.VIEW)
number_lookup.tell(log.views, log.VIEWS)
number_events.contribute(events.messages)
number_events.lead(events.message_of)

differing.add(autoresponses.AUTORESPONSES, profiles.PROFILES)

evidence.add(message.MESSAGES)
evidence.add(number.NUMBERS)
evidence.consent(consent.opt_outs)
evidence.consent(consent.consents)

periodic.add(
    questions.answer_due,
    writing.write_due,
    life.write_due,
    outbox_acts.act_due,
    fetch.fetch_due,
    cached_reads.read_due,
    look.look_due,
    cached_reads.erase_secrets,
)

periodic.watch(notices.watch_the_worker, incidents.look)

retention.add(*machinery.RULES, *rules.RULES)
retention.keep(*machinery.KEPT, *rules.KEPT)
