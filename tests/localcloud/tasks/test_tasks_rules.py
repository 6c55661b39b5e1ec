"""Retry and rate rules, against the documentation's own figures."""

import pytest
from google.cloud.tasks_v2 import types
from hypothesis import given, settings
from hypothesis import strategies as st

from localcloud.tasks.messages import SECOND
from localcloud.tasks.rules import MAX_RETENTION, TokenBucket, backoff, fill_queue, gives_up


def config(least=10.0, most=300.0, doublings=3, attempts=100, duration=0):
    return types.RetryConfig.pb()(
        min_backoff={"seconds": int(least), "nanos": int(least % 1 * 1e9)},
        max_backoff={"seconds": int(most)},
        max_doublings=doublings,
        max_attempts=attempts,
        max_retry_duration={"seconds": duration},
    )


def test_backoff_is_the_documented_sequence():
    assert [backoff(config(), n) // SECOND for n in range(1, 10)] == [10, 20, 40, 80, 160, 240, 300, 300, 300]


def test_backoff_without_doublings_is_linear():
    assert [backoff(config(doublings=0), n) // SECOND for n in range(1, 5)] == [10, 20, 30, 40]


def test_default_backoff_starts_at_a_tenth_of_a_second_and_ends_at_an_hour():
    queue = types.Queue.pb()(name="q")
    fill_queue(queue)
    assert [backoff(queue.retry_config, n) for n in (1, 2, 3)] == [100_000, 200_000, 400_000]
    assert backoff(queue.retry_config, 99) == 3600 * SECOND
    assert queue.retry_config.max_attempts == 100
    assert queue.rate_limits.max_dispatches_per_second == 500
    assert queue.rate_limits.max_concurrent_dispatches == 1000


@settings(deadline=None)
@given(
    least=st.integers(0, 100),
    spread=st.integers(0, 10_000),
    doublings=st.integers(0, 200),
    failures=st.integers(1, 10_000),
)
def test_backoff_never_shrinks_and_stays_within_its_limits(least, spread, doublings, failures):
    retry = config(least, least + spread, doublings)
    here, following = backoff(retry, failures), backoff(retry, failures + 1)
    assert least * SECOND <= here <= following <= (least + spread) * SECOND


@pytest.mark.parametrize(
    ("attempts", "duration", "made", "age", "expected"),
    [
        (5, 0, 4, 10**6, False),
        (5, 0, 5, 0, True),
        (-1, 0, 10**6, 10**5, False),
        (5, 60, 5, 59, False),  # attempts used up, time not
        (5, 60, 4, 61, False),  # time used up, attempts not
        (5, 60, 5, 60, True),
        (-1, 60, 2, 60, True),
        (-1, 0, 2, MAX_RETENTION // SECOND, True),
    ],
)
def test_a_task_is_given_up_when_attempts_and_duration_are_both_used_up(attempts, duration, made, age, expected):
    retry = config(attempts=attempts, duration=duration)
    assert gives_up(retry, made, first_attempt=0, created=0, now=age * SECOND) is expected


def test_tokens_refill_at_the_rate_up_to_the_burst():
    bucket = TokenBucket(rate=2.0, burst=10, now=0.0)
    assert bucket.available(0.0) == 10
    bucket.take(10)
    assert bucket.available(0.0) == 0
    assert bucket.wait() == 0.5
    assert bucket.available(1.5) == 3
    assert bucket.available(1000.0) == 10
