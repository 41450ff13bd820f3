"""The form that takes a suite."""

from pathlib import Path
from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import SuiteVersion
from course_admin.assignments.suites.versions import register_suite, register_upload
from grader.errors import SuiteError

UPLOAD_BYTES = 20 << 20


class SuiteForm(forms.ModelForm):
    """A suite to keep: a folder beside the others, or an upload."""

    folder = forms.ChoiceField(
        required=False, choices=[], help_text=_("A suite that lies in the suites' folder."), label=_("Folder")
    )
    upload = forms.FileField(
        required=False,
        help_text=_("Or a zip or tar file with one folder: the suite, its mutants, its reference."),
        label=_("Upload"),
    )

    class Meta:
        model = SuiteVersion
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = sorted(path.parent.name for path in Path(settings.ASSAY_SUITES).glob("*/suite.toml"))
        folder = cast(forms.ChoiceField, self.fields["folder"])
        folder.choices = [("", "---------"), *((name, name) for name in found)]

    def clean(self) -> dict[str, Any]:
        """Keep the suite, or say what is wrong with it: only what can be used becomes a version."""
        super().clean()
        cleaned = self.cleaned_data
        if self.errors:
            return cleaned
        folder, upload = cleaned["folder"], cleaned["upload"]
        if bool(folder) == bool(upload):
            raise forms.ValidationError(gettext("Choose a folder, or upload a file: one of the two."))
        try:
            if folder:
                self.instance = register_suite(name=folder, at=timezone.now())
            else:
                self.instance = register_upload(data=upload.read(UPLOAD_BYTES + 1), at=timezone.now())
        except SuiteError as problem:
            raise forms.ValidationError(
                gettext("The suite cannot be used: {problem}").format(problem=problem)
            ) from problem
        return cleaned

    def _post_clean(self) -> None:
        """Leave the stored version as it is: nothing of the form is one of its fields."""
