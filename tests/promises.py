"""What the desk guarantees: a sentence for each id that a test carries. `python -m tests.promises` writes the page."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "guarantees.md"


class Promise(NamedTuple):
    """What people can rely on, and the case it does not cover, if one is known."""

    text: str
    window: str = ""


class Proof(NamedTuple):
    """A test that carries an id."""

    promise: str
    module: str
    test: str


LATE = (
    "Telnyx creates a record later than `TELNYX_SETTLE_SECONDS` (300 by default) after the "
    "connection was lost, "
    "or lists stale data for that long. Then the request can be sent a second time."
)
NO_KEY = (
    "A message cannot be searched for before Telnyx reports on it. With `TELNYX_REPLAY_SENDS` "
    "off, a message without "
    "a webhook or a detail record waits for a person."
)
DISK = "Committed rows survive a crash of PostgreSQL, but not the loss of its disk or a failover to an older copy."

SECTIONS: dict[str, dict[str, Promise]] = {
    "Sending": {
        "X01": Promise(
            "If the web process dies before the commit, nothing is stored or sent, and the form works again."
        ),
        "X02": Promise(
            "If the web process dies right after the commit, the sweep sends the request once.", DISK
        ),
        "X03": Promise(
            "If a worker dies before it has recorded that sending starts, another worker sends the request at once."
        ),
        "X04": Promise(
            "If a worker dies just before the bytes leave, the desk first checks that nothing arrived, "
            "then sends once.",
            LATE,
        ),
        "X05": Promise(
            "If a worker dies while waiting for an answer, the desk finds what Telnyx created and adopts it.",
            LATE,
        ),
        "X06": Promise(
            "If a worker dies after the answer but before recording it, there is still one record at Telnyx.",
            LATE,
        ),
        "X07": Promise(
            "If a worker dies after recording the answer, the request stays accepted and nothing is sent again."
        ),
        "X08": Promise(
            "A frozen worker keeps its claim on a request, and sends it at most once when it wakes up."
        ),
        "X09": Promise(
            "Under random kills, freezes and wrong answers, nothing submitted is lost and nothing is "
            "sent twice.",
            LATE,
        ),
        "X10": Promise("Without Redis, a submission is stored at once and sent as soon as a worker runs."),
        "X11": Promise("A frozen Redis does not hold up the page of the person who submits."),
        "X12": Promise("Wiping Redis loses none of the requests that wait."),
        "X13": Promise("Work continues after Redis or its data goes away and comes back."),
        "X14": Promise(
            "A Redis that is full stops no submission: it is stored, Health says what is wrong, and it is sent once "
            "there is room."
        ),
        "X15": Promise("Without PostgreSQL, people get a calm error page, and nothing is called submitted."),
        "X16": Promise(
            "A crash of PostgreSQL while requests are on their way ends in one record for each.", LATE
        ),
        "X17": Promise(
            "After PostgreSQL stood still, the desk goes on by itself, and nothing is sent twice."
        ),
        "X19": Promise("However many workers reach for a request at once, one claims it and sends it."),
        "X21": Promise("Double clicks, two tabs and two people at once make one open request for a record."),
        "X22": Promise(
            "Only a failure before the first byte counts as not sent. The request is tried again for a day, "
            "then a person decides."
        ),
        "X23": Promise(
            "If Telnyx does not answer in time, the outcome is unknown, and the desk looks it up.", LATE
        ),
        "X24": Promise("A call ends at its deadline even when bytes keep dripping in or out."),
        "X25": Promise("An answer is read up to a cap; a longer one costs no memory and counts as unknown."),
        "X26": Promise(
            "A lost connection counts as unknown and is looked up; nothing is sent again blindly.", LATE
        ),
        "X27": Promise(
            "A success that cannot be read counts as unknown; valid JSON counts whatever its content type."
        ),
        "X28": Promise("The desk follows no redirect of Telnyx's API."),
        "X29": Promise(
            "When Telnyx asks the desk to slow down, every worker waits as long as Telnyx asked, up to a limit."
        ),
        "X30": Promise(
            "After a server error the desk looks at Telnyx first. It sends again only after two complete "
            "lookups found nothing and the settling time is over, three sends at most.",
            LATE,
        ),
        "X31": Promise(
            "A refused API key stops all sending after one request; work resumes with the right key."
        ),
        "X32": Promise("A feature that Telnyx forbids blocks nothing else."),
        "X33": Promise("A refusal keeps every error with the field it names, and everything that was typed."),
        "X34": Promise(
            "A conflict is read by whether the request carried our key: wait for it, or look it up."
        ),
        "X35": Promise(
            "When a lookup finds several candidates, an older one or someone else's, a person decides."
        ),
        "X36": Promise(
            "A list of at most 500 pages is read to its end; one that fails, moves or never ends "
            "proves nothing."
        ),
        "X37": Promise(
            "A message goes out at most once: with the same key and bytes, never after the key's day, "
            "and never on a guess.",
            NO_KEY,
        ),
        "X38": Promise(
            "The bytes that are stored are the bytes that are sent, and the database does not let them change."
        ),
        "X41": Promise(
            "Requests of a kind that Telnyx refuses or slows down don't hold up those of another kind."
        ),
        "X42": Promise(
            "A wrong clock on a machine neither repeats nor loses anything: PostgreSQL's clock decides."
        ),
        "X43": Promise("A request that may already have been sent is never called canceled."),
        "X66": Promise(
            "A webhook that arrives before the answer, or before its record, waits and then counts."
        ),
        "X67": Promise("A webhook that names our request settles a lost answer without a search."),
        "X106": Promise(
            "When a whole host dies among several, nothing submitted is lost and nothing is sent twice.", LATE
        ),
        "X39": Promise("A deploy lets the request on its way finish before the worker stops."),
    },
    "Receiving": {
        "X44": Promise("A repeated delivery is one stored event with one effect."),
        "X45": Promise(
            "An event that was answered with 200 is committed, even if the process dies at that moment.", DISK
        ),
        "X49": Promise("A body that Telnyx did not sign is refused and not stored."),
        "X50": Promise("Malformed signature headers are refused and never crash the desk."),
        "X51": Promise(
            "Public keys rotate without a gap, a removed key is refused, and without a key nothing is accepted."
        ),
        "X52": Promise(
            "A signed event outside the five minutes is kept without effect until it is confirmed or released."
        ),
        "X53": Promise("A replay inside the five minutes has no second effect."),
        "X54": Promise("Without PostgreSQL, Telnyx is asked to try again."),
        "X55": Promise("A frozen PostgreSQL is never answered with 200, and the desk recovers by itself."),
        "X56": Promise("A restart of PostgreSQL costs no delivery."),
        "X57": Promise("A PostgreSQL that is read-only or full makes Telnyx try again."),
        "X58": Promise("Receiving a webhook does not involve Redis."),
        "X59": Promise(
            "A body that is too long is refused by its length before it is read; so is one without a length."
        ),
        "X60": Promise(
            "Slow senders do not hold up a webhook.",
            "Very many slow connections still need a buffering proxy in front.",
        ),
        "X61": Promise("A signed body is kept whatever its encoding or content type."),
        "X62": Promise("Odd content is kept as it came, is shown safely, and stops no other event."),
        "X63": Promise("New event types and status words are kept, and engineers are alerted once."),
        "X64": Promise(
            "An event that fails, kills its process or never ends delays no other and is given up "
            "after a limit."
        ),
        "X65": Promise("The same event id with other content waits for a person; the first effect holds."),
        "X68": Promise(
            "Events lost in an outage are fetched from Telnyx's delivery log, each once.",
            "How long Telnyx keeps its delivery log is not published.",
        ),
        "X69": Promise("An event that was fetched and also arrives late has one effect."),
        "X70": Promise(
            "The webhook address works with and without the slash, never redirects, and accepts only POST."
        ),
        "X72": Promise("Processing stored events again, as often as you like, ends in the same state."),
        "A12": Promise("A lost webhook is found by polling, or at once when a person asks."),
        "A13": Promise(
            "A repeated, late, forged or stale webhook changes nothing and is listed as what it is."
        ),
        "B14": Promise(
            "Lost, repeated and late events of an order end in the same states, for the order and each number."
        ),
        "F73": Promise(
            "The inbox keeps each event's raw bytes before anything is processed, and explains its state."
        ),
        "F74": Promise("An event is found by its id and by the record it is about."),
        "F75": Promise("Events that failed can be processed again, one or many at once."),
        "F76": Promise("A person can preview and fetch lost events from Telnyx's delivery log."),
    },
    "Keeping records true": {
        "X46": Promise("Any order and any repetition of events ends in the same state."),
        "X47": Promise("A message never goes back to an earlier status."),
        "X48": Promise("A missing, impossible or wrong time loses no event and pins no status."),
        "X71": Promise(
            "A request to move a number to another account keeps alerting until someone acknowledges it."
        ),
        "X73": Promise("An answer that was asked for earlier never overwrites a newer one."),
        "A19": Promise(
            "A status we do not know is shown as it came, keeps its group, and is reported to engineers once."
        ),
        "F19": Promise("One history holds our steps and Telnyx's, each with its time and source."),
        "F31": Promise("What already exists at Telnyx is imported once; a dry run writes nothing."),
        "F67": Promise("Changes of RCS agents reach Telnyx, and only what differs is sent."),
        "F72": Promise(
            "A change made in the portal is shown field by field, and nothing is overwritten unseen."
        ),
        "F77": Promise("What is not final is polled, often at first and then less; what is final is not."),
    },
    "People and permissions": {
        "X82": Promise("Text from outside is shown as text wherever it appears."),
        "X84": Promise("Every action is a POST with a form's token; a link changes nothing."),
        "X85": Promise(
            "A document opens only for people who may view it, never by a guessed address, and each view is "
            "recorded first."
        ),
        "X86": Promise(
            "Each role can do exactly what the matrix says, on pages and by forged requests alike."
        ),
        "X87": Promise("No hidden field can be guessed through the address of a list."),
        "X88": Promise("Every operation names a permission that exists."),
        "X89": Promise("A form writes only its own fields, never what Telnyx said."),
        "X90": Promise("A sign-in ends after twelve hours at the latest, whatever a machine's clock says."),
        "D": Promise(
            "An administrator finds what doesn't work and puts it right in the browser: health, events, lost webhooks, "
            "differences, calls and requests."
        ),
        "X91": Promise(
            "Of a thousand guesses at a password at most twenty are looked at, and its owner can still sign in."
        ),
        "X92": Promise("An address to return to leads only to our own pages."),
        "X104": Promise(
            "Records of attempts and of views are only ever added; the database refuses to change them."
        ),
        "B16": Promise(
            "People without permission see the state of an order, but no document, and can do nothing."
        ),
        "C5": Promise(
            "Numbers and texts are masked; opening one needs a permission and a reason, and is recorded."
        ),
        "C11": Promise("A deep link reveals nothing to people who may not follow it."),
        "F63": Promise(
            "What a role may not see is hidden on every page, in whatever form Telnyx repeats it."
        ),
        "F87": Promise(
            "Buttons people may not press are hidden and refused, and a refusal says who can grant the "
            "permission."
        ),
    },
    "Files and personal data": {
        "X74": Promise("A PDF that runs, hides or fetches something is refused."),
        "X75": Promise("An encrypted PDF is refused, even when it opens without a password."),
        "X76": Promise(
            "A file built to use up time or memory is refused in a process of its own, with fixed limits."
        ),
        "X77": Promise("A file that is not a whole PDF of a fitting size is refused."),
        "X78": Promise("Too large an upload is refused early and leaves nothing behind."),
        "X79": Promise("A file name cannot do harm: a random name on the disk, a plain one for Telnyx."),
        "X80": Promise("A full disk or a failed write leaves neither a row nor a file."),
        "X81": Promise("A document that changed or vanished since it was checked is not sent."),
        "X83": Promise("No cell of an export runs as a formula, and phone numbers survive a spreadsheet."),
        "X93": Promise("The desk takes and fetches only public https addresses, and follows no redirect."),
        "X94": Promise("Keys, codes and private words are in no log, page or error."),
        "X95": Promise("Errors of the database and of Telnyx are kept without the values they repeat."),
        "X96": Promise("No log line holds the key, a phone number or an address with one."),
        "X98": Promise(
            "Pages and downloads carry headers that forbid framing, sniffing, foreign code and caching."
        ),
        "X100": Promise(
            "Text that cannot be stored, such as NUL, is left out of any form or address and breaks nothing."
        ),
        "X105": Promise(
            "Retention can run twice or stop halfway and ends the same; what is open is left alone."
        ),
        "F40": Promise("An uploaded document is checked and kept with everything known about it."),
        "F41": Promise("A document is shown next to the form in the browser's own viewer."),
        "F42": Promise(
            "The letter of authorization lists the holder and every number, and the same data makes the"
            " same bytes."
        ),
        "F43": Promise("A checklist says who ticked what and when."),
        "F45": Promise("Documents have versions, and old bills and signatures are pointed out."),
        "F47": Promise(
            "Only the document that was refused is opened again; one on its way cannot be replaced."
        ),
        "F60": Promise("An export holds only what its owner may see, is sealed, and expires."),
        "F64": Promise(
            "Every table and text is deleted by a rule or kept for a stated reason, and one page shows it."
        ),
        "C8": Promise(
            "An export that is too large is cut to the newest rows with a notice, and can be canceled."
        ),
    },
    "Toll-free verification": {
        "A": Promise("A request goes from draft to verified in the browser."),
        "A1": Promise(
            "A refusal is shown next to its field, everything typed is still there, and a new version "
            "can be sent."
        ),
        "A2": Promise("A correction shows what changed and is sent as one whole request."),
        "A3": Promise(
            "A rejection that needs an email offers its text, and the request is sent again only after a confirmation."
        ),
        "A4": Promise("A reason nobody knows is shown as it came, and can be explained for the next time."),
        "A5": Promise(
            "What cannot be approved says so; its case can be closed, or it can be deleted. It is sent again only "
            "after a confirmation."
        ),
        "A6": Promise("Clicking twice, two tabs and going back make one draft and one submission."),
        "A7": Promise(
            "While no worker runs, every page calmly says what waits, and it goes out once and in order."
        ),
        "A8": Promise("While Redis is away, a submission is kept and the same calm words appear."),
        "A9": Promise("While Telnyx is away or busy, the page shows the next try and goes on by itself."),
        "A10": Promise("A lost answer ends in one request at Telnyx, without anyone's help.", LATE),
        "A11": Promise(
            "A wrong key is explained calmly to everyone and plainly to engineers; nothing is called refused."
        ),
        "A14": Promise(
            "A number with another active request is stopped and named; a verified one is sent again only with the "
            "number typed, a permission and a reason."
        ),
        "A15": Promise(
            "More than five numbers need a reason when they are submitted, and none when they are saved."
        ),
        "A16": Promise(
            "What was typed when the sign-in ended is back after the next one; nothing is submitted by itself."
        ),
        "A17": Promise("A colleague's save is never overwritten unseen."),
        "A18": Promise(
            "A change in Telnyx's portal is shown beside ours, and a person decides which is right."
        ),
        "A20": Promise("A copy has the texts of a request and nothing of its past."),
        "F01": Promise(
            "A draft can be saved with anything missing; the full rules apply when it is submitted."
        ),
        "F02": Promise("What the page shows before submitting is exactly what is sent."),
        "F03": Promise("A panel says for each section whether it is done, missing or doubtful."),
        "F05": Promise(
            "Each problem is named with its rule and its field; warnings need a reason, which is kept."
        ),
        "F11": Promise("Numbers and states are tidied into the form Telnyx expects."),
        "F14": Promise(
            "A number whose request is verified or under review is stopped before it is submitted again."
        ),
        "F15": Promise("An error from Telnyx is shown next to its field, with everything that was typed."),
        "F18": Promise("Every sent version is kept with its answer."),
        "F20": Promise("Every request says in plain words whose turn it is and for how long."),
        "F27": Promise("A stale save is refused with a comparison."),
    },
    "Hosted numbers": {
        "B": Promise("An order goes from a paste of numbers to live numbers."),
        "B1": Promise(
            "When no number is eligible, no order can be created, and the result can be downloaded."
        ),
        "B2": Promise("A number that could not be checked is not called ineligible."),
        "B3": Promise("One number is in one live order, whoever clicks at the same time."),
        "B4": Promise("A lost answer to a new order is found by its exact set of numbers.", LATE),
        "B5": Promise(
            "A code that does not arrive can be sent again, by call, or entered anyway; no page shows a code."
        ),
        "B6": Promise("A wrong or expired code marks only its own number."),
        "B7": Promise("A wrong file is refused before anything is sent, with what to do."),
        "B8": Promise("A refused letter reopens the letter alone, with the usual causes."),
        "B9": Promise("A refused bill or a missing document is asked for, and the rest is kept."),
        "B10": Promise("Some numbers can fail and move to a new order while the others go live."),
        "B11": Promise(
            "An order with an ineligible carrier is closed, names porting instead, and can be checked again later."
        ),
        "B12": Promise(
            "A transfer from another account shows its deadline, its decision, and alerts until acknowledged."
        ),
        "B13": Promise(
            "An upload survives an outage, and Telnyx gets exactly the bytes that were uploaded.", LATE
        ),
        "B15": Promise("Canceling an order needs a typed word, says what happens, and happens once."),
        "B17": Promise("An order that was deleted in the portal is closed here."),
        "F32": Promise(
            "Numbers are read in any shape, duplicates are merged, and each refused line says why."
        ),
        "F33": Promise(
            "Numbers are read from a file, and damage done by a spreadsheet is named with its row."
        ),
        "F34": Promise("Eligibility is explained for each number before an order can be created."),
        "F35": Promise("An old eligibility answer stops submitting until it is checked again."),
        "F36": Promise("Each number shows its five steps and the next one to take."),
        "F37": Promise(
            "Codes are sent as chosen, and never again without a click.",
            "After a lost answer a code may have been sent.",
        ),
        "F38": Promise("Codes can be pasted for all numbers at once and are never stored or logged."),
        "F50": Promise("The inventory of hosted numbers follows Telnyx, and only what changes is sent."),
        "X99": Promise("A number that is not valid, or too many of them, is refused by name."),
    },
    "Messages and their log": {
        "C1": Promise("Nothing found, hidden by a filter and failed to load are three different pages."),
        "C2": Promise(
            "Telnyx can be asked about a message without a final status, as long as Telnyx still answers."
        ),
        "C3": Promise("An unknown code or status is shown as it came."),
        "C4": Promise("Telnyx's own words come before our explanation."),
        "C6": Promise("Nobody who opted out is texted, not even by a forged request."),
        "C7": Promise("Whatever Telnyx answers to a question about a message is explained in words."),
        "C9": Promise("Days and times are the viewer's, UTC is a button away, and exports name their zone."),
        "C10": Promise("Odd content is shown safely, and no file loads by itself."),
        "C12": Promise("Looking up a message works on a phone."),
        "F51": Promise("A message is found by a number in any shape, the last four digits, an id or words."),
        "F52": Promise("A conversation shows both sides and loses no message."),
        "F53": Promise("Every published error code is explained."),
        "F54": Promise("Each step of a message is shown with its time and event."),
        "F55": Promise(
            "An opt-out is found by a number in any shape; an unknown number is not called safe too early."
        ),
        "F56": Promise('"Why didn\'t it arrive?" names the first cause that applies.'),
        "F29": Promise(
            "Who may not write freely sends only saved texts and templates, and no placeholder goes out unfilled."
        ),
        "F57": Promise("Each way to send sends exactly what was shown, within the daily limits."),
        "F58": Promise("A failed message can be sent again, but never to someone who opted out."),
        "F59": Promise("A message we never heard of is fetched by its id."),
        "F61": Promise("Searches are saved, shared and opened first, by their owner's choice."),
        "F62": Promise("The address of a list holds its filters and no phone number."),
        "F66": Promise("A sender's page shows volume and failures by code."),
        "L1": Promise("A page of the log reads an index and little more, however large the log is."),
        "L2": Promise("A search for common words stays bounded and says how far it looked."),
        "L3": Promise("A page costs the same few queries however many rows there are."),
    },
    "RCS and auto-responses": {
        "R": Promise("An RCS message goes from the agents to a tapped button in the conversation."),
        "R1": Promise("A disabled agent is not offered and sends nothing."),
        "R2": Promise("Limits of RCS content are shown while typing and enforced by the form."),
        "R3": Promise("An invalid address in RCS content is refused next to its field."),
        "R4": Promise("Invalid JSON loses nothing that was typed."),
        "R5": Promise("A phone without RCS gets the text instead, and the log shows it."),
        "R6": Promise(
            "A lost answer to an RCS message is settled by its webhook, and nothing is sent twice.", NO_KEY
        ),
        "R7": Promise("An answer slower than its webhooks ends in one message."),
        "R8": Promise("A feature word we do not know is shown as it came and breaks nothing."),
        "F68": Promise("Phones are checked for RCS one by one or in lists, and test phones are invited."),
        "F69": Promise(
            "RCS brands and agents are registered from the desk: each request is sent once, what Telnyx and the "
            "carriers decide is found by polling, and the page says whose turn it is.",
            "Telnyx lists a new brand later than `TELNYX_SETTLE_SECONDS` after the connection was lost. Then it can "
            "have its draft twice; only one of them is ever submitted from here.",
        ),
        "F70": Promise("An auto-response is checked, shown as it will be sent, and sent once."),
        "F71": Promise("The simulator says who answers a text, from what Telnyx holds."),
    },
    "The pages": {
        "F92": Promise("Each card on the home page leads to a list of the length it shows."),
        "F94": Promise("A request is found by a number in any shape or by name."),
        "F98": Promise("Times are in the viewer's zone."),
        "F99": Promise("No page overflows on a phone 360 pixels wide."),
        "F100": Promise(
            "Automated checks find no accessibility problem on the main pages, in light and dark."
        ),
        "F101": Promise(
            "A page follows its record by itself, stops when it is final, and does not disturb a person typing."
        ),
        "F102": Promise("An empty list differs from one that a filter emptied."),
        "F107": Promise("One click is one submission, and a second one finds the first."),
        "F108": Promise("Leaving a page asks only while something is unsaved."),
    },
    "Operation": {
        "B18": Promise(
            "After `manage.py restore`, what was open in the backup is looked up at Telnyx before anything is sent, or "
            "waits for a person; also if the restore was killed.",
            "Somebody took a request back, or deleted at Telnyx what it had made, after the backup: it is sent. A copy "
            "that was restored in another way is not checked.",
        ),
        "B19": Promise(
            "A backup is complete or not there, holds no key, is checked by restoring it, and never replaces anything."
        ),
        "B30": Promise(
            "An upgrade from 0.1.0 loses no row and no value, opens what was sealed, and sends what was open once."
        ),
        "B31": Promise(
            "An upgrade never locks a big table while PostgreSQL rewrites or reads one or builds an index, and stops "
            "waiting for a lock after a second.",
            "A new version moves many rows at once on purpose; tests/upgrade/big_tables.py names such steps.",
        ),
        "X20": Promise("A periodic task waits in the queue at most once, and running it again does no harm."),
        "X97": Promise("A foreign host name reaches only the health probes and signed webhooks."),
        "X101": Promise("The worker takes only JSON messages from Redis."),
        "X102": Promise("Every dependency is pinned with its hash."),
        "X103": Promise(
            "A desk with unsafe settings refuses to start, and one line for each problem says what to do."
        ),
        "F79": Promise(
            "Every call to Telnyx, reads too, is in the API log with its status, its time and what it was for. Its "
            "bodies are masked and sealed, and one that holds our key is never kept or shown.",
            "The process was killed before the call ended, or before the outcome of a request was recorded, or the "
            "transaction around the call was rolled back or the database was away: then the row is missing, and the "
            "call itself is not affected.",
        ),
        "F80": Promise("A call is copied as a curl command that reads the key from the shell."),
        "F81": Promise(
            "The outbox explains every state, and a person can retry, cancel or settle a request."
        ),
        "F82": Promise("Health is judged by the oldest work that is due, and a clock that is off is named."),
        "F83": Promise("A banner appears only while sending is paused, and says since when."),
        "F84": Promise(
            "A part that fails in two looks in a row is one incident, from when to when, however often and by how many "
            "it is looked at; failing again within ten minutes continues it. It says what waited at worst.",
            "While beat or the database is away nobody looks; the first look afterwards writes that time down.",
        ),
        "W2": Promise("A webhook costs one statement in the database."),
    },
}

PROMISES = {key: promise for section in SECTIONS.values() for key, promise in section.items()}

# Guarantees that rest on a setting and have no test.
UNTESTED = {
    "X102": "by pip, which refuses a package without its hash",
}

# What could go wrong and has no test, with the reason.
NOT_COVERED = {
    "X18": (
        "PostgreSQL fails over to a copy that lost its last minute. What was sent in that minute may be sent a "
        "second time. There is no test: use synchronous replication, which loses nothing."
    ),
    "X40": (
        "Old code and new code run on one schema during an upgrade. There is no test: stop the web processes and the "
        "worker before `migrate`, as docs/operations.md says."
    ),
}


class FaultRun(NamedTuple):
    """What `python -m tests.faults` said in the end. `how` is its options, `where` the machine."""

    day: str
    how: str
    where: str
    promised: int
    lost: int
    duplicated: int
    for_a_person: int
    wrong_status: int
    settled_in: int  # seconds, of the slowest seed
    kills: int
    faults: int


# Only runs that took place, each as it was printed.
BUSY = "two cores, busy with other work"
FAULT_RUNS = [
    FaultRun("2026-11-30", "--seeds 50 --minutes 1", BUSY, 1722, 0, 0, 108, 0, 52, 1055, 1478),
    FaultRun("2026-11-30", "--seeds 2 --minutes 0.7 --hosts 2", BUSY, 18, 0, 0, 3, 0, 67, 28, 26),
]

RUNS = """## Runs of faults

`python -m tests.faults` lets people submit requests of every kind through the pages while processes and servers are
killed and frozen, Valkey is wiped, Telnyx's answers get lost, late or cut short, and webhooks go astray. In the end
each request is at the sandbox once, was refused there, or waits for a person with a true reason.

"Settled" is the time after the last fault until nothing was open anymore, in the slowest seed. Five of the 50 seeds
first showed a fault of the desk or of the run itself, none of them a loss or a second sending. They were run again with
the fault fixed.

| day | how | promised | lost | duplicated | left for a person | wrong status | settled | kills | faults at Telnyx |
|---|---|---|---|---|---|---|---|---|---|
"""

INTRO = """# Guarantees

A guarantee is something people can rely on, in one sentence, with the tests that prove it. Each has an id, such as X36;
a test carries the ids of what it proves: `@pytest.mark.promise("X36")`. "Remaining window" names the case a guarantee
does not cover, where one is known.

We do not promise that a request reaches Telnyx exactly once. Telnyx has no idempotency key for verification requests
and hosted orders, so nobody can. We promise that a request that creates something is not sent a second time until
Telnyx was asked twice and showed nothing, and a settling time is over, or a person decided. What is safe to repeat,
such as a deletion, is repeated.

`python -m tests.promises` writes this page from the markers and from `tests/promises.py`; a test fails when it is out
of date. To add a guarantee, add its sentence there and mark its tests.
"""


@cache
def tests() -> tuple[tuple[str, ast.FunctionDef], ...]:
    """Return each test with the path of its module, in file order. Nothing is imported."""
    return tuple(
        (path.relative_to(TESTS.parent).as_posix(), found)
        for path in sorted(TESTS.rglob("test_*.py"))
        for found in ast.walk(ast.parse(path.read_text()))
        if isinstance(found, ast.FunctionDef) and found.name.startswith("test_")
    )


def proofs() -> list[Proof]:
    """Return every id with each test that carries it."""
    return [Proof(key, module, test.name) for module, test in tests() for key in ids(test)]


def ids(test: ast.FunctionDef) -> Iterator[str]:
    """Yield the ids in the markers of a test; raise ValueError for anything but plain text."""
    for mark in test.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.promise":
            yield from (ast.literal_eval(argument) for argument in mark.args)


def page() -> str:
    """Return docs/guarantees.md as it should be."""
    found: dict[str, list[Proof]] = {}
    for proof in proofs():
        found.setdefault(proof.promise, []).append(proof)
    parts = [INTRO]
    for title, section in SECTIONS.items():
        parts.append(f"## {title}\n")
        parts += [entry(key, promise, found.get(key, [])) for key, promise in section.items()]
    parts += [RUNS + "\n".join(map(row, FAULT_RUNS)) + "\n"] if FAULT_RUNS else []
    parts.append("## Not covered\n")
    parts += [f"### {key}\n\n{reason}\n" for key, reason in NOT_COVERED.items()]
    return "\n".join(parts)


def row(run: FaultRun) -> str:
    """Return the line of a run in the table."""
    found = (run.promised, run.lost, run.duplicated, run.for_a_person, run.wrong_status)
    cells = [run.day, f"`{run.how}` ({run.where})", *found, f"{run.settled_in} s", run.kills, run.faults]
    return f"| {' | '.join(map(str, cells))} |"


def entry(key: str, promise: Promise, proved: list[Proof]) -> str:
    """Return the lines of one guarantee."""
    lines = [f"### {key}", "", promise.text]
    if promise.window:
        lines += ["", f"Remaining window: {promise.window}"]
    if proved:
        lines += ["", f"<details><summary>{len(proved)} test{'s' * (len(proved) > 1)}</summary>", ""]
        for module, group in groupby(proved, key=lambda proof: proof.module):
            lines += [f"- `{module}`", *(f"  - `{proof.test}`" for proof in group)]
        lines += ["", "</details>"]
    else:
        lines += ["", f"No test; it holds {UNTESTED[key]}."]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    PAGE.write_text(page())
    sys.stdout.write(f"{PAGE.name}: {len(PROMISES)} guarantees\n")
