"""What a piece of news says, on its page and in a mail: no points, no check, no word of anybody's, for a mail is read by others."""

from django.urls import reverse

from course_admin.notifications.models import Kind, News
from course_admin.pages.moments import by_the_clock

SENTENCES = {
    Kind.GRADED: "{title}, attempt {number} is graded.",
    Kind.COMMENT: "There is a comment on {title}, attempt {number}.",
    Kind.ANSWER: "The request for a regrade of {title}, attempt {number} is decided.",
    Kind.EXTENSION: "You were given more time for {title}{until}.",
    Kind.DUE: "{title} is due {when}, and you have not handed in.",
}


def sentence(news: News) -> str:
    """Return what happened."""
    course = news.assignment.course
    when = by_the_clock(news.due_at, course.zone) if news.due_at else ""
    until = f": it is due {when}" if when else ""
    number = news.attempt.number if news.attempt else 0
    return SENTENCES[Kind(news.kind)].format(title=news.assignment.title, number=number, when=when, until=until)


def page_of(news: News) -> str:
    """Return the address of what it is about."""
    if news.attempt is None:
        return reverse("assignment", args=[news.assignment.course.slug, news.assignment.slug])
    place = f"#{news.place}" if news.place else ""
    return reverse("attempt", args=[news.attempt.public_id]) + place
