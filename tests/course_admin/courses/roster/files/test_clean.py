"""Cells as people mean them."""

import unicodedata

import pytest

from course_admin.courses.roster.files import clean


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("\u200bS1", "S1"),
        ("S2\u00a0", "S2"),
        ("\ufeff S\u00ad3\u2060", "S3"),
        ('="0012345"', "0012345"),
        ('="00""1"', '00"1'),
        ("'0012", "0012"),
        ("'=S4", "=S4"),
        ("12345.0", "12345"),
        ("Ｕ１２", "U12"),
        ("n/a", ""),
        ("#N/A", ""),
        ("-", ""),
        ("12E5", "12E5"),  # some universities do
        ("A\tB\nC", "A B C"),
    ],
)
def test_keys_lose_what_is_not_theirs(text, value):
    assert clean.clean_key(text) == value


@pytest.mark.parametrize("text", ["1.23457E+11", "4,4E+07", "1E+10"])
def test_a_number_that_a_spreadsheet_rounded_is_never_guessed(text):
    with pytest.raises(clean.Blemish, match="rounded"):
        clean.clean_key(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("A\u200b", "A"),
        ("\u00a0 B ", "B"),
        (unicodedata.normalize("NFD", "Zoë Ångström"), unicodedata.normalize("NFC", "Zoë Ångström")),
        ("\u202eAnn\u202c", "Ann"),
        ("علی\u200cرضا", "علی\u200cرضا"),  # there it is spelling
        ("Ann\u200d", "Ann"),
        ("Na", "Na"),  # a name
        ("N/A", ""),
    ],
)
def test_names_are_composed_and_keep_their_spelling(text, name):
    assert clean.clean_name(text) == name


def test_a_name_with_lost_letters_is_a_blemish():
    with pytest.raises(clean.Blemish, match="were lost"):
        clean.clean_name("J\ufffdrg")


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("annd@x.edu, doe.a@gmail.com", ["annd@x.edu", "doe.a@gmail.com"]),
        ("a@x.edu;b@x.edu", ["a@x.edu", "b@x.edu"]),
        ("a@x.edu b@x.edu", ["a@x.edu", "b@x.edu"]),
        ("Ann Roe <ann@x.edu>", ["ann@x.edu"]),
        ("mailto:ann@x.edu", ["ann@x.edu"]),
        ("a@x.edu\u200b", ["a@x.edu"]),
        ("A@x.edu, a@X.edu", ["a@X.edu"]),
        ("none", []),
        ("", []),
    ],
)
def test_every_address_of_a_cell_is_found(text, addresses):
    assert clean.clean_emails(text) == addresses


@pytest.mark.parametrize("text", ["no address", "ann@", "a@x.edu, @x.edu"])
def test_what_is_no_address_is_a_blemish(text):
    with pytest.raises(clean.Blemish, match="no e-mail address"):
        clean.clean_emails(text)


@pytest.mark.parametrize(
    "text", ["annroe", "@annroe", "https://github.com/annroe", "github.com/annroe/?tab=repositories"]
)
def test_a_login_is_one_without_its_address(text):
    assert clean.clean_github_login(text) == "annroe"


@pytest.mark.parametrize("text", ["4411", "4411.0", "04411", '="4411"', "４４１１"])
def test_a_number_is_its_digits(text):
    assert clean.clean_number(text) == "4411"


@pytest.mark.parametrize("text", ["4.4E+07", "44 11", "x44", "-3", "4.5"])
def test_what_is_no_number_is_a_blemish(text):
    with pytest.raises(clean.Blemish):
        clean.clean_number(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Roe, Ann", "ann  roe"), ("Zoë", unicodedata.normalize("NFD", "ZOË")), ("علی\u200cرضا", "علیرضا")],
)
def test_two_spellings_of_a_name_are_one(one, other):
    assert clean.name_key(one) == clean.name_key(other)


@pytest.mark.parametrize(
    ("one", "other", "may_be"), [("Ann Roe", "Roe-Smith, Ann", True), ("Ann Roe", "Bob Poe", False)]
)
def test_names_of_one_person_share_a_word(one, other, may_be):
    assert clean.share_a_word(one, other) is may_be
