from __future__ import annotations

import base64

import pytest

from config import settings
from scheduler.errors import ConfigError

SECRET_KEY = "gX4v0rB1n2YwUuT9dZbqkQm3cEo7aHs6LpJfWiKxV8A"
DATA_KEY = "Qd8sT1yK3pVbN6mZrX0hWcE5uJ9oLgF2iAa7fUk4_-w"
KEYS = {"HOLDCLOCK_SECRET_KEY": SECRET_KEY, "HOLDCLOCK_DATA_KEY": DATA_KEY}
MAIL = {**KEYS, "HOLDCLOCK_SMTP_HOST": "mail.example.gov"}


def problems_of(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        settings.load_settings(environ)
    return caught.value.problems


def only_problem_of(name: str, value: str) -> str:
    (problem,) = problems_of({**KEYS, f"HOLDCLOCK_{name}": value})
    return problem


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("changeme", id="word"),
        pytest.param("changeme" * 5 + "cha", id="word-of-the-right-length"),
        pytest.param("A" * 43, id="all-zero"),
        pytest.param(base64.urlsafe_b64encode(b"k" * 32).decode(), id="one-byte-repeated"),
        pytest.param(base64.urlsafe_b64encode(bytes(range(32))).decode(), id="counting"),
        pytest.param(base64.urlsafe_b64encode(b"passw0rd" * 4).decode(), id="eight-bytes-repeated"),
        pytest.param(SECRET_KEY[:-1], id="a-character-short"),
        pytest.param(SECRET_KEY + "A", id="a-character-long"),
        pytest.param(SECRET_KEY[:-2] + "+/", id="ordinary-base64"),
        pytest.param(SECRET_KEY[:20] + "\n" + SECRET_KEY[20:], id="line-break-inside"),
    ],
)
@pytest.mark.parametrize("name", ["SECRET_KEY", "DATA_KEY"])
def test_a_guessable_or_malformed_key_is_refused_without_showing_it(name: str, text: str) -> None:
    problem = only_problem_of(name, text)

    assert problem.startswith(f"HOLDCLOCK_{name}: the value is ")
    assert "32 random bytes" in problem
    assert text not in problem


ACCEPTED = [
    ("DATABASE_URL", "sqlite:///relative.db"),
    ("DATABASE_URL", "sqlite:////var/lib/holdclock/h.db"),
    ("DATABASE_URL", "postgresql:///holds?host=/run/postgresql"),
    ("DATABASE_URL", "postgresql+psycopg://u@h:5433/holds"),
    ("DATABASE_URL", "postgresql://u@h1:5432,h2:5432/holds?target_session_attrs=read-write"),
    ("BASE_URL", "http://localhost:8000"),
    ("BASE_URL", "http://127.8.9.1"),
    ("BASE_URL", "http://[::1]:8000"),
    ("BASE_URL", "https://holds.example.gov:8443"),
    ("SMTP_PORT", "1"),
    ("SMTP_PORT", "65535"),
    ("HEARTBEAT_URL", "http://10.1.2.3/ping"),
    ("METRICS_BIND", "127.0.0.1:9464"),
    ("METRICS_BIND", ":9464"),
]


@pytest.mark.parametrize(("name", "value"), ACCEPTED, ids=[value for _, value in ACCEPTED])
def test_a_good_value_is_accepted_and_kept(name: str, value: str) -> None:
    loaded = settings.load_settings({**KEYS, f"HOLDCLOCK_{name}": value})

    kept = getattr(loaded, name.lower())
    assert (":".join(map(str, kept)) if isinstance(kept, tuple) else str(kept)).endswith(value)


REFUSED = [
    ("DATABASE_URL", "sqlite://"),
    ("DATABASE_URL", "sqlite:///"),
    ("DATABASE_URL", "sqlite:///:memory:"),
    ("DATABASE_URL", "sqlite://relative.db"),
    ("DATABASE_URL", "/var/lib/h.db"),
    ("DATABASE_URL", "postgresql://u@h"),
    ("DATABASE_URL", "postgresql+asyncpg://u@h/x"),
    ("BASE_URL", "http://holds.example.gov"),
    ("BASE_URL", "http://localhost.example.gov"),
    ("BASE_URL", "http://10.0.0.1:8000"),
    ("BASE_URL", "https://u@holds.example.gov"),
    ("BASE_URL", "https://holds.example.gov/app"),
    ("BASE_URL", "https://holds.example.gov?x=1"),
    ("BASE_URL", "https://holds.example.gov:99999"),
    ("BASE_URL", "https://holds example.gov"),
    ("BASE_URL", "holds.example.gov"),
    ("SMTP_PORT", "0"),
    ("SMTP_PORT", "65536"),
    ("SMTP_PORT", "-1"),
    ("SMTP_PORT", "٢٥"),
    ("SMTP_SECURITY", "ssl"),
    ("HEARTBEAT_URL", "hc.example.gov"),
    ("WEBHOOK_ALLOWED_NETWORKS", "10.0.0.1/8"),
    ("WEBHOOK_ALLOWED_NETWORKS", "10.0.0.0/8,jail"),
    ("WEBHOOK_ALLOWED_PORTS", "80,http"),
    ("WEBHOOK_ALLOWED_PORTS", "90-80"),
    ("WEBHOOK_ALLOWED_PORTS", "1-70000"),
    ("LOG_FORMAT", "yaml"),
    ("LOG_LEVEL", "loud"),
    ("METRICS_BIND", "9464"),
    ("METRICS_BIND", "::1:9464"),
    ("METRICS_BIND", "127.0.0.1:0"),
    ("POLICIES_FILE", "/nonexistent/policies.toml"),
    ("HOLIDAYS_FILE", "/"),
]


@pytest.mark.parametrize(("name", "value"), REFUSED, ids=[f"{n}={v}" for n, v in REFUSED])
def test_a_bad_value_is_refused_by_name_with_what_is_allowed(name: str, value: str) -> None:
    problem = only_problem_of(name, value)

    assert problem.startswith(f"HOLDCLOCK_{name}: ")
    assert "; use " in problem


@pytest.mark.parametrize(
    "value",
    ["holds", "a@x.gov, b@x.gov", "a@x.gov\nBcc: b@x.gov", "a b@x.gov", "holds@"],
)
def test_a_sender_that_is_not_one_address_is_refused(value: str) -> None:
    (problem,) = problems_of({**MAIL, "HOLDCLOCK_SMTP_FROM": value})

    assert problem.startswith("HOLDCLOCK_SMTP_FROM: ")
