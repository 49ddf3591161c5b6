"""The report about mail."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from analytics import email_page, report_page


@require_safe
def email(request: HttpRequest) -> HttpResponse:
    found = report_page.frame(request, "email")
    tables = {
        "weeks": lambda: email_page.weeks_csv(found),
        "texts": lambda: email_page.texts_csv(found),
        "mailboxes": lambda: email_page.boxes_csv(found),
    }
    context = {} if "csv" in request.GET else email_page.context(found)
    return report_page.show(request, found, "analytics/email.html", context, tables)
