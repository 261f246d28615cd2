"""The second factor: six digits that change every half minute (TOTP), and recovery codes.

Source:
    RFC 6238; its section 5.2: a code is accepted once.
"""

from __future__ import annotations

import hmac
import re
from datetime import datetime
from hashlib import sha256

import orjson
import pyotp
from pyotp.exceptions import OTPVerificationError

from scheduler.store import accounts, ids
from scheduler.store.cipher import Cipher
from scheduler.store.engine import Connection, RowMapping

PURPOSE = "second factor"
ISSUER = "Holdclock"
STEPS_ASIDE = 1
"""A phone's clock may be half a minute off."""
RECOVERY_CODES = 10
_RECOVERY_LENGTH = 16
_BLANKS = re.compile(r"[\s-]")
_DIGITS = re.compile(r"[0-9]{6}")


class SecondFactors:
    """Sets second factors up, and takes their codes. Works within the caller's transaction.

    Args:
        data_key: DATA_KEY; seals what codes are made from.
    """

    def __init__(self, data_key: bytes) -> None:
        self._cipher = Cipher(data_key, purpose=PURPOSE)
        # Without the key nobody can try out recovery codes on a stolen database.
        self._recovery_key = hmac.new(data_key, b"holdclock recovery codes v1", sha256).digest()

    def prepare(self, connection: Connection, account_id: str) -> None:
        """Make a new secret. It is used once a first code has confirmed it."""
        token = self._cipher.seal(pyotp.random_base32(), context=_context(account_id))
        values = {"totp_secret": token, "totp_step": None, "second_factor_at": None}
        accounts.change_account(connection, account_id, values)

    def secret(self, row: RowMapping) -> str:
        """Return what an authenticator takes, to be typed."""
        return self._cipher.open(bytes(row["totp_secret"]), context=_context(row["id"]))

    def uri(self, row: RowMapping) -> str:
        """Return what an authenticator takes, to be scanned."""
        return pyotp.TOTP(self.secret(row)).provisioning_uri(name=row["email"], issuer_name=ISSUER)

    def confirm(
        self, connection: Connection, row: RowMapping, code: str, now: datetime
    ) -> list[str] | None:
        """Take the first code; return the recovery codes, this once, or None if it is wrong."""
        if not self._take_digits(connection, row, code, now):
            return None
        codes = [_spelled(ids.speakable(_RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)]
        hashes = [self._hashed(code) for code in codes]
        values = {"second_factor_at": now, "recovery_codes": orjson.dumps(hashes).decode()}
        accounts.change_account(connection, row["id"], values)
        return codes

    def take(self, connection: Connection, row: RowMapping, code: str, now: datetime) -> str | None:
        """Take a code of either kind; return which kind it was, or None if it is not good.

        Args:
            connection: In a transaction that writes.
            row: The account's.
            code: As it was typed, blanks and dashes included.
            now: UTC.
        """
        if row["second_factor_at"] is None:
            return None
        if self._take_digits(connection, row, code, now):
            return "code"
        return "recovery code" if self._take_recovery(connection, row, code) else None

    def _take_digits(
        self, connection: Connection, row: RowMapping, code: str, now: datetime
    ) -> bool:
        plain = _BLANKS.sub("", code)
        # `isdecimal` and pyotp would take digits of other scripts.
        if row["totp_secret"] is None or not _DIGITS.fullmatch(plain):
            return False
        try:
            step = pyotp.TOTP(self.secret(row)).verify_and_get_timecode(
                plain, for_time=now, valid_window=STEPS_ASIDE
            )
        except OTPVerificationError:
            return False
        # The database settles it: of two requests with one code, one gets in.
        return accounts.take_step(connection, row["id"], step)

    def _take_recovery(self, connection: Connection, row: RowMapping, code: str) -> bool:
        known: list[str] = orjson.loads(row["recovery_codes"])
        hashed = self._hashed(code)
        left = [each for each in known if not hmac.compare_digest(each, hashed)]
        if len(left) == len(known):
            return False
        return accounts.replace_recovery_codes(
            connection, row["id"], row["recovery_codes"], orjson.dumps(left).decode()
        )

    def _hashed(self, code: str) -> str:
        plain = _BLANKS.sub("", code).upper()
        return hmac.new(self._recovery_key, plain.encode(), sha256).hexdigest()


def _context(account_id: str) -> str:
    return f"{account_id}/totp"


def _spelled(code: str) -> str:
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))
