"""Pages of receipts: one attempt's, for who may see it; the public key and the check of a receipt, for everybody."""

import base64

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from course_admin.policy import Action, allowed, viewer
from course_admin.submissions.models import Attempt
from course_admin.submissions.receipts.issue import check, public_key, receipt_of
from grader.client.receipt import RECEIPT_BYTES, BadReceipt, Receipt


class ReceiptForm(forms.Form):
    """A receipt, as its file."""

    file = forms.FileField(label=_("Receipt"), help_text=_("The JSON file that the page of an attempt offers."))


@require_safe
@login_required
@never_cache
def receipt(request: HttpRequest, public_id: str) -> HttpResponse:
    """Return the receipt of an attempt as a file; somebody else's does not exist."""
    attempts = allowed(viewer(request), Action.SEE_WORK, Attempt.objects.with_names())
    found = get_object_or_404(attempts, public_id=public_id)
    text = receipt_of(found, request.build_absolute_uri("/").rstrip("/"))
    headers = {"Content-Disposition": f'attachment; filename="receipt-{found.public_id}.json"'}
    return HttpResponse(text, content_type="application/json", headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
def receipt_check(request: HttpRequest) -> HttpResponse:
    """Say whether a receipt is ours and unchanged, and what it says."""
    form = ReceiptForm(request.POST or None, request.FILES or None)
    checked: Receipt | None = None
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            checked = check(form.cleaned_data["file"].read(RECEIPT_BYTES + 1))
        except BadReceipt as problem:
            refusal = str(problem)
    shown = {"form": form, "checked": checked, "refusal": refusal, "key": base64.b64encode(public_key()).decode()}
    return render(request, "submissions/receipt_check.html", shown)
