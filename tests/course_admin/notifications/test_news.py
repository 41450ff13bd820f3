"""News: who is told what, once; and the mails of it, once each, as often as their reader wants them."""

import smtplib
from datetime import timedelta
from email import message_from_bytes
from zoneinfo import ZoneInfo

import pytest
from django.core import mail

from course_admin.assignments.models import Extension
from course_admin.courses.models import Accommodation, Role
from course_admin.discussion.asking import ask, write_back
from course_admin.discussion.deciding import decide
from course_admin.notifications import collect as collecting
from course_admin.notifications import sending
from course_admin.notifications.collect import collect
from course_admin.notifications.models import How, Kind, News, Preference
from course_admin.notifications.preferences import choices_of, mail_time, set_preferences, token_for
from course_admin.notifications.sending import send_mails
from course_admin.notifications.tasks import tell
from course_admin.review.services import write_comment
from course_admin.submissions.receipts.issue import check
from grader.verdict import Verdict
from tests.factories import NOW, graded, make_attempt, make_check, make_enrollment

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LATER = NOW + MINUTE


@pytest.fixture
def account(world):
    return world.student.account


@pytest.fixture
def tess(world):
    return make_enrollment(world.course, "tess", Role.TA).account


@pytest.fixture
def attempt(world):
    return make_attempt(world.student, world.assignment)


def told(at=LATER) -> list[tuple[str, str]]:
    collect(at=at)
    return sorted((each.account.name, each.kind) for each in News.objects.all())


def comment(attempt, author, at=NOW, is_released=True, text="SECRET-WORDS"):
    return write_comment(attempt=attempt, text=text, test_id="", is_released=is_released, author=author, at=at)


@pytest.mark.medium
def test_what_is_graded_is_told_once_and_again_only_with_other_points(world, account, attempt):
    graded(attempt, make_check(1), at=NOW)
    assert told() == [(account.name, "graded")]
    assert told(NOW + 2 * DAY) == [(account.name, "graded")]
    again = graded(attempt, make_check(1), at=NOW + DAY)
    type(again).objects.filter(pk=again.pk).update(reason="bulk_regrade")
    assert len(told(NOW + DAY + HOUR)) == 1
    other = graded(attempt, make_check(1, 0.0, verdict=Verdict.FAILED), at=NOW + 2 * DAY)
    type(other).objects.filter(pk=other.pk).update(reason="bulk_regrade")
    assert len(told(NOW + 2 * DAY + HOUR)) == 2


def test_a_comment_is_told_to_its_readers_and_to_who_wrote_before(world, account, tess):
    mate = make_enrollment(world.course, "jon")
    shared = make_attempt(mate, world.assignment, partners=[world.student])
    comment(shared, tess, is_released=False)
    assert told() == []
    comment(shared, tess)
    assert told() == sorted([(account.name, "comment"), (mate.account.name, "comment")])
    write_back(attempt=shared, text="Thanks.", test_id="", author=account, at=NOW)
    names = [name for name, _ in told()]
    assert sorted(names) == sorted([account.name, mate.account.name, mate.account.name, tess.name])


def test_a_decision_is_told_to_who_asked(world, account, attempt, tess):
    graded(attempt)
    request = ask(attempt=attempt, test_id="", reason="Why?", student=world.student, at=LATER)
    decide(request=request, decision="declined", answer="Because.", points=None, actor=tess, at=LATER)
    assert (account.name, "answer") in told(LATER + MINUTE)


def test_more_time_is_told_with_the_new_due_time(world, account):
    world.assignment.due_at = NOW + 5 * DAY
    world.assignment.save()
    given = {"granted_by": account, "granted_at": NOW, "reason": "SECRET-REASON"}
    Extension.objects.create(assignment=world.assignment, student=world.student, days=2, **given)
    assert told() == [(account.name, "extension")]
    send_mails(at=LATER)
    assert "You were given more time for Tensor: it is due Fri 9 Oct 2026, 12:00 UTC." in mail.outbox[0].body
    assert "SECRET" not in mail.outbox[0].body


def test_what_is_due_is_told_to_who_has_not_handed_in_and_has_no_more_time(world, account):
    world.assignment.due_at = NOW + DAY
    world.assignment.save()
    jon, kim = make_enrollment(world.course, "jon"), make_enrollment(world.course, "kim")
    make_attempt(jon, world.assignment)
    given = {"granted_by": account, "granted_at": NOW, "reason": "ill", "starts_at": NOW}
    Accommodation.objects.create(student=kim, extra_days=3, **given)
    assert told(NOW - MINUTE) == []
    assert told() == [(account.name, "due")]
    assert told(NOW + 2 * DAY) == [(account.name, "due")]
    assert sorted(told(NOW + 3 * DAY + MINUTE)) == sorted([(account.name, "due"), (kim.account.name, "due")])


def test_who_hands_in_meanwhile_reads_no_reminder(world, account):
    world.assignment.due_at = NOW + DAY
    world.assignment.save()
    collect(at=LATER)
    make_attempt(world.student, world.assignment)
    assert send_mails(at=LATER) == 0
    assert mail.outbox == []


@pytest.mark.parametrize("gone", ["place", "account"])
def test_who_left_is_told_nothing(world, account, attempt, tess, gone):
    comment(attempt, tess)
    if gone == "place":
        type(world.student).objects.filter(pk=world.student.pk).update(is_active=False)
    else:
        type(account).objects.filter(pk=account.pk).update(is_active=False)
    assert told() == []


def test_a_mail_says_where_and_nothing_that_others_should_not_read(world, account, attempt, tess, settings):
    settings.ASSAY_SITE_URL = "https://grade.example.edu"
    hidden = make_check(2, 0.0, verdict=Verdict.FAILED, visibility="hidden", message="SECRET-MESSAGE")
    graded(attempt, make_check(1), hidden)
    comment(attempt, tess)
    set_preferences(account=account, wanted={"graded": "at_once"})
    collect(at=LATER)
    assert send_mails(at=LATER) == 1
    (sent,) = mail.outbox
    assert sent.to == [account.email]
    assert sent.subject == "TinyTorch: 2 pieces of news"
    html = sent.alternatives[0].content
    for text in (sent.body, html):
        assert f"https://grade.example.edu/attempts/{attempt.public_id}/" in text
        assert "SECRET" not in text
        assert "Check" not in text
        assert "5 of 10" not in text
    parsed = message_from_bytes(sent.message().as_bytes())
    assert [part.get_content_type() for part in parsed.walk()][1:] == ["text/plain", "text/html"]
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_hostile_titles_stay_text_in_a_mail(world, account, attempt, tess):
    world.assignment.title = "<script>alert(1)</script>\r\nBcc: all@example.edu"
    world.assignment.save()
    comment(attempt, tess)
    tell_at(LATER)
    (sent,) = mail.outbox
    assert "<script>" not in sent.alternatives[0].content
    assert "\n" not in sent.subject
    assert sent.message()["Bcc"] is None


def tell_at(at) -> int:
    collect(at=at)
    return send_mails(at=at)


def test_a_worker_killed_before_a_mail_left_loses_nothing(world, attempt, tess, monkeypatch):
    comment(attempt, tess)
    collect(at=LATER)
    with monkeypatch.context() as patch:
        patch.setattr(sending, "_still_wanted", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            send_mails(at=LATER)
    assert send_mails(at=LATER + MINUTE) == 0  # its claim holds: it may only be slow
    assert send_mails(at=LATER + 11 * MINUTE) == 1
    assert send_mails(at=LATER + DAY) == 0
    assert len(mail.outbox) == 1


def test_a_worker_killed_after_a_mail_left_repeats_it_under_the_same_name(world, attempt, tess, monkeypatch):
    comment(attempt, tess)
    collect(at=LATER)
    real = sending.compose

    class Dies:
        def __init__(self, message):
            self.message = message

        def send(self):
            self.message.send()
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sending, "compose", lambda *told: Dies(real(*told)))
        with pytest.raises(KeyboardInterrupt):
            send_mails(at=LATER)
    assert News.objects.filter(mailed_at__isnull=True).count() == 1
    assert send_mails(at=LATER + 11 * MINUTE) == 1
    first, second = (each.extra_headers["Message-ID"] for each in mail.outbox)
    assert first == second


def test_a_server_that_is_away_is_asked_again(world, attempt, tess, monkeypatch):
    comment(attempt, tess)
    collect(at=LATER)
    with monkeypatch.context() as patch:
        patch.setattr(
            mail.EmailMultiAlternatives, "send", lambda self: (_ for _ in ()).throw(smtplib.SMTPServerDisconnected)
        )
        assert send_mails(at=LATER) == 0
    assert send_mails(at=LATER + MINUTE) == 1


def test_two_workers_send_one_mail(world, attempt, tess, monkeypatch):
    comment(attempt, tess)
    collect(at=LATER)
    claim = sending._claim

    def slow(*told):
        monkeypatch.setattr(sending, "_claim", claim)
        assert send_mails(at=LATER) == 1  # the other one, between this one's look and its claim
        return claim(*told)

    monkeypatch.setattr(sending, "_claim", slow)
    assert send_mails(at=LATER) == 0
    assert len(mail.outbox) == 1


def test_two_who_collect_write_one_row(world, attempt, tess, monkeypatch):
    comment(attempt, tess)
    ask_for = collecting.wanted_by

    def meanwhile(accounts):
        monkeypatch.setattr(collecting, "wanted_by", ask_for)
        collect(at=LATER)  # the other one, between this one's look and its row
        return ask_for(accounts)

    monkeypatch.setattr(collecting, "wanted_by", meanwhile)
    collect(at=LATER)
    assert News.objects.count() == 1


def test_mails_once_a_day_leave_in_the_morning_together(world, account, attempt, tess):
    set_preferences(account=account, wanted={"comment": "daily", "due": "daily"})
    assert not Preference.objects.filter(kind="due").exists()
    comment(attempt, tess)
    comment(attempt, tess, at=NOW + HOUR)
    assert tell_at(NOW + 2 * HOUR) == 0
    assert send_mails(at=NOW + 18 * HOUR) == 0
    assert send_mails(at=NOW + 19 * HOUR) == 1
    assert mail.outbox[0].subject == "TinyTorch: 2 pieces of news"


def test_the_morning_is_the_courses():
    zone = ZoneInfo("Europe/Berlin")
    assert mail_time(How.DAILY, NOW, zone) == NOW.replace(day=3, hour=5)
    assert mail_time(How.NEVER, NOW, zone) is None
    assert How.DAILY not in choices_of(Kind.DUE)


def test_never_is_never_and_the_news_stand_on_the_page(client, world, account, attempt, tess):
    set_preferences(account=account, wanted={"comment": "never"})
    comment(attempt, tess)
    assert tell_at(LATER) == 0
    client.force_login(account)
    html = client.get("/news/").content.decode()
    assert "There is a comment on Tensor, attempt 1." in html
    assert "1 new" in client.get("/styles/nowhere/").content.decode() + html
    answer = client.get(f"/news/{News.objects.get().pk}/")
    assert answer.headers["Location"].startswith(f"/attempts/{attempt.public_id}/#comment-")
    assert "1 new" not in client.get("/news/").content.decode()


def test_one_click_without_log_in_and_looking_changes_nothing(client, world, account, attempt, tess):
    comment(attempt, tess)
    tell_at(LATER)
    link = mail.outbox[0].extra_headers["List-Unsubscribe"].strip("<>")
    path = link[link.index("/news/") :]
    strict = type(client)(enforce_csrf_checks=True)
    assert "Somebody comments on an attempt" in strict.get(path).content.decode()
    assert not Preference.objects.exists()
    assert strict.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Preference.objects.get().how == How.NEVER
    comment(attempt, tess, at=LATER + MINUTE)
    assert tell_at(LATER + 2 * MINUTE) == 0
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    "spoil", [lambda token: token[:-1] + "A" if token[-1] != "A" else token[:-1] + "B", lambda _: "x"]
)
def test_a_link_that_we_never_made_does_nothing(client, account, spoil):
    assert client.post(f"/news/unsubscribe/{spoil(token_for(account.pk, ['due']))}/").status_code == 404
    assert not Preference.objects.exists()


def test_who_unsubscribes_while_a_mail_waits_reads_none(world, account, attempt, tess):
    comment(attempt, tess)
    collect(at=LATER)
    set_preferences(account=account, wanted={"comment": "never"})
    assert send_mails(at=LATER) == 0
    set_preferences(account=account, wanted={"comment": "at_once"})
    assert send_mails(at=LATER) == 0
    assert mail.outbox == []


@pytest.mark.medium
def test_settings_are_kept_and_what_is_no_choice_is_left_out(client, account):
    client.force_login(account)
    client.post("/news/settings/", {"graded": "never", "comment": "hourly", "due": "daily"})
    assert list(Preference.objects.values_list("kind", "how")) == [("graded", "never")]
    assert '<option value="never" selected>' in client.get("/news/settings/").content.decode()


def test_somebody_elses_news_do_not_exist(client, world, attempt, tess):
    comment(attempt, tess)
    collect(at=LATER)
    client.force_login(tess)
    assert client.get(f"/news/{News.objects.get().pk}/").status_code == 404
    client.post("/news/read/")
    assert News.objects.get().read_at is None


@pytest.mark.django_db
def test_the_task_collects_and_sends(world, attempt, tess, time_machine):
    time_machine.move_to(NOW)
    comment(attempt, tess)
    time_machine.move_to(LATER)
    tell()
    tell()
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("hours_away", [0, 40])
def test_a_receipt_is_mailed_to_who_wants_it_and_to_nobody_else(world, account, hours_away):
    jon = make_enrollment(world.course, "jon")
    set_preferences(account=account, wanted={Kind.RECEIPT: How.AT_ONCE})
    make_attempt(make_enrollment(world.course, "kim"), world.assignment)
    shared = make_attempt(world.student, world.assignment, partners=[jon])
    at = NOW + hours_away * HOUR + MINUTE  # an attempt is made that long after its push, if its host was away
    assert told(at) == [(account.name, "receipt")]
    assert told(at + HOUR) == [(account.name, "receipt")]
    send_mails(at=at)
    (letter,) = mail.outbox
    assert "Tensor, attempt 1 has arrived, and has a signed receipt." in letter.body
    ((name, text, kind),) = letter.attachments
    assert (name, kind) == (f"receipt-{shared.public_id}.json", "application/json")
    assert check(text.encode()).facts["attempt"] == shared.public_id
