"""Write docs/law.md from the shipped policies: `python -m config.law`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from config.policies import load_policies
from scheduler.domain import instants
from scheduler.domain.policy import NO_TIME, Excluded, Policy
from scheduler.domain.policy_book import PolicyBook
from scheduler.domain.speech import ANCHOR_WORDS

PAGE = Path(__file__).parents[1] / "docs" / "law.md"

HEAD = """\
# The law that Holdclock knows

Made from `config/policies.toml` by `python -m config.law`; change that file, not this one.

**An agency's counsel must confirm a policy before use.** This is research, not legal advice.

The mark beside each source says how well it was checked: **V** read word for word in a stored
copy, **Q** quoted by another source, **S** paraphrase or digest, **R** general knowledge, not
checked; V/Q where parts of a row differ.

Every limit is a maximum, never a target. The window is half-open
([decision 0004](decisions/0004-half-open-window.md)): at the minute of the deadline the authority
to hold has already ended. "Holidays" are the eleven of 5 U.S.C. 6103(a) on their statutory dates,
and those an administrator adds with a date and a source.
"""

COLUMNS = (
    "policy",
    "clock starts at",
    "limit",
    "does not count",
    "notice to the agency",
    "also",
    "in force",
    "source, mark",
)


def law_text(book: PolicyBook) -> str:
    """Return the page: a table of what may be used, one of what is off, and the notes."""
    on = [policy for policy in book.values() if policy.enabled]
    off = [policy for policy in book.values() if not policy.enabled]
    parts = [HEAD, "## In use\n", _table(on)]
    if off:
        parts += ["## Switched off\n", _table(off)]
    parts += ["## Duties and notes\n", "\n".join(_notes(book.values())) + "\n"]
    return "\n".join(parts)


def _table(policies: Iterable[Policy]) -> str:
    rows = [COLUMNS, tuple("---" for _ in COLUMNS), *(_cells(policy) for policy in policies)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _cells(policy: Policy) -> tuple[str, ...]:
    return (
        f"`{policy.id}`, version {policy.version}: {policy.title}",
        ANCHOR_WORDS[policy.anchor],
        instants.duration_text(policy.limit) if policy.limit is not None else "-",
        _excluded(policy),
        _notice(policy),
        _also(policy),
        _in_force(policy),
        f"{policy.source}, {policy.mark}",
    )


def _excluded(policy: Policy) -> str:
    if not policy.has_clock:
        return "-"
    named = [kind.value for kind in Excluded if kind in policy.excludes]
    if policy.observed:
        named.append("in-lieu days")
    return ", ".join(named) or "nothing"


def _notice(policy: Policy) -> str:
    text = policy.notice.value
    if policy.notice_overdue_after > NO_TIME:
        after = instants.duration_text(policy.notice_overdue_after)
        text += f", overdue {after} after the release that would have been"
    if policy.notice_reminder_before is not None:
        text += f", reminder {instants.duration_text(policy.notice_reminder_before)} before that"
    return text


def _also(policy: Policy) -> str:
    needs = ", ".join(paper.value.replace("_", " ") for paper in policy.papers)
    parts = [f"needs: {needs}"] if needs else []
    parts += [f"check {', '.join(f'`{name}`' for name in policy.checks)}"] if policy.checks else []
    parts += [f"as `{policy.based_on}`"] if policy.based_on else []
    parts += ["reaches open holds"] if policy.reaches_open else []
    return "; ".join(parts) or "-"


def _in_force(policy: Policy) -> str:
    by = "" if policy.applies_by == "lodging" else f", by date of {policy.applies_by}"
    family = f"; family `{policy.family}`" if policy.family else ""
    return f"{policy.dates_text()}{by}{family}"


def _notes(policies: Iterable[Policy]) -> Iterable[str]:
    for policy in policies:
        texts = [f"{duty}." for duty in policy.duties]
        texts += [policy.note] if policy.note else []
        if texts:
            yield f"- `{policy.id}`: {' '.join(texts)}"


def main() -> None:
    """Write the page anew."""
    PAGE.write_text(law_text(load_policies()), encoding="utf-8")


if __name__ == "__main__":
    main()
