"""Somebody who guesses passwords or codes has to wait; nobody else does.

A try is counted before it is made, so that many at once are no way around, and taken back if it was right. Counted are a
name together with an address, which is somebody guessing one password, and an address alone, which is somebody trying one
password on many names. No name is counted alone with a limit that one address can reach: that would lock people out from afar.
"""

from dataclasses import dataclass

from django.core.cache import cache
from django.utils.crypto import salted_hmac

from course_admin.identity.guards.client_address import UNKNOWN


@dataclass(frozen=True, slots=True)
class Limit:
    """How many wrong tries within how long."""

    tries: int
    seconds: int


OF_A_NAME = Limit(10, 600)  # from one address
OF_AN_ADDRESS = Limit(30, 600)  # whatever the names: a lecture hall behind one address has that many typing errors
OF_EVERYBODY = Limit(
    300, 600
)  # where a proxy does not say whose requests it passes on: nobody's typing errors lock all out
OF_A_RESET = Limit(5, 3600)  # mails to one account, asked for from one address
OF_JOINING = Limit(
    60, 3600
)  # codes of courses, mails that are asked for, from one address: a lecture hall joins at once
OF_EVERYBODY_JOINING = Limit(600, 3600)
OF_A_CODE = Limit(5, 300)  # of one person, from one address: a code has six digits
OF_ALL_CODES = Limit(100, 3600)  # of one person, from all addresses; above what one address may try within the hour


class Guess:
    """One try under some limits: begun, and then right or not."""

    def __init__(self, *counted: tuple[Limit, str]) -> None:
        self._counted = [(limit, f"guesses-{salted_hmac('guesses', what).hexdigest()}") for limit, what in counted]

    def begin(self) -> bool:
        """Count the try; False if it must not be made now."""
        # In their order: what the narrowest limit refuses is no try, and uses up nothing of the wider ones.
        return all(_count(key, limit.seconds) <= limit.tries for limit, key in self._counted)

    def was_right(self) -> None:
        """Forget the tries of the narrowest limit, and this one of the wider."""
        (_, narrowest), *wider = self._counted
        cache.delete(narrowest)
        for _, key in wider:
            try:
                cache.decr(key)
            except ValueError:  # it is over by now
                continue


def _count(key: str, seconds: int) -> int:
    cache.add(key, 0, seconds)
    try:
        return cache.incr(key)
    except ValueError:  # it was over in between
        cache.set(key, 1, seconds)
        return 1


def password_guess(address: str, name: str) -> Guess:
    """Return a try to log in with a name's password."""
    of_all = OF_EVERYBODY if address == UNKNOWN else OF_AN_ADDRESS
    return Guess((OF_A_NAME, f"password\0{address}\0{name.casefold()}"), (of_all, f"address\0{address}"))


def join_guess(address: str) -> Guess:
    """Return a try to join a course, or to have a mail sent."""
    return Guess((_of_joining(address), f"joining\0{address}"))


def reset_guess(address: str, name: str) -> Guess:
    """Return a try to have a mail sent about a forgotten password."""
    return Guess((OF_A_RESET, f"reset\0{address}\0{name.casefold()}"), (_of_joining(address), f"resets\0{address}"))


def _of_joining(address: str) -> Limit:
    return OF_EVERYBODY_JOINING if address == UNKNOWN else OF_JOINING


def code_guess(address: str, user_id: int) -> Guess:
    """Return a try of somebody's code."""
    return Guess((OF_A_CODE, f"code\0{address}\0{user_id}"), (OF_ALL_CODES, f"codes\0{user_id}"))


def change_guess(user_id: int) -> Guess:
    """Return a try of somebody's present password, by whoever sits at their open session."""
    return Guess((OF_A_NAME, f"change\0{user_id}"))
