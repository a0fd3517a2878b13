"""The checks of histories find what they are for."""

import pytest

from harness.histories import Event, Swap, check, check_swaps

A, B = ("a", 0), ("b", 0)


def event(id_: str, time: tuple, seen: dict, wrote: set) -> Event:
    return Event(id_, time[0], time[1], seen, wrote)


def test_a_serial_history_is_accepted():
    events = [
        event("1", (0, 1), {A: [], B: []}, {A}),
        event("2", (2, 3), {A: ["1"]}, {A, B}),
        event("3", (2, None), {}, {A, B}),
        event("4", (5, 6), {A: ["1", "2"], B: ["2"]}, set()),
    ]
    check(events, {A: ["1", "2"], B: ["2"]})


WRONG = {
    "write skew": (
        [event("1", (0, 9), {A: [], B: []}, {A}), event("2", (0, 9), {A: [], B: []}, {B})],
        {A: ["1"], B: ["2"]},
        "comes before",
    ),
    "a stale read": (
        [event("1", (0, 1), {}, {A}), event("2", (2, 3), {A: []}, set())],
        {A: ["1"]},
        "comes before",
    ),
    "a lost update": (
        [event("1", (0, 9), {A: []}, {A}), event("2", (0, 9), {A: []}, {A})],
        {A: ["1", "2"]},
        "comes before",
    ),
    "a read between the writes of a transaction": (
        [event("1", (0, 9), {}, {A, B}), event("2", (0, 9), {A: ["1"], B: []}, set())],
        {A: ["1"], B: ["1"]},
        "comes before",
    ),
    "a dirty read": (
        [event("1", (0, 9), {A: ["2"]}, set()), event("2", (0, 9), {}, set())],
        {A: []},
        "saw what never was",
    ),
    "a lost write": ([event("1", (0, 9), {}, {A})], {A: []}, "acknowledged and lost"),
    "a torn transaction": ([event("1", (0, None), {}, {A, B})], {A: ["1"], B: []}, "torn"),
    "a write done twice": ([event("1", (0, 9), {}, {A})], {A: ["1", "1"]}, "written twice"),
    "a refused write": ([event("1", (0, 9), {}, set())], {A: ["1"]}, "nobody wrote"),
}


@pytest.mark.parametrize("case", WRONG)
def test_the_check_finds(case):
    events, last, complaint = WRONG[case]
    with pytest.raises(AssertionError, match=complaint):
        check(events, last)


def test_swaps():
    first, second, removal = Swap("1", None, 1), Swap("2", "1", 2), Swap(None, "2", 3)
    check_swaps([first, second], "2")
    check_swaps([first, second, removal], None)
    check_swaps([first, Swap("2"), Swap("3", "1", 4)], "3")
    for swaps, last in [
        ([first, second], None),
        ([first, second], "1"),
        ([first, second, Swap("3", "1", 4)], "3"),
        ([second], "2"),
    ]:
        with pytest.raises(AssertionError):
            check_swaps(swaps, last)
