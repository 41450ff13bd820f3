"""The files that are read: one table of formats, and what roles and states are called in them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from course_admin.courses.roster.files.clean import clean
from course_admin.courses.roster.files.columns import KEYS, SYNONYMS, header_name, meaning_of, words

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file, known by its header; `f:email` asks for a column of that meaning, whatever it is called.

    `joins`: how several sections share a cell: as a list with commas, with semicolons, or in a `sentence` with "and".
    """

    kind: "StrOrPromise"
    needs_one_of: tuple[frozenset[str], ...]
    has_none_of: frozenset[str] = frozenset()
    columns: dict[str, str] = field(default_factory=dict)  # header -> what it holds in this kind of file; "": nothing
    joins: str = "semicolons"
    is_as_written: bool = False  # the header's punctuation tells this format apart

    def fits(self, names: Sequence[str], meanings: Sequence[str], written: Sequence[str]) -> bool:
        """Say whether a header is this format's."""
        known = {*names, *(f"f:{meaning}" for meaning in meanings if meaning), *(written if self.is_as_written else ())}
        known |= {"w:sis"} if any(_is_sis(name) for name in names) else set()
        return any(needed <= known for needed in self.needs_one_of) and not self.has_none_of & known


def _is_sis(name: str) -> bool:
    return "sis" in name.split()


def _any(*texts: str) -> tuple[frozenset[str], ...]:
    return tuple(words(text) for text in texts)


GRADING_WORKSHEET = Format(
    _("Moodle's grading worksheet"),
    _any("identifier | full name", "f:identifier | f:name | f:email | f:status"),
    columns={"identifier": "", "status": ""},
    joins="commas",
)

#: The first that fits is taken.
FORMATS: tuple[Format, ...] = (
    Format(
        "GitHub Classroom",
        _any("identifier | github username", "roster identifier | github username"),  # its roster, its grades
        columns={"group": "", "group name": ""},
    ),
    GRADING_WORKSHEET,
    Format(
        "Canvas",
        _any("student | id | sis user id", "student | id | sis login id", "lastname | firstname | id | sis user id")
        + _any("last name | first name | id | sis login id", "id | sis user id | sis login id"),
        columns={"id": "canvas_id"},
        joins="sentence",
    ),
    Format(
        "Canvas",
        _any("student | id | section", "lastname | firstname | id | section", "id | w:sis | f:section"),
        has_none_of=words("f:email | f:github_login | f:role"),  # `w:sis`: a column of it, in any language
        columns={"id": "canvas_id"},
        joins="sentence",
    ),
    Format(
        _("Canvas's SIS file"),
        _any("user id | login id", "canvas user id | user id", "course id | user id | role | status"),
        columns={"user id": "student_id"},
    ),
    Format(
        "Classroom 50",
        _any("username | first_name | last_name | email | section"),
        columns={"username": "github_login"},
        is_as_written=True,
    ),
    Format(
        "Brightspace",
        _any("orgdefinedid", "org defined id", "username | end of line indicator"),
        columns={"username": "university_login"},
    ),
    Format(
        "Blackboard",
        _any("last name | first name | username | student id", "last name | first name | username | availability")
        + _any("last name | first name | username | last access"),
        columns={"username": "university_login"},
    ),
    Format(
        "Gradescope",
        _any("sid | submission id", "sid | total lateness h m s", "sid | total score"),
        columns={"status": ""},  # of the submission
        joins="commas",
    ),
    Format("Gradescope", _any("sid | email"), joins="commas"),
    Format(
        "Moodle",
        _any("f:first_name | f:last_name | f:group", "f:name | f:email | groups"),
        columns=dict.fromkeys(SYNONYMS["group"], "section"),
        joins="commas",
    ),
    Format(
        _("plain CSV"), tuple(frozenset({f"f:{name}", f"f:{key}"}) for name in ("name", "last_name") for key in KEYS)
    ),
    Format(
        _("plain CSV"),
        tuple(frozenset({f"f:{one}", f"f:{two}"}) for one in KEYS for two in (*KEYS, "section") if one != two),
    ),
)

ROLES: dict[str, str] = {
    **dict.fromkeys(("student", "learner", "studierende", "studierender", "student/in", "teilnehmer/in"), "student"),
    **{f"{role}enrollment": role for role in ("student", "ta", "observer")},
    "teacherenrollment": "instructor",
    **dict.fromkeys(("étudiant", "étudiante", "estudiante", "studente", "aluno", "estudante"), "student"),
    **dict.fromkeys(("observer", "guest", "auditor", "beobachter", "gast"), "observer"),
    **dict.fromkeys(("ta", "reader", "grader", "tutor", "tutorin", "teaching assistant", "assistant"), "ta"),
    **dict.fromkeys(("teaching assistants", "course assistant", "non-editing teacher"), "ta"),
    **dict.fromkeys(("head ta", "head_ta", "head-ta", "lead ta", "head teaching assistant"), "head_ta"),
    **dict.fromkeys(("instructor", "teacher", "professor", "lecturer", "editing teacher", "faculty"), "instructor"),
    **dict.fromkeys(("primary instructor", "dozent", "dozentin", "lehrende", "trainer/in"), "instructor"),
}

#: What the people of a status column are; what stands in neither is asked about.
ACTIVE = words(
    "active | enrolled | enroled | registered | current | yes | y | true | 1 | ja | oui | sí | si | sim | aktiv | "
    "eingeschrieben | angemeldet | invited | pending | accepted | available | student | open | added | confirmed | "
    "actif | active | activo | activa | attivo | ativo | actief | inscrit | inscrite | inscrito | inscrita | matriculado | "
    "matriculada | iscritto | iscritta | admis | zugelassen | teilnehmend | sì | ingeschreven"
)
INACTIVE = words(
    "inactive | dropped | drop | withdrawn | withdrew | withdraw | removed | deleted | no | n | false | 0 | nein | non | "
    "not current | abgebrochen | désinscrit | "
    "inaktiv | abgemeldet | exmatrikuliert | unenrolled | unregistered | deactivated | unavailable | rejected | cancelled | "
    "canceled | suspended | left | not enrolled | inactif | inactivo | inattivo | dropped out | deregistered | "
    "gesperrt | storniert | ausgetreten | ausgeschieden | zurückgetreten | suspendu | abandonné | abandon | a abandonné | "
    "désinscrite | annulé | não | baja | de baja | dado de baja | retirado | retirada | suspendido | suspendida | anulado | "
    "anulada | cancelado | cancelada | ritirato | ritirata | sospeso | annullato | desistente | trancado | inativo | "
    "uitgeschreven | geschorst"
)
#: Of these, what says nothing of the kind in a column of another purpose.
_SAYS_ANYTHING = words(
    "no | n | false | 0 | nein | non | não | left | inactive | inaktiv | inactif | inactivo | inattivo | inativo | removed | "
    "deleted | rejected | cancelled | canceled | unavailable | not current | annulé"
)
CERTAINLY_LEFT = INACTIVE - _SAYS_ANYTHING

#: What a cell says in a column of those who left, if they did or did not; a day says that they did.
_YES, _NO = words("yes | y | true | 1 | ja | oui | sí | si | sì | sim"), words("no | n | false | 0 | nein | non | não")
LEFT = INACTIVE - _NO | _YES | {"x"}
NOT_LEFT = ACTIVE - _YES | _NO
_ONLY_A_DAY = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[T ]\d\d?:\d\d\S*)?")
_A_DAY = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?!\d).*|\d{8}")

#: Canvas's row of points, and what it calls its test student where the person has neither a SIS id nor a login.
NOT_PEOPLE = ("points possible", "muted", "manual posting")
TEST_STUDENTS = frozenset(
    "".join(sorted(re.findall(r"\w+", name.casefold())))
    for name in words(
        "test student | teststudent | test studierende | testperson | étudiant test | étudiant de test | participant test | "
        "participant de test | élève test | estudiante de prueba | alumno de prueba | estudiant de prova | aluno teste | "
        "aluno de teste | estudante de teste | estudante teste | studente di prova | studente test | teststuderende | "
        "testelev | testcursist | teststudenten | testiopiskelija | testi opiskelija | prófnemandi | prufunemandi | "
        "testowy student | testowy uczeń | testovací student | testovací študent | testni študent | preizkusni študent | "
        "testni učenik | testni student | teszt hallgató | teszt diák | teszt tanuló | student de test | student test | "
        "δοκιμαστικός σπουδαστής | δοκιμαστικός φοιτητής | δοκιμαστικός μαθητής | тестовый студент | тестовый учащийся | "
        "тестовий студент | тестов студент | test öğrenci | test öğrencisi | deneme öğrencisi | طالب تجريبي | طالب اختبار | "
        "الطالب التجريبي | סטודנט בדיקה | סטודנט לבדיקה | תלמיד בדיקה | دانشجوی آزمایشی | 测试学生 | 測試學生 | 测试 学生 | "
        "テスト受講者 | テスト受講生 | テスト学生 | テスト 学生 | 테스트 학생 | 테스트 수강생 | sinh viên thử nghiệm | "
        "học sinh thử nghiệm | sinh viên kiểm tra | siswa uji | siswa percobaan | pelajar ujian | นักเรียนทดสอบ | ผู้เรียนทดสอบ | "
        "परीक्षण छात्र | टेस्ट छात्र | փորձնական ուսանող | mac léinn tástála | pelajar uji | estudante de proba | probako ikaslea | "
        "пробни студент | тест студент | testa students | bandomasis studentas | testõpilane | საცდელი სტუდენტი | "
        "myfyriwr prawf | ākonga whakamātautau | etudyan tès | elèv tès"
    )
)


def is_test_student(name: str) -> bool:
    """Say whether a name is what Canvas calls its test student, in one of its languages and either order."""
    return "".join(sorted(re.findall(r"\w+", name.casefold()))) in TEST_STUDENTS


CANVAS_KEYS = ("name", "last_name", "first_name", "canvas_id", "student_id", "university_login")
_AN_ASSIGNMENT = re.compile(r" \d+$")  # its number, which Canvas writes behind its name

#: Words of a header that says by what people log in, where Canvas speaks another language than English.
_LOGIN = re.compile(
    r"login|anmeld|benutzername|connexion|sesi[oó]n|acesso|accesso|inlog|logowan|prijav|ログイン|登录|登入"
)
_IS_A_SECTION = re.compile(
    r"\bsections?(?: (?:\d{1,3}|[a-z]))?$"
)  # "Lab Section", "Section 2"; not "Section Instructor"


def find_format(header: Sequence[str]) -> tuple[Format, list[str]] | None:
    """Return the format of a header, and what each of its columns holds; None if it is no header."""
    written = [clean(cell).casefold() for cell in header]
    names = [header_name(cell) for cell in header]
    meanings = [meaning_of(name) for name in names]
    if meanings.count("last_name") == 2 and "nom" in names and "first_name" not in meanings:  # the first one in Catalan
        meanings[names.index("nom")] = "first_name"
    for form in FORMATS:
        if form.fits(names, meanings, written):
            return form, _in_format(form, names, meanings)
    return None


def _in_format(form: Format, names: list[str], meanings: list[str]) -> list[str]:
    """Return what each column holds in a format."""
    held = [form.columns.get(name, meaning) for name, meaning in zip(names, meanings, strict=True)]
    if form.kind != "Canvas":
        held = [
            "section" if not meaning and _is_a_section(form, name) else meaning
            for name, meaning in zip(names, held, strict=True)
        ]
    if form.kind == "Canvas":
        sis = [("university_login" if _LOGIN.search(name) else "student_id") if _is_sis(name) else "" for name in names]
        held = [meaning or by_sis for meaning, by_sis in zip(held, sis, strict=True)]
    if form.kind == "Canvas" and names.index("id") and not {"name", "last_name"} & set(held[: names.index("id")]):
        held[names.index("id") - 1] = "name"  # whatever Canvas's language calls its students
    if form.kind == "Canvas" and "section" in held:  # what follows are assignments, whatever they are called
        end = _start_of_assignments(names, held)
        held = held[:end] + [""] * (len(held) - end)
    return held


def _start_of_assignments(names: list[str], held: list[str]) -> int:
    """Return where Canvas's columns of people end: behind the section, unless somebody has moved it before their keys."""
    last = {meaning: held.index(meaning) for meaning in ("section", *CANVAS_KEYS) if meaning in held}
    moved = [place for place in last.values() if not _AN_ASSIGNMENT.search(names[place])]
    return max([last["section"], *moved]) + 1


def _is_a_section(form: Format, name: str) -> bool:
    return "section" in name if form.kind == "Gradescope" else bool(_IS_A_SECTION.search(name))


def role_of(words: str) -> str:
    """Return the one role that a cell names; empty if it names none that is known, or several."""
    roles = {ROLES.get(clean(part).casefold(), "") for part in re.split(r"[,;]", words)}
    return roles.pop() if len(roles) == 1 else ""


def state_of(status: str) -> bool | None:
    """Say whether a cell of a status column means that somebody is in the course; None if it does not say."""
    word = header_name(status)
    if word in ACTIVE or not word or _ONLY_A_DAY.fullmatch(status):  # since when they are enrolled
        return True
    return False if word in INACTIVE else None


def status_of_left(cell: str) -> str:
    """Return what a cell of a column of those who left says, in the words of a status; empty: that they did not."""
    word = header_name(cell)
    if not word or word in NOT_LEFT:
        return ""
    return "dropped" if word in LEFT or _A_DAY.fullmatch(cell) else f"left: {cell}"
