"""What a piece of news says, on its page and in a mail: no points, no check, no word of anybody's, for a mail is read by others."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from course_admin.notifications.models import Kind, News
from course_admin.pages.moments import by_the_clock

SENTENCES = {
    Kind.GRADED: _("{title}, attempt {number} is graded."),
    Kind.COMMENT: _("There is a comment on {title}, attempt {number}."),
    Kind.ANSWER: _("The request for a regrade of {title}, attempt {number} is decided."),
    Kind.EXTENSION: _("You were given more time for {title}."),
    Kind.RECEIPT: _("{title}, attempt {number} has arrived, and has a signed receipt."),
    Kind.DUE: _("{title} is due {when}, and you have not handed in."),
}
MORE_TIME = _("You were given more time for {title}: it is due {when}.")


def sentence(news: News) -> str:
    """Return what happened."""
    course = news.assignment.course
    when = by_the_clock(news.due_at, course.zone) if news.due_at else ""
    number = news.attempt.number if news.attempt else 0
    words = MORE_TIME if news.kind == Kind.EXTENSION and when else SENTENCES[Kind(news.kind)]
    return words.format(title=news.assignment.title, number=number, when=when)


def page_of(news: News) -> str:
    """Return the address of what it is about."""
    if news.attempt is None:
        return reverse("assignment", args=[news.assignment.course.slug, news.assignment.slug])
    place = f"#{news.place}" if news.place else ""
    return reverse("attempt", args=[news.attempt.public_id]) + place
