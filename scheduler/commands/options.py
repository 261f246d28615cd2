"""Options that many commands share, each described once."""

from __future__ import annotations

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of words.")]
HoldName = Annotated[str, typer.Argument(metavar="HOLD", help="The hold's id or reference.")]
At = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="When it happened; now if not given. Without an offset it is local to the facility.",
    ),
]
Reason = Annotated[
    str | None,
    typer.Option(help="Why; needed for what lies more than 72 h back. It stays on the record."),
]
Note = Annotated[str | None, typer.Option(help="Free text, without a person's data.")]
Limit = Annotated[
    int | None, typer.Option(min=1, help="At most so many; all of them if not given.")
]
