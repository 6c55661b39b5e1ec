"""Whether a recorded history of transactions over lists could have happened one after the other.

Every transaction reads lists and appends numbers that nobody else appends. So each read says which appends it saw and
in what order, and what depends on what follows from the reads alone, not from what the engine says of its times:

- a list that is no beginning of the final one, or an acknowledged append that is missing: a lost or torn update
- a read that shows an append of an attempt that failed: a dirty read
- a cycle of "saw", "overwrote", "read before it was overwritten" and "ended before the other began": not strictly
  serializable (write skew, a stale read, a phantom)

The method is that of Adya's dependency graphs, and of Elle's list-append histories.
"""

import itertools
from collections import defaultdict, deque
from dataclasses import dataclass, field


@dataclass
class Attempt:
    """One attempt at a transaction. `committed` None: nobody knows (the engine died); times of one clock."""

    number: int
    began: float = 0.0
    ended: float = 0.0
    reads: dict[str, list[int]] = field(default_factory=dict)
    appends: set[str] = field(default_factory=set)
    committed: bool | None = None


def violations(history: list[Attempt], final: dict[str, list[int]]) -> list[str]:
    """What is wrong with the history; `final` are the lists when all was over, nothing under way."""
    attempts = {attempt.number: attempt for attempt in history}
    found: list[str] = []
    for attempt in history:
        for key, seen in attempt.reads.items():
            if seen != final.get(key, [])[: len(seen)]:
                found.append(f"{attempt.number} read {seen} of {key}, which is no beginning of {final.get(key, [])}")
        if attempt.committed:
            missing = [key for key in attempt.appends if final.get(key, []).count(attempt.number) != 1]
            found += [f"the append of {attempt.number} to {key} is not there once" for key in missing]
    for key, numbers in final.items():
        for number in numbers:
            writer = attempts.get(number)
            if writer is None or writer.committed is False or key not in writer.appends:
                found.append(f"{key} holds {number}, which nobody committed to it")
    if found:
        return found
    cycle = _cycle(_dependencies(history, final))
    return [f"these depend on each other in a circle: {cycle}"] if cycle else []


def _dependencies(history: list[Attempt], final: dict[str, list[int]]) -> dict[object, set[object]]:
    """Edges from what came first to what came after. Moments of time are nodes of their own: ("at", n)."""
    after: dict[object, set[object]] = defaultdict(set)
    happened = [attempt for attempt in history if attempt.committed is not False]
    for numbers in final.values():
        for earlier, later in itertools.pairwise(numbers):
            after[earlier].add(later)
    for attempt in happened:
        for key, seen in attempt.reads.items():
            if seen and seen[-1] != attempt.number:
                after[seen[-1]].add(attempt.number)
            following = final.get(key, [])[len(seen) : len(seen) + 1]
            for number in following:
                if number != attempt.number:
                    after[attempt.number].add(number)
    # Ends before beginnings of the same moment would order what overlaps: a beginning sorts first.
    moments = [(attempt.began, 0, attempt.number) for attempt in happened]
    moments += [(attempt.ended, 1, attempt.number) for attempt in happened if attempt.committed]
    for position, (_, is_end, number) in enumerate(sorted(moments)):
        after["at", position].add(("at", position + 1))
        if is_end:
            after[number].add(("at", position + 1))
        else:
            after["at", position].add(number)
    return after


def _cycle(after: dict[object, set[object]]) -> list[object]:
    """The transactions of some cycle, or nothing."""
    before: dict[object, int] = defaultdict(int)
    for following in after.values():
        for node in following:
            before[node] += 1
    nodes = {*after, *before}
    ready = deque(node for node in nodes if not before[node])
    while ready:
        node = ready.popleft()
        nodes.discard(node)
        for following_node in after.get(node, ()):
            before[following_node] -= 1
            if not before[following_node]:
                ready.append(following_node)
    if not nodes:
        return []
    # Every node left can be left forwards or lies behind a cycle; walk backwards, where there is always a way.
    behind: dict[object, object] = {}
    for node in nodes:
        for following_node in after.get(node, ()):
            if following_node in nodes:
                behind[following_node] = node
    node, walked = next(iter(nodes)), []
    while node not in walked:
        walked.append(node)
        node = behind[node]
    return [each for each in reversed(walked[walked.index(node) :]) if not isinstance(each, tuple)]
