"""Numbers with decimals are typed with a comma or a point, and shown with the reader's own mark."""

from decimal import Decimal

import pytest
from django import forms
from django.contrib import admin
from django.db.models import DecimalField
from django.forms import ValidationError
from django.test import RequestFactory
from django.utils import translation

from course_admin.assignments.wizard.forms import BasicsForm
from course_admin.pages.number_fields import TypedDecimalField
from tests.course_admin.languages.test_forms import own_forms
from tests.factories import make_course, make_user


class Form(forms.Form):
    points = TypedDecimalField(max_digits=7, decimal_places=2)


@pytest.mark.parametrize("typed", ["0,5", "0.5", " 0,50 "])
@pytest.mark.parametrize("language", ["en-gb", "de"])
def test_a_comma_is_a_point(typed, language):
    with translation.override(language):
        assert TypedDecimalField().clean(typed) == Decimal("0.5")


@pytest.mark.parametrize("typed", ["1.000,5", "1,000.5", "half", "0,123"])
def test_what_could_be_two_numbers_is_none(typed):
    with pytest.raises(ValidationError):
        TypedDecimalField(max_digits=7, decimal_places=2).clean(typed)


@pytest.mark.parametrize(("language", "shown"), [("en-gb", 'value="0.50"'), ("de", 'value="0,50"')])
def test_a_stored_number_is_shown_as_its_reader_writes_it_and_is_no_change(language, shown):
    with translation.override(language):
        initial = {"points": Decimal("0.50")}
        assert shown in str(Form(initial=initial)["points"])
        assert not Form({"points": shown[7:-1]}, initial=initial).has_changed()
        assert 'value="0,x"' in str(Form({"points": "0,x"})["points"])


def test_every_form_takes_both(db):
    request = RequestFactory().get("/")
    request.user = make_user("root", is_superuser=True, is_staff=True)
    fields = {
        (model.__name__, field.name): page.formfield_for_dbfield(field, request)
        for model, page in admin.site._registry.items()
        for field in model._meta.concrete_fields
        if isinstance(field, DecimalField)
    }
    for form in own_forms():
        numbers = {name: each for name, each in form.base_fields.items() if isinstance(each, forms.DecimalField)}
        fields |= {(form.__name__, name): each for name, each in numbers.items()}
    assert {("Assignment", "late_percent"), ("PointsForm", "points"), ("RulesForm", "late_percent")} <= set(fields)
    assert [where for where, field in fields.items() if not isinstance(field, TypedDecimalField)] == []
    assert isinstance(BasicsForm(make_course()).fields["points"], TypedDecimalField)
