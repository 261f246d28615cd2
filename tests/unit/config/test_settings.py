from __future__ import annotations

import base64
import ipaddress
from pathlib import Path

import pydantic
import pytest

from config import fields, reference, settings, values
from scheduler.errors import ConfigError

SECRET_KEY = "gX4v0rB1n2YwUuT9dZbqkQm3cEo7aHs6LpJfWiKxV8A"
DATA_KEY = "Qd8sT1yK3pVbN6mZrX0hWcE5uJ9oLgF2iAa7fUk4_-w"
KEYS = {"HOLDCLOCK_SECRET_KEY": SECRET_KEY, "HOLDCLOCK_DATA_KEY": DATA_KEY}
DOCS = Path(__file__).parents[3] / "docs" / "settings.md"


def problems_of(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        settings.load_settings(environ)
    return caught.value.problems


def only_problem_of(name: str, value: str) -> str:
    (problem,) = problems_of({**KEYS, f"HOLDCLOCK_{name}": value})
    return problem


def test_two_keys_are_enough() -> None:
    loaded = settings.load_settings({**KEYS, "HOME": "/home/jo"})

    assert loaded.secret_key == base64.urlsafe_b64decode(SECRET_KEY + "=")
    assert loaded.data_key == base64.urlsafe_b64decode(DATA_KEY + "=")
    assert loaded.base_url == "http://127.0.0.1:8000"
    assert loaded.webhook_allowed_ports == {443, 8443}
    assert (loaded.smtp_host, loaded.smtp_port) == (None, 587)


def test_every_setting_is_read() -> None:
    environ = {
        **KEYS,
        "HOLDCLOCK_DATABASE_URL": "postgresql://clerk:pw@db.example.gov/holds",
        "HOLDCLOCK_BASE_URL": "https://holds.example.gov/",
        "HOLDCLOCK_SMTP_HOST": "mail.example.gov",
        "HOLDCLOCK_SMTP_SECURITY": "TLS",
        "HOLDCLOCK_SMTP_USERNAME": "holdclock",
        "HOLDCLOCK_SMTP_PASSWORD": "hunter2",
        "HOLDCLOCK_SMTP_FROM": "Holdclock <holds@example.gov>",
        "HOLDCLOCK_HEARTBEAT_URL": "https://hc.example.gov/ping/1",
        "HOLDCLOCK_WEBHOOK_ALLOWED_NETWORKS": "10.20.0.0/16, fd00:20::/32",
        "HOLDCLOCK_WEBHOOK_ALLOWED_PORTS": "9443, 9500-9502",
        "HOLDCLOCK_LOG_FORMAT": "json",
        "HOLDCLOCK_LOG_LEVEL": "WARNING",
        "HOLDCLOCK_METRICS_BIND": "[::1]:9464",
    }

    loaded = settings.load_settings(environ)

    assert loaded.database_url == "postgresql://clerk:pw@db.example.gov/holds"
    assert loaded.base_url == "https://holds.example.gov"
    assert (loaded.smtp_host, loaded.smtp_port) == ("mail.example.gov", 465)
    assert loaded.smtp_security is fields.SmtpSecurity.TLS
    assert (loaded.smtp_username, loaded.smtp_password) == ("holdclock", "hunter2")
    assert loaded.smtp_from == "Holdclock <holds@example.gov>"
    assert loaded.heartbeat_url == "https://hc.example.gov/ping/1"
    assert loaded.webhook_allowed_networks == (
        ipaddress.ip_network("10.20.0.0/16"),
        ipaddress.ip_network("fd00:20::/32"),
    )
    assert loaded.webhook_allowed_ports == {443, 8443, 9443, 9500, 9501, 9502}
    assert loaded.log_format is fields.LogFormat.JSON
    assert loaded.log_level is fields.LogLevel.WARNING
    assert loaded.metrics_bind == values.Bind("::1", 9464)


def test_data_files_are_read_as_paths(tmp_path: Path) -> None:
    policies = tmp_path / "policies.toml"
    policies.touch()

    loaded = settings.load_settings({**KEYS, "HOLDCLOCK_POLICIES_FILE": str(policies)})

    assert (loaded.policies_file, loaded.holidays_file) == (policies, None)


def test_settings_cannot_be_changed() -> None:
    loaded = settings.load_settings(KEYS)

    with pytest.raises(pydantic.ValidationError, match="frozen"):
        loaded.base_url = "https://elsewhere.example"


def test_all_problems_are_reported_at_once_each_by_name_value_and_remedy(tmp_path: Path) -> None:
    problems = problems_of(
        {
            "HOLDCLOCK_DATA_KEY": "changeme",
            "HOLDCLOCK_DATABSE_URL": "sqlite:////tmp/x.db",
            "HOLDCLOCK_SMTP_HOST": "mail.example.gov",
            "HOLDCLOCK_SMTP_PORT": "70000",
            "HOLDCLOCK_LOG_FORMAT": "xml",
            "HOLDCLOCK_SMTP_PASSWORD_FILE": str(tmp_path / "absent"),
        }
    )

    told = {problem.split(":")[0]: problem for problem in problems}
    assert sorted(told) == [
        "HOLDCLOCK_DATABSE_URL",
        "HOLDCLOCK_DATA_KEY",
        "HOLDCLOCK_LOG_FORMAT",
        "HOLDCLOCK_SECRET_KEY",
        "HOLDCLOCK_SMTP_FROM",
        "HOLDCLOCK_SMTP_PASSWORD_FILE",
        "HOLDCLOCK_SMTP_PORT",
    ]
    assert told["HOLDCLOCK_SMTP_PORT"] == (
        "HOLDCLOCK_SMTP_PORT: '70000' is not a port; use a whole number from 1 to 65535"
    )
    assert "use `text` or `json`" in told["HOLDCLOCK_LOG_FORMAT"]
    assert "closest is HOLDCLOCK_DATABASE_URL" in told["HOLDCLOCK_DATABSE_URL"]


def test_padding_makes_no_difference() -> None:
    padded = settings.load_settings({**KEYS, "HOLDCLOCK_DATA_KEY": DATA_KEY + "="})

    assert padded.data_key == settings.load_settings(KEYS).data_key


@pytest.mark.parametrize("given", [{}, {"HOLDCLOCK_SECRET_KEY": "changeme"}])
def test_the_demo_makes_up_missing_and_placeholder_keys(given: dict[str, str]) -> None:
    first, second = (settings.load_settings(given, demo=True) for _ in range(2))

    keys = {first.secret_key, first.data_key, second.secret_key, second.data_key}
    assert len(keys) == 4
    assert {len(key) for key in keys} == {32}


def test_the_demo_keeps_good_keys_and_refuses_other_problems() -> None:
    assert settings.load_settings(KEYS, demo=True) == settings.load_settings(KEYS)

    with pytest.raises(ConfigError, match="HOLDCLOCK_SMTP_PORT"):
        settings.load_settings({"HOLDCLOCK_SMTP_PORT": "0"}, demo=True)


SECRETS = {
    "SECRET_KEY": "hunter2-not-a-key",
    "DATA_KEY": "hunter2-not-a-key",
    "DATABASE_URL": "mysql://clerk:hunter2@db/holds",
    "HEARTBEAT_URL": "ftp://hc.example.gov/hunter2",
}


@pytest.mark.parametrize(("name", "value"), SECRETS.items(), ids=SECRETS.keys())
def test_no_message_shows_a_secret(name: str, value: str) -> None:
    assert "hunter2" not in only_problem_of(name, value)


@pytest.mark.parametrize("value", ["postgresql://u:hunter2@[bad/x", "postgresql://u:hunter2@℀/x"])
def test_no_message_shows_what_a_parser_says_of_a_secret(value: str) -> None:
    assert "hunter2" not in only_problem_of("DATABASE_URL", value)


def test_neither_the_settings_nor_a_refusals_cause_show_a_secret() -> None:
    loaded = settings.load_settings(
        {**KEYS, "HOLDCLOCK_DATABASE_URL": "postgresql://u:hunter2@db/holds"}
    )
    with pytest.raises(ConfigError) as caught:
        settings.load_settings({**KEYS, "HOLDCLOCK_DATABASE_URL": "mysql://u:hunter2@db/holds"})

    assert "hunter2" not in repr(loaded)
    assert repr(loaded.data_key) not in repr(loaded)
    assert caught.value.__suppress_context__
    assert caught.value.__cause__ is None


MAIL = {**KEYS, "HOLDCLOCK_SMTP_HOST": "mail.example.gov", "HOLDCLOCK_SMTP_FROM": "h@example.gov"}


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"SMTP_HOST": "mail.example.gov"}, "SMTP_FROM"),
        ({"SMTP_FROM": "h@example.gov"}, "SMTP_HOST"),
    ],
)
def test_mail_host_and_sender_go_together(given: dict[str, str], missing: str) -> None:
    environ = {f"HOLDCLOCK_{name}": value for name, value in given.items()}

    (problem,) = problems_of({**KEYS, **environ})

    assert problem.startswith(f"HOLDCLOCK_{missing}: is missing")


def test_mail_user_name_and_password_go_together() -> None:
    (without_password,) = problems_of({**MAIL, "HOLDCLOCK_SMTP_USERNAME": "u"})
    (without_name,) = problems_of({**MAIL, "HOLDCLOCK_SMTP_PASSWORD": "p"})

    assert without_password.startswith("HOLDCLOCK_SMTP_PASSWORD: is missing")
    assert without_name.startswith("HOLDCLOCK_SMTP_USERNAME: is missing")


def test_a_mail_password_goes_in_clear_to_this_machine_only() -> None:
    account = {
        **MAIL,
        "HOLDCLOCK_SMTP_USERNAME": "u",
        "HOLDCLOCK_SMTP_PASSWORD": "hunter2",
        "HOLDCLOCK_SMTP_SECURITY": "None",
    }

    (problem,) = problems_of(account)
    local = settings.load_settings({**account, "HOLDCLOCK_SMTP_HOST": "127.0.0.1"})

    assert problem.startswith("HOLDCLOCK_SMTP_SECURITY: ")
    assert "hunter2" not in problem
    assert local.smtp_port == 25


@pytest.mark.parametrize(
    ("environ", "is_root", "url"),
    [
        pytest.param(
            {"HOME": "/root"}, True, "sqlite:////var/lib/holdclock/holdclock.db", id="root"
        ),
        pytest.param(
            {"HOME": "/home/jo"},
            False,
            "sqlite:////home/jo/.local/state/holdclock/holdclock.db",
            id="user",
        ),
        pytest.param(
            {"HOME": "/home/jo", "XDG_STATE_HOME": "/srv/state"},
            False,
            "sqlite:////srv/state/holdclock/holdclock.db",
            id="user-with-state-folder",
        ),
        pytest.param(
            {"HOME": "/home/jo", "XDG_STATE_HOME": "state"},
            False,
            "sqlite:////home/jo/.local/state/holdclock/holdclock.db",
            id="relative-state-folder-is-ignored",
        ),
    ],
)
def test_the_default_database_is_in_the_state_folder(
    environ: dict[str, str], is_root: bool, url: str
) -> None:
    assert settings.default_database_url(environ, is_root=is_root) == url
    assert values.database_url(url) == url


def test_store_settings_need_no_keys_and_do_not_look_at_other_settings() -> None:
    loaded = settings.load_store_settings(
        {
            "HOLDCLOCK_DATABASE_URL": "sqlite:///here.db",
            "HOLDCLOCK_SECRET_KEY": "changeme",
            "HOLDCLOCK_SMTP_PORT": "many",
        }
    )

    assert loaded.database_url == "sqlite:///here.db"
    assert not isinstance(loaded, settings.Settings)


def test_store_settings_refuse_what_concerns_them_and_misspelt_names() -> None:
    with pytest.raises(ConfigError) as caught:
        settings.load_store_settings(
            {"HOLDCLOCK_LOG_LEVEL": "loud", "HOLDCLOCK_DATABSE_URL": "sqlite:///here.db"}
        )

    assert len(caught.value.problems) == 2


def test_the_reference_page_agrees_with_the_settings() -> None:
    page = DOCS.read_text(encoding="utf-8")

    assert reference.updated(page) == page
    assert reference.settings_table() in page
