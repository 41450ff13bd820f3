"""Forms as our own pages show them: a label is the name of its field, without a colon; the back office has Django's own."""

from django.forms.renderers import DjangoTemplates


class PlainLabels(DjangoTemplates):
    """Renders the fields of forms by our own template."""

    field_template_name = "components/form_field.html"
