"""Reads which claims of an identity provider give which role."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from scheduler.domain.actors import Grant, Role
from scheduler.domain.claims import Claim, ClaimRules
from scheduler.errors import ConfigError

Name = Annotated[str, Field(min_length=1)]


class _Required(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    claim: Name
    value: str | bool | int


class _Role(_Required):
    role: Literal["facility", "agent", "administrator", "auditor"]
    facilities: list[Name] = Field(default_factory=list)
    offices: list[Name] = Field(default_factory=list)

    @model_validator(mode="after")
    def _has_its_places(self) -> _Role:
        for role, field, places in (
            ("facility", "facilities", self.facilities),
            ("agent", "offices", self.offices),
        ):
            if self.role == role and not places:
                raise ValueError(f"{field} is missing; role '{role}' has one or more")
            if self.role != role and places:
                raise ValueError(f"{field} does not go with role '{self.role}'")
        return self


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    required: list[_Required] = Field(default_factory=list)
    role: Annotated[list[_Role], Field(min_length=1)]


def load_claim_rules(path: Path) -> ClaimRules:
    """Return the rules of a TOML file: `[[role]]` tables, and `[[required]]` ones.

    Raises:
        ConfigError: With every problem in it, each with where it is.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise ConfigError([f"{path}: cannot be read as TOML; {exc}"]) from exc
    try:
        read = _File.model_validate(document)
    except ValidationError as exc:
        told = [f"{path}: {_where(each['loc'])}: {each['msg']}" for each in exc.errors()]
        raise ConfigError(told) from exc
    return ClaimRules(
        tuple(Claim(each.claim, each.value) for each in read.required),
        tuple((Claim(each.claim, each.value), _grant(each)) for each in read.role),
    )


def _grant(row: _Role) -> Grant:
    return Grant(Role(row.role), frozenset(row.facilities), frozenset(row.offices))


def _where(place: tuple[Any, ...]) -> str:
    return ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in place)
