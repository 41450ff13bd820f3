"""What can be done, and by whom: the one table of it.

OWNER is whose work it is, or for whom it counts. MEMBER is everybody who is on the roster now, in any role. A TA acts for the
students of the sections that their place on the roster lists, or for all where it says so. Administrators act where
`administrators` says; it is not their own work. Nobody decides about their own grade: a rule that is `about_others` holds of no
work of theirs, whatever else they are in the course or here.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext, gettext_noop


class Relation(StrEnum):
    """What somebody is to a thing."""

    OWNER = gettext_noop("its student")
    AUTHOR = gettext_noop("its author")
    MEMBER = gettext_noop("somebody on the course's roster")
    TA = gettext_noop("TA of their section")
    HEAD_TA = gettext_noop("head TA")
    INSTRUCTOR = gettext_noop("instructor")


STAFF = frozenset({Relation.TA, Relation.HEAD_TA, Relation.INSTRUCTOR})
LEADING = frozenset({Relation.HEAD_TA, Relation.INSTRUCTOR})


class Action(StrEnum):
    """Everything that a page, a service, an import or an export does for somebody."""

    HAND_IN = "hand_in"
    SEE_WORK = "see_work"
    SEE_RESULTS = "see_results"
    VIEW_AS_STUDENT = "view_as_student"
    GRANT = "grant"
    TAKE_BACK = "take_back"
    TAKE_BACK_OWN = "take_back_own"
    JUDGE_AGAIN = "judge_again"
    CHOOSE = "choose"
    COMMENT = "comment"
    DELETE_COMMENT = "delete_comment"
    WRITE_BACK = "write_back"
    REQUEST_REGRADE = "request_regrade"
    DECIDE_REQUEST = "decide_request"
    OPEN_COURSE = "open_course"
    OPEN_GRADEBOOK = "open_gradebook"
    OPEN_QUEUE = "open_queue"
    OPEN_DESK = "open_desk"
    ANSWER_FAILURES = "answer_failures"
    GRADE_BY_HAND = "grade_by_hand"
    COMPARE_WORK = "compare_work"
    LEAD = "lead"
    REGRADE = "regrade"
    CHANGE_RULES = "change_rules"
    RELEASE_GRADES = "release_grades"
    SET_UP = "set_up"
    IMPORT_ROSTER = "import_roster"
    INVITE = "invite"
    BIND_REPOSITORY = "bind_repository"
    LINK_PLATFORM_COURSE = "link_platform_course"
    KEEP_LMS_TOKEN = "keep_lms_token"
    SEND_GRADES = "send_grades"
    APPOINT = "appoint"
    SEE_PRIVATE_REASON = "see_private_reason"
    GIVE_QUEUE_SHARE = "give_queue_share"
    NAME_REPOSITORIES = "name_repositories"
    LINK_ACCOUNT = "link_account"
    DETACH_IDENTITY = "detach_identity"
    TRUST_SUITE = "trust_suite"
    OPEN_LEADERS_NAMES = "open_leaders_names"
    READ_AUDIT_LOG = "read_audit_log"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may do something, what it is in words, and the words of a refusal."""

    words: str
    who: frozenset[Relation]
    administrators: bool = True
    permission: str = ""  # of Django's: whoever an administrator gave it may, of rows that they may open
    about_others: bool = False  # it decides about grades: whoever's they are may not, whatever else they are
    tas_if: str = ""  # a field of the course: where it is off, TAs may not

    @property
    def refusal(self) -> str:
        """The sentence for somebody who may not."""
        named = sorted((str(each) for each in self.who), key=list(map(str, Relation)).index)
        people = [gettext(each) for each in named]
        people += [gettext("who was given the permission")] if self.permission else []
        people += [gettext("an administrator")] if self.administrators else []
        return gettext("Only {people} may {words}.").format(
            people=gettext(" or ").join(people), words=gettext(self.words)
        )


#: Action -> its rule.
RULES: dict[Action, Rule] = {
    Action.HAND_IN: Rule(
        gettext_noop("hand in for a student's place in a course, and look at what waits to be handed in"),
        frozenset({Relation.OWNER}),
        administrators=False,
    ),
    Action.SEE_WORK: Rule(
        gettext_noop("see a student's attempts, their reports and grades"), frozenset({Relation.OWNER}) | STAFF
    ),
    Action.SEE_RESULTS: Rule(
        gettext_noop("see hidden checks, unreleased comments and results of students as their staff"), STAFF
    ),
    Action.VIEW_AS_STUDENT: Rule(
        gettext_noop("look at a student's pages as the student sees them, and change nothing there"), STAFF
    ),
    Action.GRANT: Rule(
        gettext_noop(
            "set a student's points by hand and give them days, with a reason (TAs where the course lets them)"
        ),
        STAFF,
        tas_if="tas_may_grant",
        about_others=True,
    ),
    Action.TAKE_BACK: Rule(gettext_noop("take back a queued run of a student"), STAFF, about_others=True),
    Action.TAKE_BACK_OWN: Rule(
        gettext_noop("take back a queued run that their own push made"),
        frozenset({Relation.OWNER}),
        administrators=False,
    ),
    Action.JUDGE_AGAIN: Rule(
        gettext_noop("have it fetched or judged again after a fault of ours"), STAFF, about_others=True
    ),
    Action.CHOOSE: Rule(gettext_noop("choose which attempt counts"), frozenset({Relation.OWNER}), administrators=False),
    Action.COMMENT: Rule(gettext_noop("comment on an attempt and release comments"), STAFF),
    Action.DELETE_COMMENT: Rule(
        gettext_noop("take their own comment back, while they are its student's staff"),
        frozenset({Relation.AUTHOR}),
        administrators=False,
    ),
    Action.WRITE_BACK: Rule(
        gettext_noop("write in the threads of their own attempt"), frozenset({Relation.OWNER}), administrators=False
    ),
    Action.REQUEST_REGRADE: Rule(
        gettext_noop("ask for a regrade of their own attempt, and take that back"),
        frozenset({Relation.OWNER}),
        administrators=False,
    ),
    Action.DECIDE_REQUEST: Rule(
        gettext_noop("decide a student's request for a regrade, as far as they may grade again or set grades"),
        STAFF,
        about_others=True,
    ),
    Action.OPEN_COURSE: Rule(
        gettext_noop("open a course's pages, which say what is due when and nothing of anybody's work"),
        frozenset({Relation.MEMBER}),
    ),
    Action.OPEN_GRADEBOOK: Rule(gettext_noop("open a course's gradebook, which holds the students they see"), STAFF),
    Action.OPEN_QUEUE: Rule(gettext_noop("open a course's queue, which holds the students they see"), STAFF),
    Action.OPEN_DESK: Rule(gettext_noop("open an assignment's review desk, which holds the students they see"), STAFF),
    Action.ANSWER_FAILURES: Rule(
        gettext_noop("answer an assignment's failures that look alike, whoever has them, and split or merge them"),
        STAFF,
    ),
    Action.GRADE_BY_HAND: Rule(gettext_noop("grade a student's answers by hand"), STAFF, about_others=True),
    Action.COMPARE_WORK: Rule(
        gettext_noop("compare submissions with one another, and add texts to compare them with"), LEADING
    ),
    Action.LEAD: Rule(gettext_noop("enter the back office of a course"), LEADING),
    Action.REGRADE: Rule(gettext_noop("have attempts graded again"), LEADING, about_others=True),
    Action.CHANGE_RULES: Rule(gettext_noop("try and change an assignment's late policy and counting rule"), LEADING),
    Action.RELEASE_GRADES: Rule(gettext_noop("hold and publish an assignment's grades"), LEADING),
    Action.SET_UP: Rule(gettext_noop("set up the assignments of a course"), LEADING),
    Action.IMPORT_ROSTER: Rule(gettext_noop("import a roster"), LEADING),
    Action.INVITE: Rule(gettext_noop("invite people to a course, and say who may join it by themselves"), LEADING),
    Action.BIND_REPOSITORY: Rule(gettext_noop("say whose a repository is"), LEADING, about_others=True),
    Action.LINK_PLATFORM_COURSE: Rule(
        gettext_noop("link a learning platform's course that they came from, and choose assignments for it"), LEADING
    ),
    Action.KEEP_LMS_TOKEN: Rule(
        gettext_noop("enter, replace and remove the token by which a course's grades go to its learning platform"),
        LEADING,
    ),
    Action.SEND_GRADES: Rule(
        gettext_noop("compare a course's grades with its learning platform's, and have them sent"), LEADING
    ),
    Action.APPOINT: Rule(
        gettext_noop("make or unmake head TAs and instructors, and change their lines of the roster"),
        frozenset({Relation.INSTRUCTOR}),
    ),
    Action.SEE_PRIVATE_REASON: Rule(
        gettext_noop("read the private reason of an accommodation"),
        frozenset(),
        permission="courses.view_accommodation_reason",
    ),
    Action.GIVE_QUEUE_SHARE: Rule(gettext_noop("give a course its share of the grading workers"), frozenset()),
    Action.NAME_REPOSITORIES: Rule(gettext_noop("give a course the owner or prefix of its repositories"), frozenset()),
    Action.LINK_ACCOUNT: Rule(gettext_noop("link an account to a line of a roster by hand"), frozenset()),
    Action.DETACH_IDENTITY: Rule(gettext_noop("detach a proven identity from its account"), frozenset()),
    Action.TRUST_SUITE: Rule(gettext_noop("let a suite grade that passed no check here"), LEADING),
    Action.OPEN_LEADERS_NAMES: Rule(
        gettext_noop("open the names behind a leaderboard's pseudonyms"), frozenset({Relation.INSTRUCTOR})
    ),
    Action.READ_AUDIT_LOG: Rule(gettext_noop("read a course's audit log"), LEADING),
}
