"""Names of fields go through gettext: one that is made from a variable's name is in English for ever."""

import importlib
import pkgutil

from django import forms
from django.utils.functional import Promise

import course_admin

EXTRA = "course_admin.identity.saml"  # its packages need not be here
NOT_SHOWN = (forms.HiddenInput,)
PROPER_NAMES = {"Canvas", "ID", "assignments.json"}  # the same in every language
#: Fields without a name beside them: a button's own figures; one that its template names.
NAMELESS = {("ShownForm", "preview"), ("ShownForm", "seen"), ("PatientForm", "username")}


def _all(base: type) -> list[type]:
    return [each for sub in base.__subclasses__() for each in (sub, *_all(sub))]


def own_forms() -> list[type[forms.BaseForm]]:
    """Return every form that the project's modules define."""
    for module in pkgutil.walk_packages(course_admin.__path__, "course_admin."):
        if not module.name.startswith(("course_admin.settings", "course_admin.demo", "course_admin.wsgi", EXTRA)):
            importlib.import_module(module.name)
    found = {each for each in _all(forms.BaseForm) if each.__module__.startswith("course_admin.")}
    return sorted(found, key=lambda each: (each.__module__, each.__qualname__))


def _is_named(form: type[forms.BaseForm], name: str, field: forms.Field) -> bool:
    is_without = isinstance(field.widget, NOT_SHOWN) or (form.__name__, name) in NAMELESS
    return is_without or isinstance(field.label, Promise) or field.label in PROPER_NAMES


def unnamed(form: type[forms.BaseForm]) -> list[str]:
    """Return the fields whose name is in one language alone."""
    return [name for name, field in form.base_fields.items() if not _is_named(form, name, field)]


def test_every_field_has_a_name_that_is_translated():
    assert {f"{form.__module__}.{form.__qualname__}": unnamed(form) for form in own_forms() if unnamed(form)} == {}


def test_a_field_without_a_name_of_its_own_is_found():
    class Nameless(forms.Form):
        due_at = forms.DateField()
        why = forms.CharField(label="Why")

    assert unnamed(Nameless) == ["due_at", "why"]
    assert len(own_forms()) > 10
