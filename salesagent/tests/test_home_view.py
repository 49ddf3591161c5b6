from django.test import Client
from django.urls import reverse


def test_the_bare_address_leads_to_today(as_user, rep):
    response = as_user(rep).get("/")
    assert response.status_code == 302
    assert response.headers["Location"] == reverse("outreach:today")


def test_the_bare_address_asks_a_stranger_to_sign_in(client, db):
    response = client.get("/", follow=True)
    assert response.status_code == 200
    assert b"Sign in" in response.content


def test_a_wrong_address_shows_a_page_with_a_way_on(as_user, rep):
    response = as_user(rep).get("/leads/999999/")
    assert response.status_code == 404
    assert b"There is nothing here" in response.content
    assert b'href="/"' in response.content


def test_an_old_form_says_that_nothing_was_saved(workspace):
    response = Client(enforce_csrf_checks=True).post(reverse("accounts:login"), {"username": "a"})
    assert response.status_code == 403
    assert b"Nothing was saved" in response.content
