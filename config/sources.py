"""Gathers the text of every setting from where an operator may put it.

The environment wins over the file that `HOLDCLOCK_CONFIG` names; in either, a
secret may be given as the path of a file that holds it. An empty value counts
as not given, since that is how a compose file passes on an unset variable.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

PREFIX = "HOLDCLOCK_"
CONFIG_NAME = "CONFIG"

# A cluster that runs a service named "holdclock" puts these into every container.
_SERVICE_LINKS = re.compile(
    r"HOLDCLOCK(_[A-Z0-9]+)*_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP)(_\w+)?)?)"
)


def variable(name: str) -> str:
    """Return the environment variable of a setting's field."""
    return PREFIX + name.upper()


class Text(NamedTuple):
    """The text of a setting, and where it came from if not plainly the environment."""

    value: str
    origin: str = ""


class Gathered(NamedTuple):
    """What was found: text by field name (`smtp_port`), and what is wrong already."""

    texts: dict[str, Text]
    problems: list[str]


class _Given(NamedTuple):
    """One value as written: its name without prefix, in capitals."""

    name: str
    value: str
    origin: str


def gather(environ: Mapping[str, str], *, known: Mapping[str, bool]) -> Gathered:
    """Collect every setting that is given.

    Args:
        environ: The process environment, or what stands for it.
        known: Every setting's field name; true where it is a secret.
    """
    problems: list[str] = []
    layers = [
        list(_from_config_file(environ, problems)),
        list(_from_environment(environ, known)),
    ]
    texts: dict[str, Text] = {}
    for layer in layers:
        texts.update(_read_layer(layer, known=known, problems=problems))
    return Gathered(texts, problems)


def _from_environment(environ: Mapping[str, str], known: Mapping[str, bool]) -> Iterator[_Given]:
    for variable, value in sorted(environ.items()):
        name = variable.removeprefix(PREFIX)
        if name in {variable, CONFIG_NAME}:
            continue
        if name.lower() not in known and _SERVICE_LINKS.fullmatch(variable):
            continue
        yield _Given(name, value.strip(), "")


def _from_config_file(environ: Mapping[str, str], problems: list[str]) -> Iterator[_Given]:
    path = environ.get(PREFIX + CONFIG_NAME, "").strip()
    if not path:
        return
    try:
        content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        problems.append(f"{PREFIX}{CONFIG_NAME}: {path} cannot be read ({_reason(exc)}); use TOML")
        return
    for key, value in content.items():
        name = key.upper().removeprefix(PREFIX)
        text = _as_text(value)
        if text is None:
            problems.append(
                f"{PREFIX}{name} (in {path}): is a table or date; use text, a number, or a list"
            )
            continue
        yield _Given(name, text, f"in {path}")


def _reason(exc: Exception) -> str:
    # A decoder's own message may quote what it stumbled over, which may be a secret.
    if isinstance(exc, UnicodeDecodeError):
        return "not UTF-8 text"
    return exc.strerror or "unreadable" if isinstance(exc, OSError) else str(exc)


def _as_text(value: object) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value).strip()
    if isinstance(value, list):
        parts = [_as_text(part) for part in value]
        return None if None in parts else ",".join(part for part in parts if part is not None)
    return None


def _read_layer(
    layer: list[_Given], *, known: Mapping[str, bool], problems: list[str]
) -> dict[str, Text]:
    texts: dict[str, Text] = {}
    for given in layer:
        field, is_path = _field_of(given.name, known)
        if field is None:
            problems.append(_unknown(given, known))
            continue
        if not given.value:
            continue
        if field in texts:
            problems.append(f"{PREFIX}{field.upper()}: is given twice in one place; keep one")
            continue
        text = _read_secret_file(given, problems) if is_path else Text(given.value, given.origin)
        if text is not None:
            texts[field] = text
    return texts


def _field_of(name: str, known: Mapping[str, bool]) -> tuple[str | None, bool]:
    field = name.lower()
    if field in known:
        return field, False
    secret = field.removesuffix("_file")
    if secret != field and known.get(secret):
        return secret, True
    return None, False


def _unknown(given: _Given, known: Mapping[str, bool]) -> str:
    names = [field.upper() for field in known]
    names += [f"{field.upper()}_FILE" for field, secret in known.items() if secret]
    near = difflib.get_close_matches(given.name, names, n=1, cutoff=0)
    where = f" ({given.origin})" if given.origin else ""
    return f"{PREFIX}{given.name}{where}: is not a setting; the closest is {PREFIX}{near[0]}"


def _read_secret_file(given: _Given, problems: list[str]) -> Text | None:
    name = f"{PREFIX}{given.name}"
    try:
        value = Path(given.value).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as exc:
        problems.append(
            f"{name}: {given.value} cannot be read ({_reason(exc)}); use a text file's path"
        )
        return None
    if not value:
        problems.append(f"{name}: {given.value} is empty; put the secret into it")
        return None
    return Text(value, f"from {given.value}")
