"""One rate limit for the whole application, kept in Redis because all workers draw on it together.

Cronofy counts calls per application, not per user: without this, one customer's first run would use up everybody's
allowance. Whoever has to wait is told so by WaitForTurn; the wait becomes a row, never a sleeping worker.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from functools import cache

import redis
from django.conf import settings

from calendarsync.cronofy.errors import WaitForTurn

logger = logging.getLogger(__name__)

SECOND_MS, MINUTE_MS = 1_100, 61_000
"""A little more than their names: calls travel for different lengths of time and may arrive closer together."""

PATIENCE = 0.5
"""Seconds after which Redis counts as away; syncing goes on without it."""

LONGEST_PAUSE = 1.2
"""Seconds for which the further pages of a read may wait in place; giving up there would waste the pages before."""


class Lane(StrEnum):
    """How much a call hurries. The slower ones leave a part of the allowance to the faster ones."""

    SINGLE = "single"  # somebody watches: an edit, a notification, connecting
    BEGUN = "begun"  # further pages of a large read that was let in
    BULK = "bulk"  # the batches and the first page of a large run


_PERCENT = {Lane.SINGLE: 100, Lane.BEGUN: 90, Lane.BULK: 80}
_lane: ContextVar[Lane] = ContextVar("rate_lane", default=Lane.SINGLE)

# All of one decision in one step, by the clock of Redis: workers' clocks differ. Returns milliseconds to wait, 0: go.
#
# A caller waits while a window is full up to its lane's part. Once a lane's minute is half used, nobody has more of
# it than an equal part among those who asked within the last minute; below that, sharing would only waste it.
_SCRIPT = """
local calls, lane_calls, mine, asking = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local per_second, per_minute = tonumber(ARGV[1]), tonumber(ARGV[2])
local second, minute = tonumber(ARGV[3]), tonumber(ARGV[4])
local lane, who, id = ARGV[5], ARGV[6], ARGV[7]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function wait(key, length, limit)
  local held = redis.call('ZCOUNT', key, '(' .. (now - length), '+inf')
  if held < limit then return 0 end
  local last = redis.call('ZRANGE', key, '(' .. (now - length), '+inf', 'BYSCORE',
                          'LIMIT', held - limit, 1, 'WITHSCORES')
  return last[2] + length - now
end

for _, key in ipairs({calls, lane_calls, mine, asking}) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - minute)
end
redis.call('ZADD', asking, now, who)
redis.call('PEXPIRE', asking, minute)
local delay = math.max(wait(calls, second, per_second), wait(calls, minute, per_minute))
if lane ~= 'begun' and redis.call('ZCARD', lane_calls) * 2 >= per_minute then
  local part = math.max(1, math.floor(per_minute / redis.call('ZCARD', asking)))
  delay = math.max(delay, wait(mine, minute, part))
end
if delay > 0 then return delay end
for _, key in ipairs({calls, lane_calls, mine}) do
  redis.call('ZADD', key, now, id)
  redis.call('PEXPIRE', key, minute)
end
return 0
"""


@contextmanager
def bulk() -> Iterator[None]:
    """Make the calls within part of a large run: they leave room for everybody's single edits."""
    before = _lane.set(Lane.BULK)
    try:
        yield
    finally:
        _lane.reset(before)


def admit(*, who: int, is_further: bool = False) -> None:
    """Count a call that is about to be made on behalf of user `who`. Raises WaitForTurn if it may not be made yet.

    `is_further`: it goes on with a read that was let in before. With Redis away every call may be made: the provider's
    own 429 is the second belt.
    """
    lane = Lane.BEGUN if is_further and _lane.get() is Lane.BULK else _lane.get()
    delay = _ask(lane, who)
    if delay and is_further and delay <= LONGEST_PAUSE:
        time.sleep(delay)
        delay = _ask(lane, who)
    if delay:
        raise WaitForTurn(delay, is_bulk=lane is not Lane.SINGLE)


def _ask(lane: Lane, who: int) -> float:
    """Take one call out of the allowance, or return the seconds after which to ask again."""
    limits = [_part(lane, settings.CRONOFY_CALLS_PER_SECOND), _part(lane, settings.CRONOFY_CALLS_PER_MINUTE)]
    try:
        answer = _redis(settings.REDIS_URL).eval(
            _SCRIPT, 4, *_keys(lane, who), *limits, SECOND_MS, MINUTE_MS, lane.value, who, uuid.uuid4().hex
        )
    except redis.RedisError as error:
        logger.warning("No rate limit at present, Redis does not answer: %s", type(error).__name__)
        return 0.0
    return int(str(answer)) / 1000


def _part(lane: Lane, limit: int) -> int:
    return max(1, limit * _PERCENT[lane] // 100)


def _keys(lane: Lane, who: int) -> list[str]:
    """Return the keys of one decision; the braces keep them together on a Redis cluster."""
    prefix = f"bmscal:{{rate:{settings.CRONOFY_CLIENT_ID}}}"
    return [f"{prefix}:calls", f"{prefix}:{lane}", f"{prefix}:{lane}:{who}", f"{prefix}:{lane}:asking"]


@cache
def _redis(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE)
