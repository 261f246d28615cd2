"""What the interface answers with: holds, events, explanations, reports, in their shapes.

The answers themselves are made by the use cases; these say so to whoever reads the document.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from scheduler.domain.events import Kind
from scheduler.domain.hold import Outcome, Reporter, Status
from scheduler.domain.policy import Paper
from web.api.schemas import At


class Hold(BaseModel):
    """One person kept under one detainer, as the record has it. Instants are UTC with `Z`."""

    id: Annotated[str, Field(description="Speakable: without 0, O, 1, I and L.")]
    hold_ref: Annotated[str, Field(description="What the facility calls it.")]
    facility_code: str
    detainer_type: str
    status: Status
    policy: Annotated[str, Field(description="Whose rules it was registered under.")]
    policy_version: int
    lodged_at: Annotated[At, Field(description="The detainer was received.")]
    served_at: Annotated[At | None, Field(description="A copy was served on the person.")]
    warrant_served_at: At | None
    warrant_received_at: At | None
    judicial_order_at: At | None
    would_release_at: Annotated[
        At | None, Field(description="Fact: the person would otherwise have been released.")
    ]
    expected_release_at: Annotated[
        At | None, Field(description="Forecast: it starts no clock before it is confirmed.")
    ]
    assumed: Annotated[
        bool, Field(description="The clock runs from the forecast, which nobody has confirmed.")
    ]
    starts_at: Annotated[At | None, Field(description="The window opens; null while it has not.")]
    deadline_at: Annotated[At | None, Field(description="At this instant the authority is over.")]
    ceiling_at: Annotated[
        At | None, Field(description="The earliest deadline under any reading that applies.")
    ]
    ceiling_policy: str | None
    next_due_at: Annotated[At | None, Field(description="When the worker looks at it next.")]
    papers_missing: Annotated[
        list[Paper], Field(description="Papers that its policy needs and that are not on record.")
    ]
    notice_given_at: Annotated[
        At | None, Field(description="The first notice of release to the agency.")
    ]
    acknowledged_at: At | None
    arrival_at: Annotated[At | None, Field(description="When the agent expects to arrive.")]
    outcome: Outcome | None
    outcome_at: At | None
    outcome_by: Annotated[Reporter | None, Field(description="Whose word the outcome rests on.")]
    outcome_basis: str | None
    superseded_by: Annotated[str | None, Field(description="The id of the newer hold.")]
    contradicted: Annotated[bool, Field(description="Agency and facility report different ends.")]
    over_detention_minutes: Annotated[
        int, Field(description="Whole minutes past the limit, so far or in the end.")
    ]
    overlays: Annotated[
        list[str], Field(description="What else is true of it beside its status, for machines.")
    ]
    warnings: Annotated[
        list[str], Field(description="What the reader of this answer must be told.")
    ]
    window_no: Annotated[int, Field(description="Counts the windows that corrections opened.")]
    version: Annotated[
        int, Field(description="Counts facts and corrections by people; the `ETag`.")
    ]


class Event(BaseModel):
    """What was observed. Nothing of it is ever changed."""

    seq: Annotated[int | None, Field(description="Its place in the sealed log; null until then.")]
    id: Annotated[str, Field(description="A UUIDv7: ids sort in the order of recording.")]
    kind: Kind
    hold_id: str | None
    hold_ref: str | None
    facility_code: str | None
    window_no: int | None
    occurred_at: Annotated[At, Field(description="When it happened.")]
    recorded_at: Annotated[At, Field(description="When it was written.")]
    actor: Annotated[str, Field(description="Who recorded it; `timekeeper` is time itself.")]
    data: Annotated[
        dict[str, str | int | bool], Field(description="What belongs to it; never a person's data.")
    ]


class Subject(BaseModel):
    """Who is held. That it was shown is an event."""

    subject_name: str | None
    a_number: str | None


class Step(BaseModel):
    """One row of the arithmetic."""

    from_: Annotated[At, Field(alias="from")]
    to: At
    from_local: str
    to_local: str
    why: str
    counted: Annotated[str, Field(description="What the row adds to the window, as `8 h 30 min`.")]
    total: str


class Reading(BaseModel):
    """What one policy says of one hold."""

    policy: str
    version: int
    title: str
    source: str
    mark: Annotated[str, Field(description="How well the source is known: V read word for word.")]
    starts_at: At | None
    deadline_at: At | None
    sentence: str
    steps: list[Step]


class Explanation(BaseModel):
    """How the limits of a hold were worked out, and what other policies would say."""

    timezone: str
    starts_at: At | None
    deadline_at: At | None
    ceiling_at: At | None
    ceiling_policy: str | None
    left_out: list[str]
    policy: Reading
    checked: list[Reading]
    others: list[Reading]
    ceiling_sentence: str
    warnings: list[str]


class Deadline(BaseModel):
    """When a policy's window would end, from a given start."""

    policy: str
    policy_version: int
    source: str
    mark: str
    starts_at: At | None
    deadline_at: At | None
    ceiling_at: At | None
    ceiling_policy: str | None
    steps: list[Step]
    warnings: list[str]


class Report(BaseModel):
    """A fiscal year; docs/reports.md says what each column of a row means."""

    fiscal_year: int
    starts: str
    first_day: str
    last_day: str
    by: list[str]
    as_of: At | None
    public: bool
    rows: list[dict[str, Any]]
    total: dict[str, Any]


HOLD_EXAMPLE: dict[str, Any] = {
    "id": "7Q3KM4X",
    "hold_ref": "2026-0417",
    "facility_code": "OAK",
    "detainer_type": "I-247A",
    "status": "running",
    "policy": "i-247a",
    "policy_version": 1,
    "lodged_at": "2026-03-01T15:20:00Z",
    "served_at": "2026-03-01T16:05:00Z",
    "warrant_served_at": None,
    "warrant_received_at": "2026-03-01T15:20:00Z",
    "judicial_order_at": None,
    "would_release_at": "2026-03-02T14:00:00Z",
    "expected_release_at": None,
    "assumed": False,
    "starts_at": "2026-03-02T14:00:00Z",
    "deadline_at": "2026-03-04T14:00:00Z",
    "ceiling_at": "2026-03-04T14:00:00Z",
    "ceiling_policy": "i-247a",
    "next_due_at": "2026-03-03T14:00:00Z",
    "papers_missing": [],
    "notice_given_at": "2026-03-02T14:10:00Z",
    "acknowledged_at": None,
    "arrival_at": None,
    "outcome": None,
    "outcome_at": None,
    "outcome_by": None,
    "outcome_basis": None,
    "superseded_by": None,
    "contradicted": False,
    "over_detention_minutes": 0,
    "overlays": ["notice_given"],
    "warnings": [],
    "window_no": 1,
    "version": 5,
}
EVENT_EXAMPLE: dict[str, Any] = {
    "seq": None,
    "id": "019cae5f-2a00-7000-8000-1f2e3d4c5b6a",
    "kind": "clock_started",
    "hold_id": "7Q3KM4X",
    "hold_ref": "2026-0417",
    "facility_code": "OAK",
    "window_no": 1,
    "occurred_at": "2026-03-02T14:00:00Z",
    "recorded_at": "2026-03-02T14:03:11.204Z",
    "actor": "key:7Q3KM4XY",
    "data": {"deadline_at": "2026-03-04T14:00:00Z", "late_by_s": 191},
}
