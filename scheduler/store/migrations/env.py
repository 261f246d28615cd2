"""Runs the migrations on the connection that `scheduler.store.schema` hands over."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from scheduler.store import account_tables, tables  # noqa: F401 -- they declare the tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    # SQLite's DDL runs in the transaction that `schema.migrate` opened.
    transactional_ddl=False,
)
context.run_migrations()
