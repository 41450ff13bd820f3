"""The back office of accounts, for administrators: who has one, what they were given, and what they have proven.

Credentials are nobody's to look at. Who lost their second factor is helped by
`manage.py forget_second_factor ADDRESS`.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.contrib.auth.password_validation import validate_password
from django.db.models import ManyToManyField
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from course_admin.back_office.audited_admin import AuditedAdmin, SettingsForm
from course_admin.back_office.scoped_admin import DELETED
from course_admin.courses.requests import LoggedInRequest
from course_admin.identity.models import ProvenIdentity, User
from course_admin.identity.proven.proofs import detach


class UserForm(SettingsForm):
    """An account, and a new password for it."""

    new_password = forms.CharField(
        label=_("New password"),
        required=False,
        widget=forms.PasswordInput,
        help_text=_("Empty: it stays as it is, or there is none."),
    )

    def clean_new_password(self) -> str:
        """Refuse a weak one."""
        given: str = self.cleaned_data["new_password"]
        if given:
            validate_password(given, self.instance)
        return given

    def save(self, commit: bool = True) -> Any:
        """Set the password that was given; a new account without one logs in elsewhere."""
        user = super().save(commit=False)
        given = self.cleaned_data["new_password"]
        if given:
            user.set_password(given)
            user.credential_set_at = timezone.now()
        elif user.pk is None:
            user.set_unusable_password()
        return user


@admin.register(User)
class UserAdmin(AuditedAdmin):
    """Accounts; nobody else makes or changes one."""

    form = UserForm
    fields = ["email", "name", "is_active", "is_staff", "is_superuser", "user_permissions", "new_password"]
    lookups = ()
    list_display = ["__str__", "email", "is_active", "is_staff", "is_superuser"]
    list_filter = ["is_active", "is_staff", "is_superuser"]
    search_fields = ["name", "email"]
    filter_horizontal = ["user_permissions"]

    def formfield_for_manytomany(self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer what an account can be given: to look, and nothing else."""
        ours = Permission.objects.filter(codename__startswith="view_").exclude(content_type__app_label="admin")
        return super().formfield_for_manytomany(
            db_field, request, **{**kwargs, "queryset": ours.select_related("content_type")}
        )


@admin.register(ProvenIdentity)
class ProvenIdentityAdmin(AuditedAdmin):
    """What owners of accounts have proven: to look at, and to detach."""

    fields = ["account", "kind", "issuer", "label", "proven_at"]
    lookups = ()
    list_display = ["label", "kind", "account", "proven_at"]
    list_filter = ["kind"]
    list_select_related = ["account"]
    search_fields = ["label", "account__name", "account__email"]

    def delete_model(self, request: LoggedInRequest, obj: ProvenIdentity) -> None:
        """Detach it, with an event."""
        detach(identity=obj, actor=request.user, at=timezone.now(), reason=DELETED)
