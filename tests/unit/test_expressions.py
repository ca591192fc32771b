"""Expressions from strangers: bounded before they are parsed, and never more than a fault."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brinkmanship.lang import nodes
from brinkmanship.lang.parse import MAX_LENGTH, MAX_TREE, ExpressionFault, parse
from brinkmanship.lang.resolve import Scope, Symbol, Typed, resolve, total

QUICK = settings(max_examples=300, deadline=None, derandomize=True, database=None)


def reference(function, name, more):
    raise ExpressionFault(f"there is no `{name}`")


SCOPE = Scope(
    {
        "tension": Symbol("quantity"),
        "grievance": Symbol("quantity", over=("actors", "actors")),
        "at_war": Symbol("quantity", "flag", ()),
        "posture": Symbol("quantity", "rung", (), levels=("normal", "war")),
        "oil": Symbol("quantity", unit=(("barrel", -1), ("usd", 1))),
        "troops": Symbol("quantity", unit=(("troops", 1),)),
    },
    {"actors": ("blue", "red")},
    nodes.Number,
    reference,
)


def faults(text, want="number"):
    return [(each.message, each.at) for each in resolve(text, SCOPE, want)[1]]


@pytest.mark.parametrize(
    "text",
    [
        "1 +",
        "(1",
        "1)",
        "a.b",
        "().__class__.__bases__",
        "__import__('os').system('true')",
        "lambda: 1",
        "[1]",
        "{1}",
        "{1: 2}",
        "(1, 2)",
        "f'{a}'",
        "a := 1",
        "(a := 1)",
        "a if b",
        "*a",
        "min(*a)",
        "min(a=1, b=2)",
        "a[1:2]",
        "a @ b",
        "a // b",
        "a % b",
        "a ^ b",
        "~a",
        "a is b",
        "a in b",
        "1j",
        "...",
        "b'x'",
        "1e400",
        "await a",
        "yield",
        "sum(x for x in s for y in t)",
        "sum(x for x in s if a if b)",
        "sum(x for x, y in s)",
        "sum(x for x in [1])",
        "sum(1)",
        "x for x in s",
        "a; b",
        "a = b",
        "",
        "   ",
        "\x00",
        "é",
        "a\u202eb",
        "\ud800",
        "print(1)",
    ],
)
def test_what_is_not_in_the_language(text):
    with pytest.raises(ExpressionFault) as caught:
        parse(text)
    assert caught.value.message
    assert 0 <= caught.value.at <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "1" * (MAX_LENGTH + 1),
        "9" * MAX_LENGTH,
        "(" * 1_000 + "1" + ")" * 900,
        "-" * 499 + "1",
        "not " * 499 + "1",
        "+".join("1" * 250),
        "**".join("2" * 250),
        "1 if 1 else " * 120 + "1",
        "a[" * 120 + "1" + "]" * 120,
        "abs(" * 120 + "1" + ")" * 120,
        '(")",' * 200,
        '("(",' * 39 + "1",
        "a < " * 240 + "a",
        "1 and " * 240 + "1",
        "lambda: " * 240 + "1",
    ],
)
def test_bounds(text):
    began = time.perf_counter()
    try:
        resolve(text, SCOPE)
    except Exception as error:
        pytest.fail(repr(error))
    assert time.perf_counter() - began < 0.5


def test_the_deepest_expression_that_is_read_can_be_resolved():
    typed, found = resolve("-" * (MAX_TREE - 3) + "tension", SCOPE)
    assert found == []
    assert len(list(nodes.walk(typed.node))) == MAX_TREE - 2


@pytest.mark.parametrize(
    "text, message, at",
    [
        ("tenson", "`tenson` is not declared", 0),
        ("1 + tenson", "`tenson` is not declared", 4),
        ("  1 +\n  tenson", "`tenson` is not declared", 8),
        ("grievance[red]", "`grievance` takes 2 names as index, and 1 stands here", 0),
        ("grievance[red, bleu]", "`bleu` is no member of `actors`", 15),
        ("grievance[1, red]", "a member of `actors` is wanted here", 10),
        ("tension[red]", "`tension` is one number and takes no index", 0),
        ("oil + troops", "units clash: usd/barrel and troops", 6),
        ("1 if oil > troops else 2", "units clash: usd/barrel and troops", 11),
        ("red", "a member of a set is no number", 0),
        ("1 if posture == wor else 0", "`wor` is none of the levels", 16),
        ("poisson(1)", "`poisson` is random, which is not allowed here", 0),
        ("sum(1 for i in actor)", "there is no set `actor`", 0),
        ("sum(tenson for i in actors)", "`tenson` is not declared", 4),
        ("exp(oil)", "`exp` takes a plain number, and this is usd/barrel", 4),
        ("days_since(strike)", "there is no `strike`", 11),
        ("days_since(a, b, c)", "`days_since` takes 2 names, and 3 stand here", 0),
        ("'text'", "text has no value here", 0),
    ],
)
def test_faults_say_what_and_where(text, message, at):
    assert (message, at) in faults(text)


def test_all_faults_of_an_expression_at_once():
    assert [message for message, _ in faults("tenson + grievance[red] + oyl")] == [
        "`tenson` is not declared",
        "`grievance` takes 2 names as index, and 1 stands here",
        "`oyl` is not declared",
    ]


def test_a_number_is_no_condition_and_a_flag_is_one():
    assert faults("tension", "condition") == [("a number is no condition", 0)]
    assert faults("at_war and tension > 1", "condition") == []


@pytest.mark.parametrize("count", [0, 1, 2, 32, 33, 1_000])
def test_a_long_sum_is_complete_and_not_deep(count):
    whole = total([nodes.Slot(f"x{n}") for n in range(count)])
    assert len(nodes.slots_read(whole)) == count

    def depth(node):
        return 1 + max(map(depth, nodes.children(node)), default=0)

    assert depth(whole) <= 45


WORDS = st.sampled_from(
    [
        "tension",
        "grievance",
        "at_war",
        "posture",
        "oil",
        "actors",
        "red",
        "blue",
        "normal",
        "war",
        "day",
        "0",
        "1",
        "2.5",
        "1e9",
        "1e-9",
        "1e400",
        "(",
        ")",
        "[",
        "]",
        ",",
        "+",
        "-",
        "*",
        "/",
        "**",
        "<",
        "<=",
        "==",
        "!=",
        ">",
        "and",
        "or",
        "not",
        "if",
        "else",
        "for",
        "in",
        "sum",
        "any",
        "all",
        "min",
        "max",
        "clip",
        "where",
        "exp",
        "log",
        "abs",
        "poisson",
        "normal(",
        "days_since(",
        "date(",
        "belief(",
        "share(",
        '"',
        "'",
        ".",
        ":",
        ";",
        "=",
        "%",
        "^",
        "&",
        "|",
        "~",
        "@",
        "lambda",
        "True",
        "None",
        "__class__",
        "\\",
        "é",
    ]
)


@QUICK
@given(st.lists(WORDS, max_size=40).map(" ".join))
def test_words_at_random(text):
    typed, found = resolve(text, SCOPE)
    assert isinstance(typed, Typed)
    assert all(0 <= each.at <= max(1, len(text)) for each in found)


@QUICK
@given(st.text(st.sampled_from([chr(n) for n in range(0x180)]), max_size=80))
def test_text_at_random(text):
    assert isinstance(resolve(text, SCOPE, "condition")[0], Typed)
