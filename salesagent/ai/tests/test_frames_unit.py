"""Filling a frame: the closed syntax, and everything that must stay plain text."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesagent.ai.base import Brief
from salesagent.ai.frames import FRAME_LIMIT, RESULT_LIMIT, fill, names, own_fallbacks, strange
from salesagent.ai.offline import TemplateWriter

FIELDS = {"first_name": "Marta", "city": "", "sender_signature": "Jonas\nHalden"}

# from the probes on template engines: each one did harm in one of them
PAYLOADS = [
    "{{ lead.owner.password }}",
    "{{ lead.delete }}",
    "{{ first_name.upper }}",
    "{{first_name.__class__.__mro__}}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ 7*7 }}",
    "{{ 'a'*400000000 }}",
    "{{ request }}",
    "{{ settings.SECRET_KEY }}",
    "{% load static %}",
    "{% include '/etc/passwd' %}",
    "{% for x in range(10**9) %}x{% endfor %}",
    "{% debug %}",
    "{# comment #}",
    "{0.__class__}",
    "{first_name}",
    "{first_name!r}",
    "{lead.owner.password}",
    "%(first_name)s",
    "${first_name}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "{{snippet:../../etc}}",
    "{{FIRST_NAME}}",
    "{{first_name",
    "{{ first_name | there | x }}",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payloads_stay_as_they_are_and_are_reported(payload: str) -> None:
    result = fill(f"Hi {payload} bye", FIELDS)
    assert result.text == f"Hi {payload} bye"
    assert result.missing or payload == "#{7*7}"


@pytest.mark.parametrize(
    ("frame", "text", "missing"),
    [
        ("Hi {{first_name}}", "Hi Marta", []),
        ("Hi {{ first_name }}", "Hi Marta", []),
        ("Hi {{first_name|there}}", "Hi Marta", []),
        ("In {{city|your area}}", "In your area", []),
        ("In {{city}}", "In {{city}}", ["city"]),
        ("In {{city|}}", "In {{city|}}", ["city"]),
        ("In {{town|somewhere}}", "In {{town|somewhere}}", ["town"]),
        ("{{city}} {{city}}", "{{city}} {{city}}", ["city"]),
        ("{{snippet:hello}}!", "Good day Marta!", []),
        ("{{snippet:nested}}", "{{snippet:hello}}", ["snippet:hello"]),
        ("{{snippet:none}}", "{{snippet:none}}", ["snippet:none"]),
        ("{{{first_name}}}", "{Marta}", []),
    ],
)
def test_the_syntax(frame: str, text: str, missing: list[str]) -> None:
    snippets = {"hello": "Good day {{first_name}}", "nested": "{{snippet:hello}}"}
    result = fill(frame, FIELDS, snippets)
    assert (result.text, result.missing) == (text, missing)


def test_a_filter_is_only_a_fallback() -> None:
    frame = "{{ first_name|center:'400000000' }} {{ city|center:'9' }}"
    assert fill(frame, FIELDS).text == "Marta center:'9'"


def test_the_fields_own_fallback_comes_last() -> None:
    assert fill("{{city}}", FIELDS, {}, {"city": "your area"}).text == "your area"
    assert fill("{{city|here}}", FIELDS, {}, {"city": "your area"}).text == "here"


def test_values_are_inserted_never_read() -> None:
    fields = {"first_name": "{{sender_phone}} {% debug %}", "sender_phone": "secret"}
    assert fill("{{first_name}}", fields).text == "{{sender_phone}} {% debug %}"


def test_values_are_cleaned_capped_and_on_one_line() -> None:
    fields = {"first_name": "Ma\x00rta\r\nBcc: all@x.example\u202e", "city": "x" * 5000}
    result = fill("{{first_name}}|{{city}}", fields).text
    assert result.startswith("Marta Bcc: all@x.example|")
    assert result.count("x") < 310
    assert "\n" not in result and "\u202e" not in result


def test_the_signature_keeps_its_lines() -> None:
    assert fill("{{sender_signature}}", FIELDS).text == "Jonas\nHalden"


def test_names_and_fallbacks_are_found() -> None:
    frame = "{{first_name|there}} {{city}} {{first_name}} {{snippet:hello}}"
    assert names(frame) == ["first_name", "city", "snippet:hello"]
    assert own_fallbacks(frame) == {"first_name": "there"}
    assert strange("a {b} {{c.d}} {{first_name}}") == ["{b}", "{{c.d}}"]


def test_sizes_are_capped() -> None:
    big = fill("{{a}}" * 2000, {"a": "x" * 300})
    assert len(big.text) <= RESULT_LIMIT
    assert len(fill("y" * 100_000, {}).text) == FRAME_LIMIT


@pytest.mark.parametrize("piece", ["{", "{{", "{{a", "{{a|", "{%", "${", "%(", "}}", "{{ a |b}} "])
def test_time_is_linear(piece: str) -> None:
    started = time.perf_counter()
    fill(piece * (FRAME_LIMIT // len(piece)), {"a": "x"}, {"s": piece * 500})
    assert time.perf_counter() - started < 0.5


@settings(max_examples=300, deadline=None)
@given(
    st.text(alphabet=st.sampled_from("{}|%$#()ab_ :\n'\".\\<>é"), max_size=300),
    st.dictionaries(st.sampled_from(["a", "b", "ab"]), st.text(max_size=50)),
)
def test_never_raises_and_reports_each_hole(frame: str, fields: dict[str, str]) -> None:
    result = fill(frame, fields, {"a": frame})
    assert len(result.text) <= RESULT_LIMIT
    assert len(result.missing) == len(set(result.missing))


def test_the_template_writer_fills_a_brief() -> None:
    brief = Brief("email", "For {{city}}\n", "Hi {{first_name}},\n\nx  ", FIELDS, {"city": "you"})
    draft = TemplateWriter().draft(brief)
    assert (draft.subject, draft.body) == ("For you", "Hi Marta,\n\nx")
    assert (draft.writer, draft.missing) == ("template", [])
    assert TemplateWriter().draft(Brief("email", "{{x}}", "{{y}}", {})).missing == ["x", "y"]
