"""Logging in: tokens, sessions, and somebody who guesses: `course_admin/identity/accounts.py`."""

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from course_admin.back_office.readiness import service_problems
from course_admin.identity.accounts import FAILURES_ALLOWED
from course_admin.identity.guards.client_address import UNKNOWN, client_address, is_proxy_silent
from course_admin.identity.guards.guesses import password_guess
from tests.factories import make_user

URL = "/accounts/login/"


@pytest.fixture
def mira(db):
    return make_user("mira")


def log_in(client, name="mira@accounts.example", password="a long password", **extra):
    return client.post(URL, {"username": name, "password": password}, **extra)


def test_a_student_logs_in_and_out(client, mira):
    assert log_in(client).headers["Location"] == "/"
    assert client.get("/").status_code == 200
    assert client.post("/accounts/logout/").headers["Location"] == URL
    assert client.get("/").status_code == 302


def test_a_wrong_password_gets_the_form_again_and_one_sentence(client, mira):
    answer = log_in(client, password="wrong")
    assert answer.status_code == 200
    assert "do not belong together" in answer.content.decode()
    assert "wrong" not in answer.content.decode()


def test_somebody_who_guesses_has_to_wait_even_with_the_right_password(client, mira):
    for _ in range(FAILURES_ALLOWED):
        log_in(client, password="wrong")
    answer = log_in(client)
    assert answer.status_code == 429
    assert "wait ten minutes" in answer.content.decode()
    assert client.get("/").status_code == 302


def test_nobody_is_locked_out_from_afar(client, mira):
    for _ in range(FAILURES_ALLOWED + 1):
        log_in(client, name="MIRA@accounts.example", password="wrong", REMOTE_ADDR="198.51.100.7")
    assert log_in(client).status_code == 302


def test_a_success_forgets_earlier_failures(client, mira):
    for _ in range(FAILURES_ALLOWED - 1):
        log_in(client, password="wrong")
    log_in(client)
    client.post("/accounts/logout/")
    log_in(client, password="wrong")
    assert log_in(client).status_code == 302


@pytest.mark.parametrize("url", [URL, "/accounts/logout/", "/admin/"])
def test_a_request_without_its_token_fails(mira, url):
    client = Client(enforce_csrf_checks=True)
    client.force_login(mira)
    assert client.post(url, {"username": "mira@accounts.example", "password": "a long password"}).status_code == 403


def test_the_session_changes_with_the_log_in(client, mira):
    client.get(URL)
    client.cookies["sessionid"] = "fixed-by-somebody-else"
    log_in(client)
    assert client.cookies["sessionid"].value != "fixed-by-somebody-else"
    assert client.cookies["sessionid"]["httponly"]
    assert client.cookies["sessionid"]["samesite"] == "Lax"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_a_log_in_leads_nowhere_else(client, mira, target):
    answer = client.post(
        f"{URL}?next={target}", {"username": "mira@accounts.example", "password": "a long password", "next": target}
    )
    assert answer.headers["Location"] == "/"


def test_a_log_in_leads_back_to_where_it_was_asked_for(client, mira):
    answer = client.post(
        URL, {"username": "mira@accounts.example", "password": "a long password", "next": "/attempts/x/"}
    )
    assert answer.headers["Location"] == "/attempts/x/"


def test_a_logged_in_visitor_is_sent_on(client, mira):
    client.force_login(mira)
    assert client.get(URL).headers["Location"] == "/"


# --- who guesses waits, and nobody else ---

PROXY = "10.0.0.1"


def through_proxy(client_address: str) -> dict:
    """Return what our own proxy says of a client, which itself says that it is somebody else."""
    return {"REMOTE_ADDR": PROXY, "headers": {"X-Forwarded-For": f"127.0.0.1, {client_address}"}}


@pytest.mark.slow
def test_behind_a_proxy_one_clients_wrong_passwords_lock_nobody_else_out(client, mira, settings):
    settings.ASSAY_TRUSTED_PROXIES = 1
    for _ in range(80):
        log_in(client, password="wrong", **through_proxy("198.51.100.7"))
    assert log_in(client, **through_proxy("198.51.100.7")).status_code == 429
    assert log_in(client, **through_proxy("203.0.113.9")).status_code == 302


def test_what_a_client_says_of_its_own_address_is_not_believed(client, mira, settings):
    settings.ASSAY_TRUSTED_PROXIES = 1
    for number in range(FAILURES_ALLOWED):
        headers = {"X-Forwarded-For": f"203.0.113.{number}, 198.51.100.7"}
        log_in(client, password="wrong", REMOTE_ADDR=PROXY, headers=headers)
    assert log_in(client, **through_proxy("198.51.100.7")).status_code == 429


@pytest.mark.parametrize(
    ("trusted", "forwarded", "address"),
    [
        (0, "203.0.113.9", PROXY),
        (1, "", UNKNOWN),
        (1, "203.0.113.9", "203.0.113.9"),
        (2, "203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "203.0.113.9", "203.0.113.9"),
        (1, "203.0.113.9:51234", "203.0.113.9"),
        (1, "[2001:db8:1:2:3:4:5:6]:443", "2001:db8:1:2::"),
        (1, "203.0.113.9:51234:1", UNKNOWN),
        (1, "nonsense", UNKNOWN),
        (1, "9" * 5000, UNKNOWN),
        (1, "203.0.113.9, 127.0.0.1", UNKNOWN),
        (1, "127.0.0.1", "127.0.0.1"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
    ],
)
def test_the_address_is_what_the_trusted_proxies_say(rf, settings, trusted, forwarded, address):
    settings.ASSAY_TRUSTED_PROXIES = trusted
    request = rf.get("/", headers={"X-Forwarded-For": forwarded}, REMOTE_ADDR=PROXY)
    assert client_address(request) == address
    assert is_proxy_silent() == (address == UNKNOWN)


def test_where_a_proxy_does_not_say_for_whom_typing_errors_lock_nobody_else_out_and_staff_are_told(mira, settings):
    settings.SECURE_PROXY_SSL_HEADER, settings.ASSAY_TRUSTED_PROXIES = ("HTTP_X_FORWARDED_PROTO", "https"), 0
    everybody = client_address(RequestFactory().get("/", REMOTE_ADDR="127.0.0.1"))
    assert any("does not say whose requests it passes on" in each for each in service_problems(timezone.now()))
    assert [password_guess(everybody, f"student-{number}").begin() for number in range(100)] == [True] * 100
    assert password_guess(everybody, mira.email).begin()
    assert [password_guess(everybody, f"name-{number}").begin() for number in range(300)].count(False) >= 100


@pytest.mark.slow
def test_sixty_names_with_one_password_are_slowed(client, db):
    make_user("somebody")
    answers = [log_in(client, name=f"student-{number}", password="tinytorch2026").status_code for number in range(60)]
    assert answers[:20] == [200] * 20, "a lecture hall behind one address is not locked out by its typing errors"
    assert answers.count(429) >= 25
    assert log_in(client, name="somebody@accounts.example", REMOTE_ADDR="203.0.113.9").status_code == 302


def test_many_tries_at_once_are_no_way_around(client, mira):
    """A try is counted before it is made."""
    guess = password_guess("198.51.100.7", "mira")
    assert [guess.begin() for _ in range(FAILURES_ALLOWED + 1)] == [True] * FAILURES_ALLOWED + [False]
