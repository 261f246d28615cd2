"""Edits that overwrite nobody: what was changed is sent, with what the form had shown of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from pydantic import BaseModel

from scheduler.errors import InvalidHoldError, StaleVersionError
from web.pages.administration import fields as form_fields
from web.pages.administration.fields import Field

if TYPE_CHECKING:
    from web.pages.administration.nouns import Row
    from web.pages.administration.pages import Form


class Edit(NamedTuple):
    """What somebody changed on a form.

    Attributes:
        was: What the form had shown, by field.
        changed: The fields that they changed.
        besides: Fields that are no part of the thing, as the reason of a change.
    """

    was: Mapping[str, str]
    changed: tuple[Field, ...]
    besides: tuple[Field, ...] = ()

    @classmethod
    def read(cls, was: str, typed: Mapping[str, str], fields: Sequence[Field], row: Row) -> Edit:
        """Compare what was typed with what a form had shown, which came back with it."""
        own = [field for field in fields if field.name in row]
        try:
            known = orjson.loads(was)
        except ValueError:
            known = {}
        known = known if isinstance(known, dict) else {}
        shown = {field.name: str(known.get(field.name, "")) for field in own}
        changed = (f for f in own if not f.is_same(typed[f.name], shown[f.name]))
        return cls(shown, tuple(changed), tuple(f for f in fields if f.name not in row))

    @staticmethod
    def sealed(was: Mapping[str, str]) -> str:
        """Return what a form carries, for `read`."""
        return orjson.dumps(dict(was)).decode() if was else ""

    def as_sent(self, body: BaseModel) -> dict[str, Any]:
        """Return what the form had shown of the changed fields, as the interface sends it.

        Args:
            body: As it is sent now.

        Raises:
            StaleVersionError: That was never on record.
        """
        besides = {field.name: getattr(body, field.name) for field in self.besides}
        try:
            shown = form_fields.read(type(body), self.was, self.changed, fixed=besides)
        except InvalidHoldError as exc:
            raise StaleVersionError("what this form had shown is not on record") from exc
        return shown.model_dump(exclude_unset=True, exclude=set(besides))


def stale(form: Form, now: Row, fields: Sequence[Field], exc: StaleVersionError) -> Form:
    """Return a form for another look: what was typed stays, beside what is on record by now.

    A field that its reader had left alone takes what is on record.
    """
    own = [field for field in fields if field.name in now]
    on_record = {field.name: form_fields.told(now[field.name]) for field in own}
    typed, problems = dict(form.typed), {}
    for field in own:
        name, mine = field.name, form.typed[field.name]
        if field.is_same(mine, form.was[name]):
            typed[name] = on_record[name]
        elif not field.is_same(on_record[name], form.was[name]):
            text = ", ".join(on_record[name].splitlines()) or "nothing"
            problems[name] = (
                f"{field.label}: somebody changed this to '{text}' while the form was open. "
                "Send it again to put yours in its place."
            )
    told = problems or {"": str(exc)}
    return form._replace(row=now, typed=typed, problems=told, was=on_record)
