"""How often somebody may try something: counted in Redis, for all web processes together.

One step adds an attempt and says whether it may go on, so attempts at the same moment can't all slip through. While
Redis is away each process counts by itself and allows half as many: nobody is locked out, and nothing is unlimited.
"""

import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

PREFIX = "desk:tries:"
REDIS_SECONDS = 1
# How many counts a process keeps while Redis is away; at that many, only those it knows already go on.
MOST_COUNTS = 10_000


@dataclass(frozen=True)
class Limit:
    """At most `most` attempts in `seconds`, counted from the first one."""

    name: str
    most: int
    seconds: int = 900

    def key(self, who: object) -> str:
        """Return the name of the count: nobody reads a user name or an address in Redis."""
        return f"{PREFIX}{self.name}:{salted_hmac('desk.throttle', str(who), algorithm='sha256').hexdigest()[:32]}"


# Per person: opening what is masked, and files (documents, files of messages, exports).
REVEALS = Limit("reveal", 60)
FILES = Limit("file", 120)
# Per person: searching for whole numbers. Whoever sees only the end of one could try all that end so.
NUMBERS = Limit("number", 300)


class TooOften(Exception):  # noqa: N818
    """Somebody must wait for `seconds` before the next attempt."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many attempts; the next one in {seconds} s")
        self.seconds = seconds

    @property
    def minutes(self) -> int:
        """Return the wait in whole minutes, for people."""
        return max(1, -(-self.seconds // 60))


def spend(limit: Limit, who: object) -> None:
    """Count an attempt before it is made; raise TooOften if it may not be made."""
    key = limit.key(who)
    try:
        with _redis(settings.REDIS_URL).pipeline(transaction=True) as steps:
            steps.set(key, 0, ex=limit.seconds, nx=True)
            steps.incr(key)
            steps.ttl(key)
            _made, count, left = steps.execute()
        most = limit.most
    except RedisError as error:
        logger.error("Redis is away; attempts are counted per process: %s", type(error).__name__)
        count, left = _here.add(key, limit.seconds)
        most = max(1, limit.most // 2)
    if count > most:
        raise TooOften(max(1, left))


def refund(limit: Limit, who: object) -> None:
    """Take back an attempt that was right, or that was not made."""
    key = limit.key(who)
    try:
        # Never below zero, and never a count without an end.
        _redis(settings.REDIS_URL).eval(
            "if tonumber(redis.call('GET', KEYS[1]) or 0) > 0 then redis.call('DECR', KEYS[1]) end", 1, key
        )
    except RedisError:
        _here.take_back(key)


def remember(name: str, who: object, seconds: int) -> None:
    """Note something about somebody for a while; it may be forgotten at any time."""
    try:
        _redis(settings.REDIS_URL).set(Limit(name, 0).key(who), 1, ex=seconds)
    except RedisError as error:
        logger.warning("Redis is away; nothing was noted: %s", type(error).__name__)


def remembers(name: str, who: object) -> bool:
    """Return True if it was noted and isn't forgotten yet."""
    try:
        return bool(_redis(settings.REDIS_URL).exists(Limit(name, 0).key(who)))
    except RedisError:
        return False


def gather(name: str, who: object, counts: Iterable[tuple[Limit, object]]) -> None:
    """Keep which counts somebody's attempts went into, so that they can be looked at and forgotten."""
    held = list(counts)
    key = Limit(name, 0).key(who)
    try:
        with _redis(settings.REDIS_URL).pipeline(transaction=True) as steps:
            steps.sadd(key, *(f"{limit.most} {limit.key(of)}" for limit, of in held))
            steps.expire(key, max(limit.seconds for limit, _of in held))
            steps.execute()
    except RedisError as error:
        logger.warning("Redis is away; nothing was noted: %s", type(error).__name__)


def seconds_left(name: str, who: object) -> int:
    """Return for how long one of somebody's gathered counts still refuses attempts; 0 if none does."""
    try:
        redis = _redis(settings.REDIS_URL)
        longest = 0
        for most, key in _gathered(name, who):
            count: Any = redis.get(key)
            left: Any = redis.ttl(key)
            if int(count or 0) >= most:
                longest = max(longest, left)
        return longest
    except RedisError:
        return 0


def forget(name: str, who: object) -> None:
    """Forget somebody's gathered counts. Raise RedisError if Redis is away."""
    _redis(settings.REDIS_URL).delete(Limit(name, 0).key(who), *(key for _most, key in _gathered(name, who)))


def _gathered(name: str, who: object) -> list[tuple[int, str]]:
    members: Any = _redis(settings.REDIS_URL).smembers(Limit(name, 0).key(who))
    pairs = (member.decode().partition(" ") for member in members)
    return [(int(most), key) for most, _space, key in pairs]


def reaches_redis() -> bool:
    """Return True if Redis answers within a second or two."""
    try:
        return bool(_redis(settings.REDIS_URL).ping())
    except RedisError:
        return False


def redis_stores() -> bool:
    """Return True if Redis also takes what is written to it, which it refuses when its memory or disk is full."""
    try:
        return bool(_redis(settings.REDIS_URL).set(PREFIX + "health", 1, ex=60))
    except RedisError:
        return False


@lru_cache(maxsize=4)
def _redis(url: str) -> Redis:
    # A connection that Redis closed meanwhile is opened again; apart from that a page doesn't wait for Redis.
    once_more = Retry(NoBackoff(), 1)
    return Redis.from_url(
        url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS, retry=once_more
    )


class _Here:
    """The counts of this process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.counts: dict[str, tuple[int, float]] = {}

    def add(self, key: str, seconds: int) -> tuple[int, int]:
        """Return the count with this attempt, and the seconds until it ends."""
        now = time.monotonic()
        with self.lock:
            if len(self.counts) >= MOST_COUNTS:
                self.counts = {name: kept for name, kept in self.counts.items() if kept[1] > now}
            count, until = self.counts.get(key, (0, 0.0))
            if until <= now:
                count, until = 0, now + seconds
            if key not in self.counts and len(self.counts) >= MOST_COUNTS:
                return MOST_COUNTS, seconds
            self.counts[key] = (count + 1, until)
            return count + 1, int(until - now) + 1

    def take_back(self, key: str) -> None:
        with self.lock:
            count, until = self.counts.get(key, (0, 0.0))
            if count:
                self.counts[key] = (count - 1, until)


_here = _Here()
