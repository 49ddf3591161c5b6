"""The page that every other page is measured against: signed in, the product's shell, one query.

Served only with BENCH=1. `bare` is the same query without the shell.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from leads.models import Lead


def one_query(request: HttpRequest) -> HttpResponse:
    lead = Lead.objects.only("first_name", "last_name").order_by("pk").first()
    return render(request, "bench/one_query.html", {"lead": lead})


def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(Lead.objects.only("first_name", "last_name").order_by("pk").first()))


app_name = "bench"
urlpatterns = [path("one/", one_query, name="one"), path("bare/", bare, name="bare")]
