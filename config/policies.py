"""Read the policies: those shipped, and an administrator's own file over them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations
from pathlib import Path

from scheduler.domain.policy import Policy, read_policy
from scheduler.domain.policy_book import PolicyBook
from scheduler.errors import ConfigError

SHIPPED = Path(__file__).with_name("policies.toml")

# What a row takes over from the one it is based on, where it gives nothing itself.
INHERITED = (
    "anchor",
    "limit",
    "excludes",
    "observed",
    "notice",
    "notice_overdue_after",
    "notice_reminder_before",
    "checks",
    "papers",
    "ladder",
)

Row = Mapping[str, object]


def load_policies(path: Path | None = None, *, shipped: Path = SHIPPED) -> PolicyBook:
    """Return every policy: the shipped ones, and those of `path` added or put over them.

    A row of `path` with a shipped id replaces that row whole, and needs a
    higher version: holds name the version they pinned.

    Args:
        path: The administrator's file; None where there is none.
        shipped: The file to start from.

    Raises:
        ConfigError: With every problem of both files, each naming policy and field.
    """
    rows: dict[str, Row] = {}
    problems: list[str] = []
    for source in (shipped, path):
        if source is not None:
            rows, found = _laid_over(rows, source)
            problems += found
    policies, found = _read_all(rows)
    problems += [*found, *_check_problems(policies, rows), *_family_problems(policies)]
    if problems:
        raise ConfigError(problems)
    return PolicyBook(policies)


def read_tables(path: Path, name: str) -> list[Row]:
    """Return the `[[name]]` tables of a TOML file, which may hold nothing else.

    Raises:
        ConfigError: The file cannot be read, is no TOML, or holds something else.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise ConfigError([f"{path}: cannot be read as TOML; {exc}"]) from exc
    problems = [f"{key}: unknown; write [[{name}]] tables only" for key in document if key != name]
    tables = document.get(name, [])
    rows = [each for each in tables if isinstance(each, dict)] if isinstance(tables, list) else []
    if not isinstance(tables, list) or len(rows) != len(tables):
        problems.append(f"{name}: {tables!r} is refused; write [[{name}]] tables")
    if problems:
        raise ConfigError(problems)
    return list(rows)


def _laid_over(under: Mapping[str, Row], source: Path) -> tuple[dict[str, Row], list[str]]:
    """Put one file's rows over those read before, each complete with what it is based on.

    A base is looked for in the same file first. A shipped row keeps the terms
    of its shipped base when an administrator replaces that base: the terms
    behind an id and version never change.
    """
    try:
        tables = read_tables(source, "policy")
    except ConfigError as exc:
        return dict(under), list(exc.problems)
    problems = list(_identity_problems(under, tables))
    own = {str(table["id"]): table for table in tables if isinstance(table.get("id"), str)}
    known = {**under, **own}
    problems += [problem for table in own.values() for problem in _base_problems(table, known)]
    complete = {name: _with_terms(table, known) for name, table in own.items()}
    return {**under, **complete}, problems


def _identity_problems(under: Mapping[str, Row], tables: Sequence[Row]) -> Iterator[str]:
    seen: set[str] = set()
    for table in tables:
        policy_id, version = table.get("id"), table.get("version")
        if not isinstance(policy_id, str):
            yield f"a policy without an id: id: {policy_id!r} is refused; write a text"
            continue
        if policy_id in seen:
            yield f"policy {policy_id}: id: given twice in one file; write each policy once"
        seen.add(policy_id)
        earlier = under.get(policy_id, {}).get("version")
        if not isinstance(earlier, int) or not isinstance(version, int) or version > earlier:
            continue
        yield (
            f"policy {policy_id}: version: {version} replaces version {earlier}; "
            f"use {earlier + 1} or higher"
        )


def _bases(table: Row, known: Mapping[str, Row]) -> Iterator[Row]:
    """Walk from a row to what it is based on, and on; stop at what is unknown or comes again."""
    seen = {table["id"]}
    base_id = table.get("based_on")
    while isinstance(base_id, str) and base_id in known and base_id not in seen:
        seen.add(base_id)
        yield known[base_id]
        base_id = known[base_id].get("based_on")


def _with_terms(table: Row, known: Mapping[str, Row]) -> Row:
    complete = dict(table)
    for base in _bases(table, known):
        terms = {name: base[name] for name in INHERITED if name in base}
        complete = {**terms, **complete}
    return complete


def _base_problems(table: Row, known: Mapping[str, Row]) -> Iterator[str]:
    base_id = table.get("based_on")
    if isinstance(base_id, str) and base_id not in known:
        allowed = ", ".join(known)
        yield f"policy {table['id']}: based_on: {base_id!r} is unknown; use one of {allowed}"
    *_, last = (table, *_bases(table, known))
    if last is not table and last.get("based_on") == table["id"]:
        yield f"policy {table['id']}: based_on: {base_id!r} leads back to it; name another"


def _read_all(rows: Mapping[str, Row]) -> tuple[dict[str, Policy], list[str]]:
    policies: dict[str, Policy] = {}
    problems: list[str] = []
    for policy_id, row in rows.items():
        policy, found = read_policy(row)
        problems += found
        if policy is not None:
            policies[policy_id] = policy
    return policies, problems


def _check_problems(policies: Mapping[str, Policy], rows: Mapping[str, Row]) -> Iterator[str]:
    for policy in policies.values():
        for name in policy.checks:
            wrong = _check_problem(policy, policies.get(name), is_known=name in rows)
            if wrong is not None:
                yield f"policy {policy.id}: checks: {name!r} {wrong}"


def _check_problem(policy: Policy, other: Policy | None, *, is_known: bool) -> str | None:
    if not is_known:
        return "is unknown; name a policy on record"
    if other is None:
        return None  # its own row is wrong, and says so itself
    if policy.enabled and not other.enabled:
        return "is switched off; name one that is not"
    return None if other.has_clock else "has no clock; name one that has"


def _family_problems(policies: Mapping[str, Policy]) -> Iterator[str]:
    members = [each for each in policies.values() if each.family is not None and each.enabled]
    for policy in members:
        if policy.family in policies:
            yield f"policy {policy.id}: family: {policy.family!r} is a policy's id; use another name"
    for first, second in combinations(members, 2):
        if first.family == second.family and _overlap(first, second):
            yield (
                f"policy {second.id}: in_force_from: {second.dates_text()} overlaps {first.id}, "
                f"{first.dates_text()}, of the family {first.family}; use dates that do not meet"
            )


def _overlap(first: Policy, second: Policy) -> bool:
    starts = max(first.in_force_from or date.min, second.in_force_from or date.min)
    return starts <= min(first.in_force_until or date.max, second.in_force_until or date.max)
