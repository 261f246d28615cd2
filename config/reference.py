"""Writes the table of settings in `docs/settings.md` from the settings themselves.

After changing a setting: ``python -m config.reference docs/settings.md``.
A test compares the two.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic.fields import FieldInfo

from config import fields, settings, sources

_BEGIN = "<!-- settings: begin, written by config/reference.py -->"
_END = "<!-- settings: end -->"


def settings_table() -> str:
    """Return one Markdown row a setting."""
    head = ["| setting | what for | allowed | default |", "|---|---|---|---|"]
    known = settings.Settings.model_fields
    return "\n".join([*head, *(_row(name, field) for name, field in known.items())])


def updated(page: str) -> str:
    """Return the page with its table replaced."""
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{settings_table()}\n{_END}{after}"


def _row(name: str, field: FieldInfo) -> str:
    about = fields.about(field)
    variable = f"`{sources.PREFIX}{name.upper()}`"
    label = f"{variable}, or a file's path in `{sources.PREFIX}{name.upper()}_FILE`"
    cells = [
        label if about.secret else variable,
        field.description or "",
        about.allowed.removeprefix("use "),
        about.shown or _default(field),
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "none: needed"
    return "none" if field.default is None else f"`{field.default}`"


def main(arguments: Sequence[str]) -> None:
    """Rewrite the table in the page that is named."""
    page = Path(arguments[0])
    page.write_text(updated(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
