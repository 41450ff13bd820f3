"""What columns hold, and what they are called, in the languages in which learning platforms write headers.

A column is known by its header, never by its place. A header is compared in lower case, with spaces for its punctuation:
`E-Mail-Adresse` is `e mail adresse`.
"""

import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from course_admin.courses.roster.files.clean import clean

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def words(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.split("|"))


#: What a column can hold, as the mapping step calls it.
FIELDS: "dict[str, StrOrPromise]" = {
    "name": "name",
    "first_name": _("first name"),
    "last_name": _("last name"),
    "second_last_name": _("second last name"),
    "email": _("e-mail address"),
    "student_id": _("student id"),
    "university_login": _("university login"),
    "github_login": _("GitHub login"),
    "github_id": _("GitHub's number"),
    "canvas_id": _("Canvas's ID"),
    "lti_subject": _("LTI user id"),
    "section": _("section"),
    "role": _("role"),
    "status": _("enrolment status"),
    "left": _("whether or when they left"),
    "group": _("group"),
    "identifier": _("roster identifier"),
}
KEYS = ("student_id", "email", "github_login", "github_id", "canvas_id", "lti_subject", "university_login")

#: What a column holds -> the headers that say so in any file. `username` is none of them: it may be anybody's.
SYNONYMS: dict[str, frozenset[str]] = {
    "name": words(
        "name | full name | fullname | legal name | legal full name | student | student name | student full name | "
        "display name | participant | first name last name | first name surname | vorname nachname | prénom nom | "
        "nombre apellido s | name last first | student name last first | last name first name | lastname firstname | "
        "nachname vorname | apellidos nombre | nom prénom | cognome nome | "
        "vollständiger name | teilnehmer | nom complet | nombre completo | nome completo | volledige naam | namn | "
        "navn | "
        "nimi | 氏名 | 姓名"
    ),
    "first_name": words(
        "first name | firstname | first | given name | given names | forename | forenames | preferred first name | "
        "vorname | "
        "prénom | prenom | nombre | nome | voornaam | förnamn | fornavn | imię | jméno | etunimi | 名 | "
        "ime | krstné meno | křestní jméno | keresztnév | utónév | prenume | vardas | vārds | eesnimi | имя | "
        "ім я | собствено име | όνομα | ad | adı | "
        "이름 | tên | nama depan | الاسم الأول | שם פרטי | 名字 | "
        "nombres | nombre s | prénoms | voornamen | first name of student"
    ),
    "last_name": words(
        "last name | lastname | last | surname | family name | nachname | familienname | nom | nom de famille | "
        "apellido | "
        "apellidos | apellido s | cognome | sobrenome | apelido | achternaam | efternamn | etternavn | efternavn | "
        "nazwisko | "
        "příjmení | sukunimi | 姓 | "
        "cognoms | apelidos | nome de família | prezime | priimek | priezvisko | vezetéknév | családnév | nume | "
        "nume de familie | pavardė | uzvārds | "
        "perekonnanimi | фамилия | прізвище | фамилно име | επώνυμο | soyad | soyadı | 성 | họ | nama belakang | "
        "اسم العائلة | "
        "الاسم الأخير | שם משפחה | 姓氏 | "
        "primer apellido | apellido paterno | family name of student | last name of student"
    ),
    "second_last_name": words("segundo apellido | apellido materno | second last name | second surname"),
    "email": words(
        "email | e mail | emails | mail | email address | e mail address | mail address | primary email | "
        "school email | "
        "university email | institutional email | institution email | institute email | campus email | college email | "
        "student email | other email | secondary email | alternate email | emailaddress | "
        "e mail adresse | email adresse | mailadresse | mail adresse | courriel | adresse de courriel | "
        "adresse e mail | "
        "adresse email | adresse électronique | correo | correo electrónico | dirección de correo | "
        "dirección de correo electrónico | dirección email | indirizzo email | indirizzo e mail | endereço de e mail | "
        "endereço de email | e mailadres | e mail adres | e postadress | e postadresse | e post | adres e mail | "
        "adres email | sähköpostiosoite | メールアドレス | "
        "correu electrònic | adreça electrònica | adreça de correu | correo e | enderezo electrónico | e mail cím | "
        "e pošta | e naslov | "
        "email adresa | e mail adresa | e mailová adresa | emailová adresa | adresă de email | adresă email | "
        "el pašto adresas | "
        "e pasta adrese | e posti aadress | meiliaadress | адрес электронной почты | электронная почта | "
        "електронна пошта | "
        "імейл адреса | имейл адрес | email адрес | διεύθυνση email | διεύθυνση ηλεκτρονικού ταχυδρομείου | "
        "e posta | e posta adresi | "
        "이메일 | 이메일 주소 | thư điện tử | địa chỉ email | alamat email | البريد الإلكتروني | عنوان البريد الإلكتروني | "
        "דואר אלקטרוני | כתובת דואר אלקטרוני | כתובת דוא ל | email地址 | 电子邮件 | 电子邮件地址 | 邮箱 | 電子郵件 | "
        "e mailadresse | adresse courriel | adresse mail | adresse de messagerie | courriel institutionnel | "
        "correo institucional | correo electrónico institucional | email institucional | e mail institucional | "
        "uni mail | hochschul e mail | email of student"
    ),
    "student_id": words(
        "student id | studentid | student number | student no | student nr | student identifier | id | id number | "
        "idnumber | "
        "sid | sis id | sis user id | university id | campus id | banner id | emplid | external id | "
        "registration number | "
        "enrolment number | enrollment number | roll number | roll no | orgdefinedid | org defined id | "
        "matriculation number | "
        "numer id | numer indeksu | numer albumu | "
        "matrikelnummer | matrikelnr | matrikel nr | matr nr | id nummer | studierenden id | numéro d identification | "
        "numéro étudiant | n étudiant | número de id | número de identificación | número de identificação | "
        "numero identificativo | codice identificativo | matricola | studentnummer | student nummer | "
        "opiskelijanumero | "
        "学籍番号 | 学号 | "
        "numero id | número id | identifikacijski broj | identifikacijska številka | identifikační číslo | "
        "identifikačné číslo | "
        "azonosító szám | neptun kód | număr id | id numeris | id numurs | tunnistenumero | id numero | "
        "индивидуальный номер | "
        "номер id | id номер | αριθμός id | id numarası | kimlik numarası | öğrenci no | öğrenci numarası | id번호 | "
        "id 번호 | 학번 | mã số id | "
        "mã sinh viên | nomor id | رقم المعرف | رقم الهوية | מספר זיהוי | מספר זהות | idナンバー | id号 | id號 | 學號 | "
        "dni | n° étudiant | numéro d étudiant | matr n | matrikel | mat nr | legajo | nia | "
        "unique user id | institutionsnummer | "
        "student id number | student number id | registration no | mtknr | mtk nr | id del alumno | id del estudiante | "
        "id estudiante | número de matrícula | nº de matrícula | matrícula | código de estudiante | carné | expediente | "
        "id do aluno | número de aluno | número do aluno | id de l étudiant | id étudiant | numéro d élève | matricule | "
        "code permanent | identifiant défini par l organisation | id studente | numero di matricola | studienummer | "
        "studentnr"
    ),
    "university_login": words(
        "sis login id | login id | netid | net id | uniqname | unikey | university login | uni login | user login | "
        "kennung | uni kennung | benutzername | nom d utilisateur | nombre de usuario | nome utente | gebruikersnaam | "
        "anmeldename | nutzername | nome do usuário | nome de usuário | användarnamn | brukernavn | brugernavn | "
        "nazwa użytkownika | käyttäjätunnus | uživatelské jméno | felhasználónév | kullanıcı adı | имя пользователя"
    ),
    "github_login": words(
        "github login | github username | github user | github user name | github account | github handle | "
        "github name | "
        "github | git hub username | git hub | github benutzername | github profile | github url | github link | "
        "github profile url | github profile link | your github username | what is your github username | "
        "github nutzername | github konto | nom d utilisateur github | compte github | identifiant github | "
        "usuario de github | usuario github | nombre de usuario de github | cuenta de github | nome utente github | "
        "usuário do github | usuário github | github login name | github account name"
    ),
    "github_id": words("github id | github user id | github number | github userid"),
    "canvas_id": words("canvas id | canvas user id | canvas s id"),
    "lti_subject": words("lti user id | lti id | lti subject | lti sub"),
    "section": words(
        "section | sections | section name | section number | course section | class section | sektion | sección | sezione | "
        "abschnitt | sectie | seção | secção | avsnitt | secció | sektio"
    ),
    "role": words(
        "role | roles | course role | user role | rolle | rollen | rôle | rôles | rol | ruolo | ruoli | papel | papéis | "
        "roller | rolle status | funktion | fonction | função | perfil | rola | roli"
    ),
    "status": words(
        "status | enrollment status | enrolment status | enrollment state | enrolment state | registration status | "
        "student status | availability | available | is available | active | is active | verfügbarkeit | verfügbar | "
        "aktiv | statut | estado | stato | "
        "workflow state | enrl status | enr status | reg status | registration state | course status | class status | "
        "participation status | participant status | membership status | member status | user status | "
        "account status | "
        "student enrollment status | student enrolment status | student state | enrolled | is enrolled | registered | "
        "is registered | add drop | add drop status | einschreibestatus | anmeldestatus | teilnahmestatus | "
        "statut d inscription | estado de matrícula | estado de inscripción | stato iscrizione | situação | estatus | "
        "angemeldet | ist angemeldet | eingeschrieben | zugelassen | actif | inscrit | état | état d inscription | "
        "état de l inscription | statut de l inscription | disponibilité | disponible | activo | activa | inscrito | "
        "inscrita | matriculado | matriculada | disponibilidad | estado de la matrícula | estado del alumno | attivo | "
        "iscritto | stato dell iscrizione | disponibilità | disponibile | ativo | disponibilidade | disponível | "
        "estado da matrícula | situação da matrícula | actief | ingeschreven | inschrijfstatus | beschikbaarheid | "
        "beschikbaar | inskriven | påmeldt | tilmeldt"
    ),
    "left": words(
        "left | has left | left on | dropped | is dropped | dropped on | drop date | date dropped | dropped at | "
        "withdrawn | "
        "is withdrawn | withdrew | withdrawn on | withdrawal date | date withdrawn | withdraw date | inactive | "
        "is inactive | "
        "deactivated | deactivated at | removed | removed on | deleted | is deleted | deleted at | unenrolled | "
        "unenrolled at | "
        "suspended | is suspended | cancelled | canceled | abgemeldet | abmeldung | abmeldedatum | exmatrikuliert | "
        "austritt | "
        "gesperrt | inaktiv | inactif | désinscrit | abandon | baja | fecha de baja | ritirato | trancado | "
        "ausgeschieden | storniert | zurückgetreten | ausgetreten | désinscription | a abandonné | suspendu | "
        "date d abandon | date de désinscription | dado de baja | retirado | fecha de retiro | suspendido | anulado | "
        "sospeso | data di ritiro | desistência | desistente | cancelado | data de cancelamento | uitgeschreven"
    ),
    "group": words(
        "group | groups | gruppe | gruppen | groupe | groupes | grupo | grupos | gruppo | gruppi | groep | "
        "groepen | grupper | "
        "grups | skupine | skupiny | csoport | csoportok | grupuri | grupy | grupa | grupe | grupės | grupas | "
        "rühmad | ryhmä | ryhmät | группа | "
        "группы | групи | ομάδα | ομάδες | grup | gruplar | 그룹 | 모둠 | nhóm | المجموعات | קבוצות | グループ | 小组 | 群組"
    ),
    "identifier": words("identifier | roster identifier"),
}


def header_name(text: str) -> str:
    """Return a header as it is compared."""
    name = re.sub(
        r"\((?:required|optional|mandatory|pflichtfeld|obligatoire|obligatorio)\)", "", clean(text).casefold()
    )
    return " ".join(re.sub(r"[\W_]+", " ", name.replace("#", " number ")).split())


def meaning_of(name: str) -> str:
    """Return what a column holds, going by its header alone; empty if that does not say."""
    return next((meaning for meaning, names in SYNONYMS.items() if name in names), "")
