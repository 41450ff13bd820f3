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
        ("=0012345", "0012345"),
        ("'0012", "0012"),
        ("'0012'", "0012"),
        ("'=S4", "=S4"),
        ("12345.0", "12345"),
        ("Ｕ１２", "U12"),
        ("n/a", ""),
        ("#N/A", ""),
        ("-", ""),
        ("12E5", "12E5"),  # some universities do
        ("A\tB\nC", "A B C"),
        ("1,234,567", "1234567"),
        ("1234568.00", "1234568"),
        ("12\u2013345", "12-345"),
        ("jon\u2011l", "jon-l"),
        ("S1\u3164", "S1"),
        ("\u2800S1\ufe0f", "S1"),
        ("#NAME?", ""),
        ("#DIV/0!", ""),
        ("TBD", ""),
        ("?", ""),
        ("٠٠١٢", "0012"),
        ("#BEZUG!", ""),
        ("1.234.567", "1234567"),
        ("1 234 567", "1234567"),
        ("1\u202f234\u202f567", "1234567"),
        ("1'234'567", "1234567"),
        ("12345,00", "12345"),
        ("12.345", "12.345"),
        ("#0012", "0012"),
        ("# jl1180", "jl1180"),
        ("12-05-19", "12-05-19"),
        ("ФН12345", "ФН12345"),  # all of it is of one alphabet
    ],
)
def test_keys_lose_what_is_not_theirs(text, value):
    assert clean.clean_key(text) == value


@pytest.mark.parametrize("text", ["1.23457E+11", "4,4E+07", "1E+10", "12.3E+9", "1.E+10", "123,4e+06", "-1.2E+10"])
def test_a_number_that_a_spreadsheet_rounded_is_never_guessed(text):
    with pytest.raises(clean.Blemish, match="rounded"):
        clean.clean_key(text)


@pytest.mark.parametrize("text", ["2026-09-07T00:00:00", "2026-09-07 00:00", "####", "##########"])
def test_what_a_spreadsheet_made_of_a_key_is_never_taken_for_it(text):
    for cleaner in (clean.clean_key, clean.clean_section):
        with pytest.raises(clean.Blemish, match="A spreadsheet has made"):
            cleaner(text)


@pytest.mark.parametrize(
    "text", ["3/4/2012", "04.03.2012", "2012/3/4", "3/4/12", "12:30", "30:00:00", "7:05 PM", "TRUE", "WAHR"]
)
def test_no_key_is_a_day_or_a_time_or_a_truth(text):
    with pytest.raises(clean.Blemish, match="A spreadsheet has made"):
        clean.clean_key(text)
    assert clean.clean_section(text) == text


@pytest.mark.parametrize("text", ['="0014', '=TEXT(12;"0000000")', "=VLOOKUP(A2,B:C,2)", "=WERT.VON(A1)"])
def test_a_formula_is_never_taken_for_what_it_gives(text):
    with pytest.raises(clean.Blemish, match="is a formula"):
        clean.clean_key(text)
    assert clean.clean_key(f"'{text}") == text  # what an export of ours wrote so is the text itself


@pytest.mark.parametrize(
    ("clean_it", "text"),
    [
        (clean.clean_key, "U\u0410123"),  # a Cyrillic A
        (clean.clean_key, "\u039f0044x"),  # a Greek O
        (clean.clean_github_login, "ann\u0440oe"),
        (clean.clean_emails, "a@\u0445.edu"),
        (clean.clean_emails, "\u0430nn@x.edu; ok@x.edu"),
    ],
)
def test_a_key_that_only_looks_like_another_is_a_blemish(clean_it, text):
    with pytest.raises(clean.Blemish, match=r"mixes alphabets.*(Cyrillic|Greek)"):
        clean_it(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("A\u200b", "A"),
        ("Ann\u2800\u3164", "Ann"),
        ("\u00a0 B ", "B"),
        (unicodedata.normalize("NFD", "Zoë Ångström"), unicodedata.normalize("NFC", "Zoë Ångström")),
        ("\u202eAnn\u202c", "Ann"),
        ("علی\u200cرضا", "علی\u200cرضا"),  # there it is spelling
        ("Ann\u200d", "Ann"),
        ("Na", "Na"),  # a name
        ("N/A", ""),
        (".", ""),  # beside the one name that somebody has
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
        ("a@x.edu/b@y.edu", ["a@x.edu", "b@y.edu"]),
        ("a@x.edu | b@y.edu", ["a@x.edu", "b@y.edu"]),
        ("a@x.edu&b@y.edu", ["a@x.edu", "b@y.edu"]),
        ("a@x.edu & b@y.edu", ["a@x.edu", "b@y.edu"]),
        ("a@x.edu and b@y.edu", ["a@x.edu", "b@y.edu"]),
        ("Иван <ivan@x.edu>", ["ivan@x.edu"]),
        ("ann\u2011roe@x.edu", ["ann-roe@x.edu"]),
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
    [
        ("O\u2019Brien", "O'Brien"),
        ("Anne\u2010Marie", "Anne-Marie"),
        ("I\u015eIK", "I\u015f\u0131k"),  # Turkish: a capital without a dot, and a small letter without one
        ("\u0130pek", "ipek"),
        ("\u0410nn", "Ann"),  # a Cyrillic A
        ("НИНА", "Нина"),
        ("Roe, Ann", "ann  roe"),
        ("Zoë", unicodedata.normalize("NFD", "ZOË")),
        ("علی\u200cرضا", "علیرضا"),
    ],
)
def test_two_spellings_of_a_name_are_one(one, other):
    assert clean.name_key(one) == clean.name_key(other)


@pytest.mark.parametrize(
    ("one", "other", "may_be"), [("Ann Roe", "Roe-Smith, Ann", True), ("Ann Roe", "Bob Poe", False)]
)
def test_names_of_one_person_share_a_word(one, other, may_be):
    assert clean.share_a_word(one, other) is may_be


@pytest.mark.parametrize(
    ("one", "other", "are_alike"),
    [
        ("Zoë Ångström", "Zoe Angstrom", True),
        ("Roe Ann", "Ann Roe", True),
        ("Łukasz Øster", "lukasz oster", True),
        ("Anne-Marie", "Anne Marie", True),
        ("Jörg Müller", "Joerg Mueller", True),
        ("Søren Bjørn Aå", "Soeren Bjoern Aa", True),
        ("Ann Roe", "Ann Rae", False),
        ("Иван Петров", "Иван Петрова", False),
    ],
)
def test_names_that_may_be_one_persons_are_alike(one, other, are_alike):
    assert (clean.likeness(one) == clean.likeness(other)) is are_alike
