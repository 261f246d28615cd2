from __future__ import annotations

from notifiers.shared import Shared


class Thing:
    def __init__(self) -> None:
        self.times_closed = 0

    def close(self) -> None:
        self.times_closed += 1


def test_same_key_lends_the_same_thing() -> None:
    shared: Shared[Thing] = Shared(at_most=2)

    with shared.using("a", Thing) as first:
        pass
    with shared.using("a", Thing) as second:
        pass

    assert first is second
    assert first.times_closed == 0


def test_thing_used_longest_ago_is_closed_when_there_are_too_many() -> None:
    shared: Shared[Thing] = Shared(at_most=2)
    things = {}
    for key in ("a", "b", "a", "c"):
        with shared.using(key, Thing) as things[key]:
            pass

    assert [things[key].times_closed for key in "abc"] == [0, 1, 0]
    assert len(shared) == 2


def test_thing_in_use_is_closed_only_when_given_back() -> None:
    shared: Shared[Thing] = Shared(at_most=1)

    with shared.using("a", Thing) as first:
        with shared.using("a", Thing), shared.using("b", Thing):
            assert first.times_closed == 0
        shared.close()
        assert first.times_closed == 0

    assert first.times_closed == 1
    assert len(shared) == 0


def test_thing_that_cannot_be_made_leaves_nothing_behind() -> None:
    shared: Shared[Thing] = Shared(at_most=1)

    def fail() -> Thing:
        raise ValueError

    for _ in range(2):
        try:
            with shared.using("a", fail):
                pass
        except ValueError:
            continue

    assert len(shared) == 0
    with shared.using("a", Thing) as thing:
        assert thing.times_closed == 0
