"""Keys of other systems and screens on walls: each shows its secret once, when it is made."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from scheduler.domain.instants import spelled
from scheduler.errors import HoldNotFoundError
from web.api import api_keys as shapes
from web.api import walls as wall_shapes
from web.identity import Person
from web.pages.administration import people
from web.pages.administration.nouns import (
    Act,
    Asked,
    Done,
    Noun,
    Row,
    is_off,
    is_on,
    require_as_it_was,
)
from web.parts import Parts

SOON: Final = timedelta(days=30)
"""Before a key ends its list says so."""


class Key(shapes.ApiKey):
    """A key with all that its page tells."""

    standing: list[str]


def api_keys(parts: Parts) -> Noun:
    """Return what keys of machines are on pages."""
    keys = parts.api_keys

    def row(found: dict[str, Any]) -> Row:
        return {**shapes.shown(found), "standing": _key_standing(found, parts.views.now())}

    def add(asked: Asked) -> Done:
        new = shapes.new_key(keys, asked.actor, asked.body)
        return Done(new.id, secret=new.key, what="API key")

    def edit(asked: Asked) -> Done:
        require_as_it_was(row(keys.get(asked.name)), asked.was)
        shapes.change_key(keys, asked.actor, asked.name, asked.body)
        return Done(asked.name)

    def disable(asked: Asked) -> Done:
        keys.disable(asked.actor, asked.name)
        return Done(asked.name)

    return Noun(
        path="api-keys",
        title="API keys",
        one="key",
        told="What other systems ask with. A key is shown once, when it is made.",
        key="id",
        shape=Key,
        columns=("id", "role", "facility_codes", "office_codes", "expires_at", "standing"),
        rows=lambda _: [row(found) for found in keys.all()],
        get=lambda _, name: row(keys.get(name)),
        words={"standing": {"": "in order"}},
        adds=[
            Act(
                name="api-key",
                title="New API key",
                told="It is shown once, on the next page. What it may do cannot be changed later.",
                body=shapes.NewApiKey,
                choices={"role": people.roles},
                do=add,
            )
        ],
        acts=[
            Act(
                name="edit",
                title="Change",
                body=shapes.ApiKeyEdit,
                is_edit=True,
                is_offered=is_on,
                do=edit,
            ),
            Act(
                name="disable",
                title="Switch off",
                told="Whatever asks with it is refused from now on. It stays on record.",
                is_offered=is_on,
                do=disable,
            ),
        ],
    )


def walls(parts: Parts) -> Noun:
    """Return what screens on walls are on pages."""
    kept = parts.walls

    def get(_: Person, name: str) -> Row:
        found = next((row for row in kept.all() if row["id"] == name), None)
        if found is None:
            raise HoldNotFoundError(f"wall '{name}': there is none on record")
        return spelled(found)

    def add(asked: Asked) -> Done:
        made = kept.add(asked.actor, name=asked.body.name, facilities=asked.body.facility_codes)
        return Done(made.id, secret=made.url, what="Address of the screen")

    def end(asked: Asked) -> Done:
        kept.end(asked.actor, asked.name)
        return Done(asked.name)

    return Noun(
        path="walls",
        title="Screens on walls",
        one="wall",
        told="Screens that show a board and nothing else, each by an address of its own.",
        key="id",
        shape=wall_shapes.Wall,
        columns=("facility_codes", "created_at"),
        rows=lambda _: [spelled(row) for row in kept.all()],
        get=get,
        adds=[
            Act(
                name="wall",
                title="New screen",
                told="Its address is shown once, on the next page: open it in the screen's browser.",
                body=wall_shapes.NewWall,
                do=add,
            )
        ],
        acts=[
            Act(
                name="disable",
                title="Switch off",
                told="The screen shows nothing any more, within a minute. It stays on record.",
                is_offered=is_on,
                do=end,
            )
        ],
    )


def _key_standing(found: Row, now: datetime) -> list[str]:
    ends = found["expires_at"]
    if is_off(found) or ends is None or now + SOON < ends:
        return []
    return ["ended" if ends <= now else "ends within 30 days"]
