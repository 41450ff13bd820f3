"""Every format is known by its header, whatever else is in the file; what is not known is asked for."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_admin.courses.csv_files import FileUnreadable
from course_admin.courses.roster import UnknownColumns, read_roster
from course_admin.courses.roster.files.formats import find_format, state_of
from course_admin.courses.roster.questions import Asked
from course_admin.courses.roster.unknown_words import with_roles

JON = {"name": "Jon Lindqvist", "student_id": "U1"}
CANVAS = {**JON, "canvas_id": "48812", "university_login": "jl1180"}
POINTS = "    Points Possible,,,,,20\n"

#: Kind, header, one line, the fields that it gives, addresses, sections.
FORMATS = [
    ("plain CSV", "student_id,name,email,github_login,github_id,section,role", "U1,Jon Lindqvist,j@x.edu,jon-l,77,Tue,TA",
     {**JON, "github_login": "jon-l", "github_id": "77", "role": "ta"}, ["j@x.edu"], ["Tue"]),
    ("plain CSV", "Student ID,Name,Email", "U1,Jon Lindqvist,j@x.edu", JON, ["j@x.edu"], []),
    ("plain CSV", "Matrikelnummer;Nachname;Vorname;E-Mail", "U1;Lindqvist;Jon;j@x.edu", JON, ["j@x.edu"], []),
    ("plain CSV", "Name;Vorname;Matrikelnummer;E-Mail", "Lindqvist;Jon;U1;j@x.edu", JON, ["j@x.edu"], []),
    ("plain CSV", "Name,First name,Student ID,Email", '"Lindqvist, Jon",Jon,U1,j@x.edu',
     {**JON, "name": "Lindqvist, Jon"}, ["j@x.edu"], []),
    ("plain CSV", "姓名,名,学号", "张伟,伟,U1", {"name": "张伟", "student_id": "U1"}, [], []),
    ("plain CSV", "Full Name,Preferred First Name,Student ID,Email", "Jon Lindqvist,Jon,U1,j@x.edu", JON, ["j@x.edu"], []),
    ("plain CSV", "Name,Student Number,E-mail Address,GitHub Username", "Jon Lindqvist,U1,j@x.edu,@jon-l",
     {**JON, "github_login": "jon-l"}, ["j@x.edu"], []),
    ("plain CSV", "Surname,Given Name,EMPLID,NetID", "Lindqvist,Jon,U1,jl1180", {**JON, "university_login": "jl1180"}, [], []),
    ("plain CSV", "Email,GitHub Username", "j@x.edu,jon-l", {"github_login": "jon-l"}, ["j@x.edu"], []),
    ("plain CSV", "Name,Email,Lecture Section,Section 2,Section Instructor", "Jon Lindqvist,j@x.edu,LEC,LAB; LAB 9,Dr Roe",
     {"name": "Jon Lindqvist"}, ["j@x.edu"], ["LEC", "LAB", "LAB 9"]),
    ("plain CSV", "Legal Name,Preferred Name,Institutional Email,GitHub URL",
     "Jon Lindqvist,Jonny,j@x.edu,https://github.com/jon-l/",
     {"name": "Jon Lindqvist", "github_login": "jon-l"}, ["j@x.edu"], []),
    ("plain CSV", "Imię;Nazwisko;Numer ID;Adres e-mail", "Jon;Lindqvist;U1;j@x.edu", JON, ["j@x.edu"], []),
    ("plain CSV", "Name,Email,Section", "Jon Lindqvist,j@x.edu,LEC; LAB", {"name": "Jon Lindqvist"}, ["j@x.edu"], ["LEC", "LAB"]),
    ("Gradescope", "First Name,Last Name,SID,Email,Role,Sections", 'Jon,Lindqvist,U1,j@x.edu,Reader,"LEC 1, DIS 2"',
     {**JON, "role": "ta"}, ["j@x.edu"], ["LEC 1", "DIS 2"]),
    ("Gradescope", "First Name,Last Name,SID,Email,Role,Section,Lab Section", "Jon,Lindqvist,U1,j@x.edu,Student,L,D",
     {**JON, "role": "student"}, ["j@x.edu"], ["L", "D"]),
    ("Gradescope", "Name,SID,Email,Total Score,Status,Submission ID", "Jon Lindqvist,U1,j@x.edu,3,Missing,9", JON, ["j@x.edu"], []),
    ("Canvas", "Student,ID,SIS User ID,SIS Login ID,Section,M3 (9)", f'"Lindqvist, Jon",48812,U1,jl1180,Tue,17\n{POINTS}',
     CANVAS, [], ["Tue"]),
    ("Canvas", "Student;ID;SIS User ID;SIS Login ID;Section;M3 (9)",
     "Lindqvist, Jon;48812;U1;jl1180;Tue;17,5", CANVAS, [], ["Tue"]),
    ("Canvas", "LastName,FirstName,ID,SIS User ID,SIS Login ID,Section,M3 (9)", "Lindqvist,Jon,48812,U1,jl1180,Tue,17",
     CANVAS, [], ["Tue"]),
    ("Canvas", "Student,ID,SIS User ID,SIS Login ID,Integration ID,Root Account,Section,Role,Status (3),Section (4)",
     '"Lindqvist, Jon",48812,U1,jl1180,x,y,Tue,7,8,9', CANVAS, [], ["Tue"]),
    ("Canvas", "Studierende,ID,SIS-Benutzer-ID,SIS-Anmelde-ID,Abschnitt,Status (9)", '"Lindqvist, Jon",48812,U1,jl1180,Tue,17',
     CANVAS, [], ["Tue"]),
    ("Canvas", "Étudiant,ID,ID utilisateur SIS,ID de connexion SIS,Section,M3 (9)", '"Lindqvist, Jon",48812,U1,jl1180,Tue,17',
     CANVAS, [], ["Tue"]),
    ("Canvas", "Student,ID,SIS Login ID,Section,M3 (9)", '"Lindqvist, Jon",48812,j@x.edu,Tue,17',
     {"name": "Jon Lindqvist", "canvas_id": "48812"}, ["j@x.edu"], ["Tue"]),
    ("Moodle", "Vorname;Nachname;ID-Nummer;E-Mail-Adresse;Gruppen", "Jon;Lindqvist;U1;j@x.edu;A, B", JON, ["j@x.edu"], ["A", "B"]),
    ("Moodle", "Prénom,Nom de famille,Numéro d’identification,Adresse de courriel,Groupes", "Jon,Lindqvist,U1,j@x.edu,",
     JON, ["j@x.edu"], []),
    ("Moodle", "Nombre,Apellido(s),Número de ID,Dirección de correo,Grupos", "Jon,Lindqvist,U1,j@x.edu,A", JON, ["j@x.edu"], ["A"]),
    ("Moodle", "Nom,Cognoms,Número ID,Adreça electrònica,Grups", "Jon,Lindqvist,U1,j@x.edu,A", JON, ["j@x.edu"], ["A"]),
    ("Moodle", "名,姓,IDナンバー,メールアドレス,グループ", "Jon,Lindqvist,U1,j@x.edu,A", JON, ["j@x.edu"], ["A"]),
    ("Moodle", "Имя;Фамилия;Индивидуальный номер;Адрес электронной почты;Группы", "Jon;Lindqvist;U1;j@x.edu;A",
     JON, ["j@x.edu"], ["A"]),
    ("Moodle", "Adı,Soyadı,ID numarası,E-posta adresi,Gruplar", "Jon,Lindqvist,U1,j@x.edu,A", JON, ["j@x.edu"], ["A"]),
    ("Moodle", "First name / Last name,Email address,Roles,Groups,Last access to course,Status",
     "Jon Lindqvist,j@x.edu,Student,No groups,Never,Active", {"name": "Jon Lindqvist", "role": "student"}, ["j@x.edu"], []),
    ("plain CSV", "First name,Last name,ID number,Institution,Department,Email address,Quiz: 1 (Real)",
     "Jon,Lindqvist,U1,,,j@x.edu,7.50", JON, ["j@x.edu"], []),
    ("Moodle's grading worksheet", "Identifier,Full name,Email address,Status,Grade",
     "Participant 9,Jon Lindqvist,j@x.edu,No submission,",
     {"name": "Jon Lindqvist"}, ["j@x.edu"], []),
    ("Moodle's grading worksheet", "ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung",
     "Teilnehmer/in48812,Jon Lindqvist,j@x.edu,-,-",
     {"name": "Jon Lindqvist"}, ["j@x.edu"], []),
    ("Moodle's grading worksheet", "Identifiant,Nom complet,Adresse de courriel,Statut",
     "Participant 9,Jon Lindqvist,j@x.edu,Remis",
     {"name": "Jon Lindqvist"}, ["j@x.edu"], []),
    ("plain CSV", "ID,Name,Email", "Student48812,Jon Lindqvist,j@x.edu", {**JON, "student_id": "Student48812"}, ["j@x.edu"], []),
    ("plain CSV", "学号,姓,名,邮箱", "U1,张,伟,j@x.edu", {"name": "张伟", "student_id": "U1"}, ["j@x.edu"], []),
    ("plain CSV", "Student ID,Name", "j@x.edu,Jon Lindqvist", {**JON, "student_id": "j@x.edu"}, ["j@x.edu"], []),
    ("Canvas", "Student,ID,SIS User ID,SIS Login ID,Section",
     '"山田, 太郎",48812,U1,jl1180,Tue', {**CANVAS, "name": "山田太郎"}, [], ["Tue"]),
    ("Blackboard", '"Last Name","First Name","Username","Student ID","Last Access","Availability","M [Total Pts: 20 Score] |3"',
     '"Lindqvist","Jon","jl1180","U1","2026-01-01","Yes","17"', {**JON, "university_login": "jl1180"}, [], []),
    ("plain CSV", "Nachname\tVorname\tBenutzername\tMatrikelnummer\tVerfügbarkeit", "Lindqvist\tJon\tjl1180\tU1\tJa",
     {**JON, "university_login": "jl1180"}, [], []),
    ("Brightspace", "OrgDefinedId,Username,Last Name,First Name,Email,M3 Points Grade,End-of-Line Indicator",
     "#U1,#jl1180,Lindqvist,Jon,j@x.edu,17,#", {**JON, "university_login": "jl1180"}, ["j@x.edu"], []),
    ("Canvas", "Section,Student,ID,SIS User ID,SIS Login ID,M3 (9)",
     'Tue,"Lindqvist, Jon",48812,U1,jl1180,17', CANVAS, [], ["Tue"]),
    ("Canvas", "Student,ID,Section,SIS User ID,SIS Login ID,SIS test (9)",
     '"Lindqvist, Jon",48812,Tue,U1,jl1180,17', CANVAS, [], ["Tue"]),
    ("Canvas's SIS file", "user_id,login_id,password,first_name,last_name,email,status", "U1,jl1180,x,Jon,Lindqvist,j@x.edu,active",
     {**JON, "university_login": "jl1180"}, ["j@x.edu"], []),
    ("Canvas's SIS file", "canvas_user_id,user_id,login_id,full_name,sortable_name,status",
     '48812,U1,jl1180,Jon Lindqvist,"Lindqvist, Jon",active',
     CANVAS, [], []),
    ("plain CSV", "Apellidos,Nombre,Nombre de usuario,ID del alumno,Último acceso,Disponibilidad",
     "Lindqvist,Jon,jl1180,U1,2026-01-01,Sí",
     {**JON, "university_login": "jl1180"}, [], []),
    ("plain CSV", "Identifiant défini par l'organisation,Nom d’utilisateur,Nom,Prénom,Courriel",
     "#U1,#jl1180,Lindqvist,Jon,j@x.edu",
     {**JON, "university_login": "jl1180"}, ["j@x.edu"], []),
    ("plain CSV", "REGISTRATION_NUMBER;FAMILY_NAME_OF_STUDENT;FIRST_NAME_OF_STUDENT;EMAIL",
     "U1;Lindqvist;Jon;j@x.edu", JON, ["j@x.edu"], []),
    ("plain CSV", "Nachname;Vorname;Anmeldename;E-Mail;Matrikelnummer;Rolle/Status", "Lindqvist;Jon;jl1180;j@x.edu;U1;Tutor",
     {**JON, "university_login": "jl1180", "role": "ta"}, ["j@x.edu"], []),
    ("plain CSV", "Nombre completo;Matrícula;Correo institucional;Usuario de GitHub", "Jon Lindqvist;U1;j@x.edu;jon-l",
     {**JON, "github_login": "jon-l"}, ["j@x.edu"], []),
    ("Moodle", "Fornavn,Efternavn,ID-nummer,E-mailadresse,Grupper", "Jon,Lindqvist,U1,j@x.edu,A", JON, ["j@x.edu"], ["A"]),
    ("Moodle", "Prénom,Nom,Numéro d’identification,Adresse de courriel,Rôles,Groupes", "Jon,Lindqvist,U1,j@x.edu,TA,A",
     {**JON, "role": "ta"}, ["j@x.edu"], ["A"]),
    ("plain CSV", "Student #,Last,First,Email,Section #", "U1,Lindqvist,Jon,j@x.edu,3", JON, ["j@x.edu"], ["3"]),
    ("plain CSV", '"Name (Last, First)",ID #,Email', '"Lindqvist, Jon",U1,j@x.edu',
     {**JON, "name": "Lindqvist, Jon"}, ["j@x.edu"], []),
    ("plain CSV", '"Nachname, Vorname";Matr.-Nr.;E-Mail', '"Lindqvist, Jon";U1;j@x.edu',
     {**JON, "name": "Lindqvist, Jon"}, ["j@x.edu"], []),
    ("Classroom 50", "username,first_name,last_name,email,section,github_id", "jon-l,Jon,Lindqvist,j@x.edu,Tue,77",
     {"name": "Jon Lindqvist", "github_login": "jon-l", "github_id": "77"}, ["j@x.edu"], ["Tue"]),
    ("GitHub Classroom", "identifier,github_username,github_id,name", "j@x.edu,jon-l,77,Jon Lindqvist",
     {"name": "Jon Lindqvist", "github_login": "jon-l", "github_id": "77"}, ["j@x.edu"], []),
    ("GitHub Classroom", "assignment_name,github_username,roster_identifier,points_awarded", "A1,jon-l,j@x.edu,0",
     {"name": "j@x.edu", "github_login": "jon-l"}, ["j@x.edu"], []),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "header", "line", "fields", "emails", "sections"), FORMATS)
def test_each_format_is_known_by_its_header(kind, header, line, fields, emails, sections):
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        file = read_roster(f"{header}\n{line}\n".encode(encoding))
        assert (file.kind, file.problems) == (kind, [])
        (entry,) = file.entries
        assert (entry.fields, list(entry.emails), list(entry.sections)) == (fields, emails, sections)


@pytest.mark.parametrize("word", ["Estudiante", "Étudiant(e)", "Schüler/in", "학생"])
def test_a_canvas_gradebook_is_read_in_any_language(word):
    text = f'{word},ID,SIS User ID,SIS Login ID,Section,Test 1\n  Points possibles,,,,,10\n"Roe, Ann",501,U1,ar1,A,7\n'
    file = read_roster(text.encode())
    (ann,) = file.entries
    assert (file.kind, file.problems, ann.sections) == ("Canvas", [], ("A",))
    keys = {"canvas_id": "501", "student_id": "U1", "university_login": "ar1"}
    assert ann.fields == {"name": "Ann Roe", **keys}


@pytest.mark.parametrize("cell", ["-", "n/a", "(none)", "No groups", "Keine Gruppen", "LEC; -"])
def test_what_says_that_there_is_no_section_makes_none(cell):
    (entry,) = read_roster(f"student_id,name,section\nU1,Ann Roe,{cell}\n".encode()).entries
    assert list(entry.sections) == (["LEC"] if "LEC" in cell else [])


@pytest.mark.parametrize(
    "header",
    [
        "Available",
        "Is available?",
        "Verfügbar",
        "Disponibilidad",
        "Disponibilité",
        "Angemeldet",
        "Actif",
        "Activo",
        "Attivo",
    ],
)
def test_whether_somebody_is_available_is_a_status(header):
    (entry,) = read_roster(f"Name,Username,Student ID,{header}\nAnn Roe,ar1,U1,No\n".encode()).entries
    assert state_of(entry.status) is False


@pytest.mark.parametrize("columns", [1, 300])
def test_ignored_columns_are_ignored_however_many_or_doubled(columns):
    more = ["Imported Assignments Current Score"] * 2 * columns + [
        f"HW {number} (7{number})" for number in range(columns)
    ]
    header = ",".join(["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *more])
    file = read_roster(f'{header}\n"Roe, Ann",501,U1,ar1,A{",9" * len(more)}\n'.encode())
    assert [each.fields["canvas_id"] for each in file.entries] == ["501"]
    assert (file.problems, file.ignored_columns) == ([], more)


@pytest.mark.parametrize(
    "line",
    [
        "    Points Possible,,,,,20",
        "    Mögliche Punkte,,,,,20",
        ",,,,,Muted",
        '"Student, Test",9,,,Tue,',
        "Teststudent,9,,0123456789abcdef0123456789abcdef01234567,Tue,",
        "Étudiant de test,9,,0123456789abcdef0123456789abcdef,Tue,",
        '"Prueba, Estudiante de",9,,,Tue,',
        "Testiopiskelija,9,,,Tue,",
        '"Öğrencisi, Test",9,,,Tue,',
        "طالب تجريبي,9,,,Tue,",
        "테스트 학생,9,,,Tue,",
        "テスト 受講生,9,,,Tue,",
        '"hallgató, Teszt",9,,,Tue,',
        "Тестовий студент,9,,,Tue,",
    ],
)
def test_what_is_nobody_in_a_canvas_gradebook_is_left_out(line):
    header = "Student,ID,SIS User ID,SIS Login ID,Section,M3 (9)"
    file = read_roster(f'{header}\n{line}\n"Test, Ann",501,U1,ar1,A,9\n'.encode())
    assert [each.name for each in file.entries] == ["Ann Test"]
    assert file.problems == []


def test_a_preview_user_of_blackboard_is_left_out_and_said_so():
    header = "Last Name,First Name,Username,Student ID,Availability"
    file = read_roster(f"{header}\nRoe,Ann,ar1,U1,Yes\nRoe_PreviewUser,Ann,ar1_PreviewUser,,Yes\n".encode())
    assert ([each.name for each in file.entries], file.problems) == (["Ann Roe"], [])
    assert any("preview" in note for note in file.notes)


def test_a_name_of_two_alphabets_is_noted():
    file = read_roster("student_id,name,email\nU1,\u0410nn Roe,a@x.edu\nU2,Анна,b@x.edu\n".encode())
    assert [note[:7] for note in file.notes] == ["Line 2:"]


@pytest.mark.parametrize(
    ("header", "cell", "status"),
    [
        ("Drop Date", "2026-10-02", "dropped"),
        ("Fecha de baja", "2026-10-02T00:00:00", "dropped"),  # as a workbook has it
        ("Date d'abandon", "02/10/2026", "dropped"),
        ("Ausgeschieden", "nein", "active"),
        ("Dropped", "x", "dropped"),
        ("Withdrawn", "TRUE", "dropped"),
        ("Inactive", "1", "dropped"),
        ("Abgemeldet", "Ja", "dropped"),
        ("Dropped", "no", "active"),
        ("Deleted", "false", "active"),
        ("Dropped", "perhaps", "left: perhaps"),
        ("Enrl Status", "Dropped", "Dropped"),
        ("workflow_state", "deleted", "deleted"),
        ("Registered", "No", "No"),
    ],
)
def test_a_column_of_those_who_left_is_read_by_its_own_sense(header, cell, status):
    file = read_roster(f"student_id,name,email,{header}\nU1,Ann,a@x.edu,{cell}\n".encode())
    assert (file.entries[0].status, file.problems, file.ignored_columns) == (status, [], [])


@pytest.mark.parametrize("last", ["Total,1,", "Gesamt,27,,"])
def test_a_count_below_the_people_is_nobody(last):
    file = read_roster(f"name,student_id,email\nAnn,U1,a@x.edu\n{last}\n".encode())
    assert ([each.name for each in file.entries], file.problems) == (["Ann"], [])


@pytest.mark.parametrize("name", ["1", "12 345", "---3"])
def test_what_has_no_letter_is_no_name(name):
    file = read_roster(f"student_id,name,email\nU1,{name},a@x.edu\nU2,Bo,b@x.edu\n".encode())
    assert [(each.line, each.column) for each in file.problems] == [(2, "name")]


@pytest.mark.parametrize(
    "header", ["*Student ID,Full Name (required),Email*", "Student ID,Name (optional),E-Mail (Pflichtfeld)"]
)
def test_what_a_header_says_of_duties_is_no_part_of_it(header):
    (entry,) = read_roster(f"{header}\nU1,Ann,a@x.edu\n".encode()).entries
    assert (entry.fields, entry.emails) == ({"name": "Ann", "student_id": "U1"}, ("a@x.edu",))


@pytest.mark.parametrize("key", ["7-Sep", "Mar-02", "07. Mär", "7-août", "2012-03-04", "\u0410123"])
def test_a_key_that_may_be_something_else_is_noted(key):
    file = read_roster(f"student_id,name,email\n{key},Ann,a@x.edu\n".encode())
    assert ([note[:7] for note in file.notes], file.problems) == (["Line 2:"], [])


@pytest.mark.parametrize("header", ["State", "Visa Status", "Submission status"])
def test_a_column_of_something_else_is_no_status(header):
    file = read_roster(f"student_id,name,email,{header}\nU1,Ann,a@x.edu,CA\n".encode())
    assert (file.entries[0].status, file.ignored_columns) == ("", [header])


@pytest.mark.parametrize("line", ["U0,Ola,o@x.edu", "U0,Ola,o@x.edu,,,,,,", "U0,Ola,o@x.edu,  , \u200b,"])
def test_missing_or_surplus_empty_cells_are_no_error(line):
    file = read_roster(f"student_id,name,email,github_login\n{line}\n".encode())
    assert (file.entries[0].name, file.problems) == ("Ola", [])


def test_surplus_cells_with_something_in_them_are_an_error_of_their_line():
    file = read_roster(b"student_id,name,email\nU1,Roe, Ann,a@x.edu\nU2,Bo,b@x.edu\n")
    assert [(each.line, each.sentence) for each in file.problems] == [(2, "The line has 4 cells, and the header 3.")]


@pytest.mark.parametrize(
    "above",
    ["Course roster CS101 Fall 2026,,\n,,\n", "AttemptReport\nMade on 2026-11-28\n\n", '"Students, sections"\n'],
)
def test_lines_above_the_header_are_skipped_and_said_so(above):
    file = read_roster(f"{above}student_id,name,email\nS1,A,a@x.edu\n".encode())
    assert [each.fields["student_id"] for each in file.entries] == ["S1"]
    assert any("Skipped above the header: line 1" in note for note in file.notes)


def test_a_last_line_that_may_be_somebody_is_read():
    for last in ("Ann Roe,,", ",U1,", ",,ann@x.edu"):
        assert len(read_roster(f"name,student_id,email\nBo,U2,b@x.edu\n{last}\n".encode()).entries) == 2
    assert len(read_roster(b'identifier,github_username\nU1,a\n"Roe, Ann (2)",\n').entries) == 2


@pytest.mark.parametrize("below", ["Total: 1 student", "\nEnd of report,,\n", ",,Made on 2026-11-28\nPage 1 of 1"])
def test_lines_below_the_people_are_skipped_and_said_so(below):
    file = read_roster(f"student_id,name,email\nS1,A,a@x.edu\n{below}\n".encode())
    assert ([each.line for each in file.entries], file.problems) == ([2], [])
    assert any("Skipped below the people: line" in note for note in file.notes)


@pytest.mark.parametrize("header", ["student_id,name,email", "Student ID,Name,E-mail", "Matrikelnummer,NAME,E-Mail"])
def test_a_header_that_comes_again_is_nobody(header):
    file = read_roster(f"student_id,name,email\nS1,A,a@x.edu\n{header}\nS2,B,b@x.edu\n".encode())
    assert ([each.name for each in file.entries], file.problems) == (["A", "B"], [])
    assert file.notes == ["Line 3 is the header once more."]


def test_a_header_of_a_last_and_a_first_name_that_comes_again_is_nobody():
    file = read_roster(b"Name;Vorname;Matrikelnummer\nRoe;Ann;1\nName;Vorname;Matrikelnummer\nPoe;Bo;2\n")
    assert ([each.name for each in file.entries], file.problems) == (["Ann Roe", "Bo Poe"], [])


def test_another_header_below_the_first_is_an_error():
    file = read_roster(b"student_id,name,email\nS1,A,a@x.edu\nname,student_id,email\nB,S2,b@x.edu\n")
    assert [(each.line, each.stops) for each in file.problems] == [(3, True)]


def test_a_column_that_is_there_twice_is_an_error_only_where_it_says_two_things():
    file = read_roster(b"student_id,name,email,Name,E-mail\nU1,A,a@x.edu,A,a2@x.edu\nU2,B,b@x.edu,C,\nU3,D,d@x.edu,,\n")
    assert [each.name for each in file.entries] == ["A", "D"]
    assert file.entries[0].emails == ("a@x.edu", "a2@x.edu")
    assert [(each.line, each.column) for each in file.problems] == [(3, "name")]


@pytest.mark.parametrize(
    ("cell", "column"),
    [("1.2E+10,A,a@x.edu,", "student_id"), ("U1,J\ufffdn,a@x.edu,", "name"), ("U1,A,nowhere,", "email")],
)
def test_a_lost_value_is_an_error_of_its_cell(cell, column):
    file = read_roster(f"student_id,name,email,role\n{cell}\n".encode())
    assert [(each.line, each.column) for each in file.problems] == [(2, column)]
    assert file.entries == []


@pytest.mark.parametrize("role", ["king", "student, TA", "Ta/Instructor"])
def test_a_role_that_is_not_known_or_not_one_is_asked_about(role):
    file = read_roster(f'student_id,name,email,role\nU1,A,a@x.edu,"{role}"\n'.encode())
    assert (file.problems, file.entries[0].role_words) == ([], role)
    asked = Asked({f"roles-{role.casefold()}": "ta"})
    assert [each.fields["role"] for each in with_roles(file.entries, asked)] == ["ta"]


@pytest.mark.parametrize(
    ("role", "meant"),
    [
        ("Teaching Assistant", "ta"),
        ("TEACHER", "instructor"),
        ("Learner", "student"),
        ("head_ta", "head_ta"),
        ("ObserverEnrollment", "observer"),
    ],
)
def test_roles_are_known_by_what_platforms_call_them(role, meant):
    file = read_roster(f"student_id,name,email,role\nU1,A,a@x.edu,{role}\n".encode())
    assert file.entries[0].fields["role"] == meant


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("Enrolled", True),
        ("dropped", False),
        ("WITHDRAWN", False),
        ("Ja", True),
        ("No", False),
        ("", True),
        ("wait-listed", None),
        ("Dado de baja", False),
        ("Suspendu", False),
        ("gesperrt", False),
        ("Matriculado", True),
    ],
)
def test_a_status_says_whether_somebody_is_in_the_course(status, state):
    assert state_of(status) is state


@pytest.mark.parametrize(
    ("text", "guesses"),
    [
        ("Wer,Wo\nAnn Roe,a@x.edu\n", ["", "email"]),
        ("username,first name,last name,email\nannroe,Ann,Roe,\n", None),
        ("Ann Roe,a@x.edu\nBob Poe,b@x.edu\n", ["", "email"]),
    ],
)
def test_unknown_columns_are_asked_for_with_their_cells(text, guesses):
    if guesses is None:  # enough is known; whose the user name is, is not guessed
        assert read_roster(text.encode()).ignored_columns == ["username"]
        return
    with pytest.raises(UnknownColumns) as unknown:
        read_roster(text.encode())
    assert [each.guess for each in unknown.value.columns] == guesses
    assert unknown.value.columns[1].samples


@pytest.mark.parametrize(
    ("text", "told", "found"),
    [
        ("Wer,Wo,Was\nAnn Roe,a@x.edu,x\n", {0: "name", 1: "email"}, [("Ann Roe", ("a@x.edu",))]),
        ("Ann Roe,a@x.edu\nBob,b@x.edu\n", {0: "name", 1: "email"}, [("Ann Roe", ("a@x.edu",)), ("Bob", ("b@x.edu",))]),
        ("username,email\nann,a@x.edu\n", {0: "github_login"}, [("", ())]),
        ("U1,Ann Roe\nU2,Bo\n", {0: "student_id", 1: "name"}, [("Ann Roe", ()), ("Bo", ())]),
    ],
)
def test_columns_hold_what_somebody_said(text, told, found):
    file = read_roster(text.encode(), told)
    assert [(each.name, each.emails) for each in file.entries] == found


def test_what_was_taken_for_the_header_of_columns_that_somebody_named_is_said():
    file = read_roster(b"Ann Roe,annroe\nBo Poe,bopoe\n", {0: "name", 1: "github_login"})
    assert ([each.name for each in file.entries], file.notes) == (
        ["Bo Poe"],
        ["Taken for the header: line 1 (Ann Roe annroe)."],
    )


@pytest.mark.parametrize("data", [b"", b"\n\n", b"one\ncolumn\n"])
def test_what_has_no_columns_is_no_roster(data):
    with pytest.raises(FileUnreadable, match="names no columns") as error:
        read_roster(data)
    assert not isinstance(error.value, UnknownColumns)


def test_letters_that_were_encoded_twice_are_noted():
    broken = "Jürgen".encode().decode("cp1252")
    assert any("encoded twice" in note for note in read_roster(f"name,email\n{broken},j@x.edu\n".encode()).notes)


@given(
    st.binary(max_size=300)
    | st.text(max_size=300).map(lambda text: f"name,email,student_id\n{text}".encode("utf-8", "replace"))
)
def test_any_file_is_read_or_refused(data):
    with contextlib.suppress(FileUnreadable):
        file = read_roster(data)
        assert all(entry.line > 1 for entry in file.entries)
        assert all(problem.sentence.endswith(".") for problem in file.problems)


@pytest.mark.medium
@given(st.lists(st.text(max_size=20), max_size=12))
def test_any_header_is_one_or_none(header):
    found = find_format(header)
    assert found is None or len(found[1]) == len(header)


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("SID,Email,Sections", "U1,a@x.edu"),
        ("Student ID,Name,Section", "U1,Ann"),
        ("Student,ID,Section", '"Roe, Ann",501'),
    ],
)
def test_sections_on_lines_of_one_cell_are_several(header, line):
    (entry,) = read_roster(f'{header}\n{line},"A\nB"\n'.encode()).entries
    assert entry.sections == ("A", "B")
