"""Fiscal-year reports: what happened to the detainers lodged with each facility."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from scheduler.domain import instants
from scheduler.report_tables import Starts
from scheduler.reports import Wanted, read_by
from web.api import schemas, writing
from web.api.holds import as_json
from web.api.schemas import Body, Instant, Text
from web.api.shapes import Report
from web.identity import Asks
from web.parts import Parts

Year = Annotated[
    int,
    Path(
        ge=instants.FIRST_YEAR + 1,
        le=instants.LAST_YEAR,
        description="Named by the calendar year in which it ends.",
        examples=[2026],
    ),
]


class ReportFilter(Body):
    """Which report."""

    starts: Annotated[
        Starts, Field(description="Its first month; it turns at local midnight of the facility.")
    ] = Starts.OCTOBER
    by: Annotated[
        Text, Field(description="What rows are split by: state, facility, month, by commas.")
    ] = "state,facility"
    facility_code: Annotated[Text | None, Field(description="Of one facility only.")] = None
    as_of: Annotated[
        Instant | None, Field(description="The record as it stood then; now, if not given.")
    ] = None
    public: Annotated[
        bool, Field(description="Hide small counts where a facility asks for it.")
    ] = False


def routes(parts: Parts) -> APIRouter:
    """Return the route of reports."""
    router = writing.router(prefix="/reports", tags=["reports"])

    @router.get(
        "/fiscal-years/{year}",
        operation_id="reportFiscalYear",
        summary="Report a fiscal year",
        response_model=Report,
        responses=schemas.reading(),
    )
    def fiscal_year(year: Year, caller: Asks, asked: Annotated[ReportFilter, Query()]) -> Response:
        """Count a fiscal year over the facilities that the key may see.

        Each outcome counts on its own date. Transfers stay apart from releases and from
        what was declined.
        """
        seen = parts.views.seen_by(caller.actor).facility_codes()
        if asked.facility_code is not None:
            code = frozenset({asked.facility_code})
            seen = code if seen is None else seen & code
        wanted = Wanted(
            year=year,
            starts=asked.starts,
            by=read_by(asked.by),
            as_of=schemas.read_instant(asked.as_of, "as_of"),
            is_public=asked.public,
            facilities=seen,
        )
        return as_json(parts.reports.fiscal_year(wanted).data())

    return router
