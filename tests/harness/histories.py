"""Whether a history of concurrent operations could have happened one after the other.

Every item has a list to which operations append their ids, and nothing else ever happens to the
list. So the list at the end is the order of all writes of the item, and any list that was read
says between which two of them the read was. From that follow, for every two operations that
touched the same item, which came first. A history is serializable if no operation comes before
itself; with real time added (what had ended before another began, came before it) it is strictly
so, which includes that everybody reads what they wrote.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

Key = tuple[str, int]


@dataclass
class Event:
    """One operation, or one transaction, as its client saw it."""

    id: str
    began: int
    """A time in nanoseconds, as `ended`."""
    ended: int | None = None
    """Absent if there was no answer: it may have happened, or not."""
    seen: dict[Key, list[str]] = field(default_factory=dict)
    """The lists before its own writes, where it got to know them."""
    wrote: set[Key] = field(default_factory=set)
    """Where it appended its id. Empty if it was refused."""


def check(events: list[Event], last: dict[Key, list[str]]):
    """Fails if no order of the events explains what they saw and the lists at the end."""
    events = [event for event in events if _happened(event, last)]
    by_id = {event.id: event for event in events}
    before: dict[str, set[str]] = defaultdict(set)
    for key, order in last.items():
        assert len(set(order)) == len(order), f"written twice to {key}: {order}"
        unknown = [writer for writer in order if writer not in by_id or key not in by_id[writer].wrote]
        assert not unknown, f"nobody wrote {unknown} to {key}"
        for earlier, later in zip(order, order[1:], strict=False):
            before[later].add(earlier)
    for event in events:
        for key, seen in event.seen.items():
            order = last[key]
            assert order[: len(seen)] == seen, f"{event.id} saw what never was in {key}: {seen}, not {order}"
            if seen and seen[-1] != event.id:
                before[event.id].add(seen[-1])
            if len(seen) < len(order) and order[len(seen)] != event.id:
                before[order[len(seen)]].add(event.id)
    _add_real_time(before, events)
    _check_order(before, by_id)


def _happened(event: Event, last: dict[Key, list[str]]) -> bool:
    """Everything that was answered did; what it wrote is there wholly or not at all."""
    found = {key for key in event.wrote if event.id in last[key]}
    if event.ended is not None:
        assert found == event.wrote, f"acknowledged and lost in {event.wrote - found}: {event}"
        return True
    assert found in (set(), event.wrote), f"torn: only in {found}: {event}"
    return bool(found)


def _add_real_time(before: dict[str, set[str]], events: list[Event]):
    """Adds a chain of moments: an event is before the moment it ended and after the last moment
    before it began. This is the order of every two events without an edge for every two."""
    ended = sorted((event for event in events if event.ended is not None), key=lambda event: event.ended)
    for number, event in enumerate(ended):
        moment = f"moment {number}"
        before[moment].add(event.id)
        if number > 0:
            before[moment].add(f"moment {number - 1}")
    passed = 0
    for event in sorted(events, key=lambda event: event.began):
        while passed < len(ended) and ended[passed].ended < event.began:
            passed += 1
        if passed > 0:
            before[event.id].add(f"moment {passed - 1}")


def _check_order(before: dict[str, set[str]], events: dict[str, Event]):
    """Takes away, again and again, what has nothing before it."""
    after = defaultdict(list)
    waits = {}
    for later, earlier in before.items():
        waits[later] = len(earlier)
        for one in earlier:
            after[one].append(later)
    free = [one for one in after if one not in waits]
    while free:
        for later in after[free.pop()]:
            waits[later] -= 1
            if waits[later] == 0:
                free.append(later)
    left = {one for one, count in waits.items() if count}
    if left:
        cycle = [events.get(one, one) for one in _cycle(before, left)]
        raise AssertionError("each of these comes before the next:\n" + "\n".join(map(str, cycle)))


def _cycle(before: dict[str, set[str]], left: set[str]) -> list[str]:
    path = [min(left)]
    while (earlier := min(before[path[-1]] & left)) not in path:
        path.append(earlier)
    return [*reversed(path[path.index(earlier) :]), path[path.index(earlier)]]


@dataclass
class Swap:
    """One replacement of an item's whole value, or its removal (`new` is absent)."""

    new: str | None
    old: str | None = None
    ended: int | None = None
    """As an event's."""


def check_swaps(swaps: Iterable[Swap], last: str | None):
    """Every value was replaced once, or is the last: nothing was lost and nothing seen twice."""
    swaps = list(swaps)
    replaced = [swap.old for swap in swaps if swap.ended is not None and swap.old is not None]
    assert len(set(replaced)) == len(replaced), f"replaced twice: {sorted(replaced)}"
    assert last not in replaced or last is None, f"{last} was replaced and is there"
    put = {swap.new for swap in swaps if swap.new is not None}
    unknown = ({*replaced, last} - {None}) - put
    assert not unknown, f"never put: {unknown}"
    certain = {swap.new for swap in swaps if swap.ended is not None and swap.new is not None}
    gone = certain - {*replaced, last}
    unanswered = sum(1 for swap in swaps if swap.ended is None)
    assert len(gone) <= unanswered, f"acknowledged and lost: {gone}"
