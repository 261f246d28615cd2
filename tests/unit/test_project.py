"""What the checkout itself promises: names, locks, packages, no trace of a machine."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import re
import subprocess
import tomllib
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PRODUCT = [name for name in ("config", "notifiers", "scheduler", "web") if (ROOT / name).is_dir()]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
# What a checkout gathers and git ignores.
GATHERED = {
    ".coverage",
    ".git",
    ".venv",
    ".hypothesis",
    ".import_linter_cache",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    "__pycache__",
    "build",
    "dist",
}
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)(?P<rest>.*)$")


@cache
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pins(lock: Path) -> dict[str, str]:
    found = filter(None, map(PIN.match, lock.read_text(encoding="utf-8").splitlines()))
    return {canonicalize_name(match["name"]): match["version"] for match in found}


@cache
def own_files() -> tuple[Path, ...]:
    # Walked, not asked of git: a bare machine has none.
    found: list[Path] = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [
            name for name in folders if name not in GATHERED and not name.endswith(".egg-info")
        ]
        found += [Path(folder, name) for name in files if name not in GATHERED]
    return tuple(sorted(found))


def allows(declared: str, pinned: dict[str, str]) -> bool:
    wanted = Requirement(declared)
    version = pinned.get(canonicalize_name(wanted.name))
    return version is not None and wanted.specifier.contains(version, prereleases=True)


def package_folders() -> list[Path]:
    return sorted(init.parent for name in PRODUCT for init in (ROOT / name).rglob("__init__.py"))


# --- Names: decision 0006 ---------------------------------------------------------


@pytest.mark.parametrize("name", PRODUCT)
def test_top_level_name_belongs_to_this_distribution_alone(name: str) -> None:
    owners = set(importlib.metadata.packages_distributions()[name])

    assert owners == {"holdclock"}


@pytest.mark.parametrize("name", PRODUCT)
def test_top_level_name_imports_from_this_checkout(name: str) -> None:
    module = importlib.import_module(name)

    assert Path(str(module.__file__)).parent == ROOT / name


@pytest.mark.parametrize("name", ["benchmarks", "tests"])
def test_name_of_a_working_folder_is_taken_by_no_installed_package(name: str) -> None:
    assert name not in importlib.metadata.packages_distributions()


def test_project_can_never_be_uploaded_as_a_library() -> None:
    assert "Private :: Do Not Upload" in project()["project"]["classifiers"]


# --- What gets installed ----------------------------------------------------------


def test_every_package_folder_is_listed_for_installation() -> None:
    listed = project()["tool"]["setuptools"]["packages"]

    assert listed == [".".join(path.relative_to(ROOT).parts) for path in package_folders()]


def test_every_module_lies_in_a_package_folder() -> None:
    folders = set(package_folders())

    strays = [
        path
        for path in own_files()
        if path.suffix == ".py"
        and path.relative_to(ROOT).parts[0] in PRODUCT
        and path.parent not in folders
    ]

    assert strays == []


def test_every_data_file_is_listed_for_installation() -> None:
    listed = project()["tool"]["setuptools"]["package-data"]

    missed = [
        path
        for folder in package_folders()
        for path in folder.iterdir()
        if path.is_file()
        and path.suffix != ".py"
        and not any(
            fnmatch(path.name, pattern)
            for pattern in listed.get(".".join(folder.relative_to(ROOT).parts), [])
        )
    ]

    assert missed == []


# --- Locks: decision 0007 ---------------------------------------------------------


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_lock_file_holds_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")

    assert "://" not in text
    assert not re.search(
        r"^\s*(-i|-f|--index-url|--extra-index-url|--find-links)\b", text, re.MULTILINE
    )


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_line_of_a_lock_file_is_a_pin_with_a_hash(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8").replace("\\\n", " ")

    loose = [
        line
        for line in text.splitlines()
        if line.strip()
        and not line.lstrip().startswith("#")
        and not (PIN.match(line) and "--hash=sha256:" in line)
    ]

    assert pins(lock)
    assert loose == []


@pytest.mark.parametrize(
    ("lock", "declared"),
    [
        pytest.param("run.txt", project()["project"]["dependencies"], id="run"),
        *(
            pytest.param(f"{group}.txt", wanted, id=group)
            for group, wanted in project()["dependency-groups"].items()
        ),
    ],
)
def test_declared_dependencies_are_locked_at_a_release_they_allow(
    lock: str, declared: list[str]
) -> None:
    pinned = pins(ROOT / "requirements" / lock)

    unmet = [text for text in declared if not allows(text, pinned)]

    assert unmet == [], "run ./dev lock"


def test_tests_run_on_the_very_releases_that_are_shipped() -> None:
    run, extra, dev = (
        pins(ROOT / "requirements" / name) for name in ("run.txt", "apprise.txt", "dev.txt")
    )

    assert dev.items() >= extra.items() >= run.items()
    assert "apprise" in extra.keys() - run.keys()


def test_contract_for_the_domain_names_every_dependency() -> None:
    contracts = project()["tool"]["importlinter"]["contracts"]
    [pure] = [contract for contract in contracts if contract["id"] == "domain-is-pure"]
    # No code in either: one is a data package, the other is the exception.
    spared = {"pendulum", "tzdata"}

    names = {Requirement(text).name for text in project()["project"]["dependencies"]} - spared

    imported = {"argon2_cffi": "argon2"}
    modules = {imported.get(name, name) for name in (each.replace("-", "_") for each in names)}

    assert modules <= set(pure["forbidden_modules"])


# --- The checkout -----------------------------------------------------------------


def test_no_file_names_the_folder_it_was_written_in() -> None:
    trace = f"{ROOT}/".encode()

    assert [path for path in own_files() if trace in path.read_bytes()] == []


def test_dev_lists_its_commands() -> None:
    shown = subprocess.run(
        [ROOT / "dev", "help"], capture_output=True, text=True, check=True, timeout=10
    )

    listed = re.findall(r"^  (\w+) ", shown.stdout, re.MULTILINE)
    assert listed == [
        "setup",
        "demo",
        "serve",
        "test",
        "check",
        "bench",
        "pictures",
        "lock",
        "help",
    ]


def test_dev_refuses_an_unknown_command_as_wrong_usage() -> None:
    refused = subprocess.run(
        [ROOT / "dev", "tset"], capture_output=True, text=True, check=False, timeout=10
    )

    assert refused.returncode == 2
    assert "unknown command: tset" in refused.stderr
    assert refused.stdout == ""
