"""What is remembered between asking a platform who somebody is and its answer: ten minutes, once, for one browser.

It is in the shared cache. The browser holds a secret of its own, in a cookie or in the platform's storage, without which an
answer is not taken: nobody is logged in as somebody else by a page that sends them one.
"""

import hashlib
import secrets
from dataclasses import asdict, dataclass
from urllib.parse import parse_qs

from django.core.cache import cache

KEPT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Begun:
    """A log-in that was begun. `binding`: the digest of the browser's secret; `query`: by which it can be begun again."""

    platform: int
    nonce: str
    binding: str
    storage_target: str
    query: str

    @property
    def deployment(self) -> str | None:
        """Where in the platform it was begun, if that was said; the launch must come from there, too (LTI Core 1.3, 4.1.3)."""
        return parse_qs(self.query).get("lti_deployment_id", [None])[0]


@dataclass(frozen=True, slots=True)
class Ticket:
    """A believed launch, on its way from the platform's frame into a window of its own, for one use."""

    launch: dict
    binding: str


def begin(*, platform: int, storage_target: str, query: str) -> tuple[str, str, str]:
    """Remember a log-in; return its state, its nonce and the browser's secret."""
    state, nonce, secret = (secrets.token_urlsafe(24) for _ in range(3))
    begun = Begun(platform, nonce, digest(secret), storage_target, query)
    cache.set(_state(state), asdict(begun), KEPT_SECONDS)
    return state, nonce, secret


def begun(state: str) -> Begun | None:
    """Return what a state stands for, if it is known and not used."""
    found = cache.get(_state(state)) if state.isascii() and 0 < len(state) <= 64 else None
    return Begun(**found) if found else None


def use(state: str) -> bool:
    """Use a state up; False if somebody was faster."""
    return bool(cache.delete(_state(state)))


def keep(ticket: Ticket) -> str:
    """Keep a ticket; return its name."""
    name = secrets.token_urlsafe(24)
    cache.set(_ticket(name), asdict(ticket), KEPT_SECONDS)
    return name


def look(name: str) -> Ticket | None:
    """Return a ticket without using it."""
    found = cache.get(_ticket(name)) if name.isascii() and 0 < len(name) <= 64 else None
    return Ticket(**found) if found else None


def take(name: str) -> bool:
    """Use a ticket up; False if it was used."""
    return bool(cache.delete(_ticket(name)))


def digest(secret: str) -> str:
    """Return what is kept of a browser's secret."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _state(state: str) -> str:
    return f"lti-state-{digest(state)}"


def _ticket(name: str) -> str:
    return f"lti-ticket-{digest(name)}"
