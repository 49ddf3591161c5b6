"""Filling a frame: the closed syntax, and everything that must stay plain text."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesagent.ai.base import Brief
from salesagent.ai.frames import (
    FRAME_LIMIT,
    RESULT_LIMIT,
    fill,
    names,
    needed,
    own_fallbacks,
    strange,
)
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


@pytest.mark.parametrize(
    ("frame", "text", "missing"),
    [
        ("Hi {{first_name}}[[ in {{city}}]].", "Hi Marta.", []),
        ("Hi [[from {{city}}]] {{first_name}}.", "Hi Marta.", []),
        ("Hi [[dear {{first_name}}]].", "Hi dear Marta.", []),
        ("A.\n\n[[You are in {{city}}.]]\n\nB.", "A.\n\nB.", []),
        ("A.\n[[You are in {{city}}.]]\nB.", "A.\nB.", []),
        ("[[In {{city}}]] we", "we", []),
        ("We [[in {{city}}]]", "We", []),
        ("A [[{{city}}]] [[{{city}}]] B", "A B", []),
        ("[[In {{city|your area}}]] we", "In your area we", []),
        ("[[In {{city}}||Near you]] we", "Near you we", []),
        ("[[One||Two]] we", "One we", []),
        ("[[{{citty}}]]", "{{citty}}", ["citty"]),
        ("[[plain]] [a] [[b", "[[plain]] [a] [[b", []),
        (
            "[[{{snippet:proof}}]] [[{{snippet:gone}}]]",
            "We did it. {{snippet:gone}}",
            ["snippet:gone"],
        ),
        ("x\x00y", "xy", []),
    ],
)
def test_a_part_without_its_fact_is_left_out(frame: str, text: str, missing: list[str]) -> None:
    found = fill(frame, FIELDS, {"proof": "We did it."}, {"city": "your city"})
    assert (found.text.strip(), found.missing) == (text, missing)


def test_a_value_cannot_make_a_part() -> None:
    evil = {"first_name": "[[x||y]] {{city}} ]] [[", "city": "Odense"}
    assert fill("Hi {{first_name}}", evil).text == "Hi [[x||y]] {{city}} ]] [["
    assert fill("[[Hi {{first_name}}]]!", evil).text == "Hi [[x||y]] {{city}} ]] [[!"


def test_wordings_take_turns_and_stay_with_a_lead() -> None:
    frame = "[[Good morning||Hello||Hi]] {{first_name}}, [[a||b]] [[c||d]]"
    found = {fill(frame, FIELDS, seed=seed).text for seed in range(0, 2**20, 7919)}
    assert len(found) > 6
    assert fill(frame, FIELDS, seed=99).text == fill(frame, FIELDS, seed=99).text
    assert TemplateWriter().draft(Brief("email", "", frame, FIELDS, seed=99)).body in found | {
        fill(frame, FIELDS, seed=99).text
    }


def test_only_fields_outside_of_parts_are_needed() -> None:
    frame = "{{first_name}} [[in {{city}}]] [[{{trade}}||you]]"
    assert (needed(frame), names(frame)) == (["first_name"], ["first_name", "city", "trade"])


@pytest.mark.parametrize("piece", ["[[", "[[{{city}}", "[[a||b]]", "]][[", "[a", "[[{{city}}]] "])
def test_parts_cost_linear_time(piece: str) -> None:
    started = time.perf_counter()
    fill(piece * (65_536 // len(piece)), FIELDS)
    assert time.perf_counter() - started < 0.5


@given(st.text(alphabet="[]|{}a \n\x00city", max_size=300), st.integers(0, 2**32))
@settings(max_examples=200)
def test_parts_never_raise(frame: str, seed: int) -> None:
    assert "\x00" not in fill(frame, FIELDS, seed=seed).text
