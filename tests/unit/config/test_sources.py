from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest

from config import fields, settings
from scheduler.errors import ConfigError

SECRET_KEY = "gX4v0rB1n2YwUuT9dZbqkQm3cEo7aHs6LpJfWiKxV8A"
DATA_KEY = "Qd8sT1yK3pVbN6mZrX0hWcE5uJ9oLgF2iAa7fUk4_-w"
KEYS = {"HOLDCLOCK_SECRET_KEY": SECRET_KEY, "HOLDCLOCK_DATA_KEY": DATA_KEY}


def problems_of(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        settings.load_settings(environ)
    return caught.value.problems


def only_problem_of(name: str, value: str) -> str:
    (problem,) = problems_of({**KEYS, f"HOLDCLOCK_{name}": value})
    return problem


def with_file(folder: Path, content: str) -> dict[str, str]:
    path = folder / "holdclock.toml"
    path.write_text(content, encoding="utf-8")
    return {"HOLDCLOCK_CONFIG": str(path)}


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATA_KEY"])
def test_a_secret_comes_from_a_file_too(name: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"  {KEYS[f'HOLDCLOCK_{name}']}\n", encoding="utf-8")
    environ = {**KEYS, f"HOLDCLOCK_{name}_FILE": str(tmp_path / "key")}
    del environ[f"HOLDCLOCK_{name}"]

    assert settings.load_settings(environ) == settings.load_settings(KEYS)


def test_every_secret_and_nothing_else_has_a_file_form(tmp_path: Path) -> None:
    content = tmp_path / "value"
    content.write_text("x", encoding="utf-8")
    known = settings.known_settings()

    for name, secret in known.items():
        problems = problems_of({f"HOLDCLOCK_{name.upper()}_FILE": str(content)})
        unknown = [problem for problem in problems if "is not a setting" in problem]
        assert bool(unknown) is not secret, name
    assert {name for name, secret in known.items() if secret} == {
        "secret_key",
        "data_key",
        "database_url",
        "smtp_password",
        "heartbeat_url",
        "oidc_client_secret",
    }


def test_a_secret_file_that_is_absent_empty_or_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "binary").write_bytes(b"\xff\xfehunter2")

    for name, reason in {
        "absent": "No such file",
        "empty": "is empty",
        "binary": "not UTF-8",
    }.items():
        problem = only_problem_of("SMTP_PASSWORD_FILE", str(tmp_path / name))
        assert problem.startswith("HOLDCLOCK_SMTP_PASSWORD_FILE: ")
        assert name in problem
        assert reason in problem
        assert "hunter2" not in problem


def test_a_secret_given_both_ways_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(DATA_KEY, encoding="utf-8")

    problem = only_problem_of("DATA_KEY_FILE", str(tmp_path / "key"))

    assert problem == "HOLDCLOCK_DATA_KEY: is given twice in one place; keep one"


@pytest.mark.parametrize("form", ["smtp_port", "SMTP_PORT", "HOLDCLOCK_SMTP_PORT"])
def test_settings_come_from_a_file_in_any_spelling(form: str, tmp_path: Path) -> None:
    environ = with_file(tmp_path, f"{form} = 2525\nsecret_key = '{SECRET_KEY}'\n")

    loaded = settings.load_settings({**environ, "HOLDCLOCK_DATA_KEY": DATA_KEY})

    assert loaded.smtp_port == 2525


def test_the_environment_wins_over_the_file_whichever_way_a_secret_is_given(
    tmp_path: Path,
) -> None:
    (tmp_path / "key").write_text(DATA_KEY, encoding="utf-8")
    environ = with_file(tmp_path, f"data_key = '{SECRET_KEY}'\nlog_level = 'debug'\n")
    environ["HOLDCLOCK_SECRET_KEY"] = SECRET_KEY
    environ["HOLDCLOCK_DATA_KEY_FILE"] = str(tmp_path / "key")
    environ["HOLDCLOCK_LOG_LEVEL"] = "error"

    loaded = settings.load_settings(environ)

    assert loaded.data_key == settings.load_settings(KEYS).data_key
    assert loaded.log_level is fields.LogLevel.ERROR


def test_lists_in_the_file_are_lists(tmp_path: Path) -> None:
    environ = with_file(
        tmp_path, 'webhook_allowed_networks = ["10.0.0.0/8"]\nwebhook_allowed_ports = [80, 81]\n'
    )

    loaded = settings.load_settings({**KEYS, **environ})

    assert loaded.webhook_allowed_networks == (ipaddress.ip_network("10.0.0.0/8"),)
    assert loaded.webhook_allowed_ports == {80, 81, 443, 8443}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param("smtp_port = 99999", "HOLDCLOCK_SMTP_PORT (in ", id="bad-value"),
        pytest.param("smpt_port = 25", "closest is HOLDCLOCK_SMTP_PORT", id="unknown-name"),
        pytest.param("[smtp]\nport = 25", "HOLDCLOCK_SMTP (in ", id="table"),
        pytest.param("smtp_port = ", "HOLDCLOCK_CONFIG: ", id="no-toml"),
        pytest.param("log_level = 'info'\nLOG_LEVEL = 'info'", "given twice", id="twice"),
    ],
)
def test_a_problem_in_the_file_says_where_it_is(content: str, told: str, tmp_path: Path) -> None:
    (problem,) = problems_of({**KEYS, **with_file(tmp_path, content)})

    assert told in problem


def test_an_absent_config_file_is_refused(tmp_path: Path) -> None:
    assert "No such file" in only_problem_of("CONFIG", str(tmp_path / "absent.toml"))


def test_an_empty_value_counts_as_not_given() -> None:
    environ = {**KEYS, "HOLDCLOCK_SMTP_HOST": "", "HOLDCLOCK_LOG_LEVEL": " "}

    assert settings.load_settings(environ) == settings.load_settings(KEYS)


@pytest.mark.parametrize(
    "variable",
    [
        "HOLDCLOCK_PORT",
        "HOLDCLOCK_SERVICE_HOST",
        "HOLDCLOCK_SERVICE_PORT",
        "HOLDCLOCK_SERVICE_PORT_HTTP",
        "HOLDCLOCK_PORT_8000_TCP",
        "HOLDCLOCK_PORT_8000_TCP_PROTO",
        "HOLDCLOCK_WEB_SERVICE_HOST",
    ],
)
def test_what_a_container_platform_adds_for_a_service_of_our_name_is_let_pass(
    variable: str,
) -> None:
    assert settings.load_settings({**KEYS, variable: "x"}) == settings.load_settings(KEYS)
