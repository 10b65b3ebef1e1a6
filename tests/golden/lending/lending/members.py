"""Members, their cards, and how they prove who they are."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import date


@dataclass
class Member:
    """Somebody with a library card."""

    name: str
    card: str
    secret: str = ""
    loans: dict[str, date] = field(default_factory=dict)


def hash_secret(secret: str, salt: str = "") -> str:
    """Turn a PIN into what may be stored, with a random salt."""
    salt = salt or secrets.token_hex(8)
    digest = hashlib.pbkdf2_hmac("sha256", secret.encode(), salt.encode(), 100_000)
    return f"{salt}${digest.hex()}"


def sign_in(member: Member, secret: str) -> bool:
    """Whether a PIN belongs to a member; compares in constant time."""
    salt, _, _ = member.secret.partition("$")
    return hmac.compare_digest(member.secret, hash_secret(secret, salt))
