"""The quick `{% url %}` says what Django's says."""

import pytest
from django.template import Context, Template
from django.test import RequestFactory, override_settings
from django.urls import NoReverseMatch, reverse, set_script_prefix

from salesagent.templatetags.ui import plain_fields, with_query


def render(text: str, **values: object) -> str:
    return Template(text).render(Context(values))


@pytest.mark.parametrize(
    ("tag", "values", "expected"),
    [
        ("{% url 'leads:list' %}", {}, "/leads/"),
        ("{% url 'leads:detail' pk %}", {"pk": 7}, "/leads/7/"),
        ("{% url 'leads:detail' pk %}", {"pk": "8"}, "/leads/8/"),
        ("{% url name pk %}", {"name": "leads:detail", "pk": 9}, "/leads/9/"),
        ("{% url 'leads:detail' pk=pk %}", {"pk": 10}, "/leads/10/"),
        ("{% url 'leads:list' as there %}[{{ there }}]", {}, "[/leads/]"),
        ("{% url 'leads:form' 'a&b' as there %}[{{ there }}]", {}, "[]"),
    ],
)
def test_urls(tag: str, values: dict[str, object], expected: str) -> None:
    assert render(tag, **values) == expected
    assert render(tag, **values) == expected  # the second time from memory


@pytest.mark.parametrize("tag", ["{% url 'leads:nothing' %}", "{% url 'leads:list' 5 %}"])
def test_no_such_url(tag: str) -> None:
    with pytest.raises(NoReverseMatch):
        render(tag)


def test_a_negative_number_has_no_url() -> None:
    with pytest.raises(NoReverseMatch):
        render("{% url 'leads:detail' pk %}", pk=-1)


def test_the_script_prefix_counts() -> None:
    render("{% url 'leads:detail' 3 %}")
    set_script_prefix("/under/")
    try:
        assert render("{% url 'leads:detail' 3 %}") == "/under/leads/3/"
    finally:
        set_script_prefix("/")
    assert render("{% url 'leads:detail' 3 %}") == "/leads/3/"


def test_other_urls_are_not_mixed_up() -> None:
    assert render("{% url 'leads:list' %}") == reverse("leads:list")
    with override_settings(ROOT_URLCONF="salesagent.accounts.urls"), pytest.raises(NoReverseMatch):
        render("{% url 'leads:list' %}")


@pytest.mark.parametrize(
    ("query", "changes", "expected"),
    [
        ("", {"sort": "name"}, "?sort=name"),
        ("sort=score&tag=a&tag=b%20c", {"sort": "name"}, "?tag=a&tag=b+c&sort=name"),
        ("after=x&q=%C3%A9%26", {"after": None}, "?q=%C3%A9%26"),
        ("after=x", {"after": ""}, "?"),
    ],
)
def test_the_query_of_the_page(query: str, changes: dict[str, object], expected: str) -> None:
    request = RequestFactory().get(f"/leads/?{query}")
    assert with_query({"request": request}, **changes) == expected


def test_a_frame_is_read_in_plain_words() -> None:
    assert plain_fields("Still the same at {{company|your company}}?").endswith("your company?")
    assert plain_fields("For {{first_name}}, {{ odd") == "For [first name], {{ odd"
