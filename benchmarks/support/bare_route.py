"""A bare FastAPI route beside the product's: the same body, and the same rows by bare driver calls.

Run as a module with the database to write to and that to take rows from. It prints its
address, and ends when its standard input does. `/rows` makes it read rows beforehand.
"""

from __future__ import annotations

import sys
import threading
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from benchmarks.support import raw
from benchmarks.support.registrations import groups_of
from scheduler.store.engine import open_database
from web.server import PageServer


class Registration(BaseModel):
    facility_code: str
    hold_ref: str
    detainer_type: str
    lodged_at: str
    served_at: str | None = None
    would_release_at: str | None = None
    subject_name: str | None = None


def create_app(target: str, source: str) -> FastAPI:
    app = FastAPI(openapi_url=None)
    database = open_database(target, durable=False)
    rows: dict[str, list[raw.Rows]] = {}
    mine = threading.local()

    def driver() -> raw.Driver:
        if not hasattr(mine, "connection"):
            mine.connection = database.engine.connect()
        found: raw.Driver = mine.connection.connection.driver_connection
        return found

    @app.post("/rows")
    def read_rows(start: int, stop: int) -> int:
        rows.update(groups_of(source, range(start, stop)))
        return len(rows)

    @app.post("/holds", status_code=201)
    def register(told: Registration) -> dict[str, Any]:
        raw.insert_on(driver(), rows[told.hold_ref])
        return {"hold_ref": told.hold_ref, "status": "registered"}

    return app


def main(target: str, source: str) -> None:
    server = PageServer(create_app(target, source), host="127.0.0.1", port=0)
    server.start()
    print(server.url, flush=True)
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
