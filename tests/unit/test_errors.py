from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler import errors


@pytest.mark.parametrize(
    ("kind", "parent"),
    [
        (errors.InvalidHoldError, errors.HoldError),
        (errors.HoldNotFoundError, errors.HoldError),
        (errors.HoldStateError, errors.HoldError),
        (errors.ConflictError, errors.HoldStateError),
        (errors.NotAllowedError, errors.HoldError),
        (errors.PolicyError, errors.HoldError),
        (errors.TransientDeliveryError, errors.DeliveryError),
        (errors.PermanentDeliveryError, errors.DeliveryError),
    ],
)
def test_callers_decide_by_type(kind: type[Exception], parent: type[Exception]) -> None:
    assert issubclass(kind, parent)


def test_the_trees_are_apart() -> None:
    """Whoever catches a refused request must not swallow a broken database."""
    roots = [errors.HoldError, errors.ConfigError, errors.StoreError, errors.DeliveryError]

    for root in roots:
        assert not any(issubclass(root, other) for other in roots if other is not root)


def test_a_wrong_value_names_its_field_once_and_in_the_list() -> None:
    one = errors.InvalidHoldError("served_at: wrong", field="served_at")
    many = errors.InvalidHoldError("two", by_field={"a": "a: wrong", "b": "b: wrong"})
    none = errors.InvalidHoldError("the whole of it")

    assert (one.field, one.by_field) == ("served_at", {"served_at": "served_at: wrong"})
    assert (many.field, set(many.by_field)) == (None, {"a", "b"})
    assert none.by_field == {}


def test_a_conflict_links_to_the_hold_it_is_with() -> None:
    assert errors.ConflictError("taken", hold_id="7Q3KM4").hold_id == "7Q3KM4"


def test_wrong_settings_are_listed_all_at_once() -> None:
    raised = errors.ConfigError(problem for problem in ("A: wrong", "B: wrong"))

    assert raised.problems == ("A: wrong", "B: wrong")
    assert str(raised) == "A: wrong\nB: wrong"


def test_a_failed_delivery_keeps_a_kilobyte_of_the_answer() -> None:
    raised = errors.TransientDeliveryError(
        "no", status=503, answer="x" * 5000, retry_after=timedelta(seconds=9)
    )

    assert (raised.status, len(raised.answer)) == (503, 1024)
    assert raised.retry_after == timedelta(seconds=9)
