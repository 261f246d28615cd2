"""The arithmetic of a deadline as tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.commands import output
from scheduler.domain.instants import duration_text, local_text

if TYPE_CHECKING:
    from scheduler.domain.explanation import Explanation, Reading

STEP_HEADINGS = ("from", "to", "why", "counts", "total")


def show(explanation: Explanation) -> None:
    """Print the hold's own policy, those it checks, the ceiling, and what others would say."""
    _reading(explanation.policy, "This hold's policy")
    for reading in explanation.checked:
        _reading(reading, "Checked for the ceiling")
    output.line(explanation.ceiling_sentence)
    output.line()
    output.line("What other policies would say of this hold:")
    output.table(
        ("policy", "deadline", "in words", "mark"),
        [
            (
                each.policy_id,
                each.deadline_at and local_text(each.deadline_at, explanation.zone, year=True),
                each.sentence,
                each.mark,
            )
            for each in explanation.others
        ],
    )
    for warning in explanation.warnings:
        output.line(f"Note: {warning}")


def _reading(reading: Reading, role: str) -> None:
    output.line(f"{role}: {reading.policy_id}, version {reading.version}")
    output.line(f"Source: {reading.source}; mark {reading.mark}")
    output.line(reading.sentence)
    if reading.steps:
        output.table(
            STEP_HEADINGS,
            [
                (
                    step.from_text,
                    step.to_text,
                    step.why,
                    duration_text(step.counted),
                    duration_text(step.total),
                )
                for step in reading.steps
            ],
        )
    output.line()
