"""The query language: text to tree, tree to text, and errors with their place."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglama_core.errors import QueryError
from loglama_core.query.parser import parse_query
from loglama_core.query.query_text import query_text
from loglama_core.query.tree import And, Compare, HasField, Node, Not, Or, Pattern, Text, TimeRange

NOW_NS = 1_790_000_000_000_000_000


def parse(text: str) -> Node | None:
    return parse_query(text, now_ns=NOW_NS, zone=UTC)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", None),
        ("  \n ", None),
        ("timeout redis", And((Text("timeout"), Text("redis")))),
        ('"connection reset"', Text("connection reset")),
        (r'"a \"b\" \\ \n"', Text(r'a "b" \ \n')),
        ("-healthcheck  NOT x", And((Not(Text("healthcheck")), Not(Text("x"))))),
        ("a OR b c", Or((Text("a"), And((Text("b"), Text("c")))))),
        ("a AND b", And((Text("a"), Text("b")))),
        ("(a OR b) c", And((Or((Text("a"), Text("b"))), Text("c")))),
        ("-(a b)", Not(And((Text("a"), Text("b"))))),
        ("NOT (a OR -b)", Not(Or((Text("a"), Not(Text("b")))))),
        ("level:error", Compare("level", ":", ("error",))),
        ("level>=warning", Compare("level", ">=", ("warning",))),
        ("service:weblama,apilama", Compare("service", ":", ("weblama", "apilama"))),
        ("logger:app.*", Compare("logger", ":", ("app.*",))),
        ("status:500", Compare("status", ":", ("500",))),
        ("status>=400", Compare("status", ">=", ("400",))),
        ("duration_ms>250.5", Compare("duration_ms", ">", ("250.5",))),
        ("x<-1", Compare("x", "<", ("-1",))),
        ('version>="1.2.0"', Compare("version", ">=", ("1.2.0",))),
        ('user.name:"Ann Lee"', Compare("user.name", ":", ("Ann Lee",))),
        ('a:"x, y",z', Compare("a", ":", ("x, y", "z"))),
        ('a:"2*3"', Compare("a", ":", (r"2\*3",))),
        ('a:""', Compare("a", ":", ("",))),
        ("trace_id:*", HasField("trace_id")),
        ("-trace_id:*", Not(HasField("trace_id"))),
        ("request_id:892f*", Compare("request_id", ":", ("892f*",))),
        ('~"time(d)? ?out"', Pattern("time(d)? ?out")),
        ('message~"^GET"', Pattern("^GET", "message")),
        ('path~"/v[12]/\\d+"', Pattern(r"/v[12]/\d+", "path")),
        (r'~"say \"hi\" \\ "', Pattern(r'say "hi" \\ ')),
        ("since:15m", TimeRange(since_ns=NOW_NS - 900 * 10**9)),
        ('until:"2026-11-01 12:00"', TimeRange(until_ns=1_793_534_400 * 10**9)),
        ("source:logs/weblama.log", Compare("source", ":", ("logs/weblama.log",))),
        ("path:/api/v1", Compare("path", ":", ("/api/v1",))),
        ("id:123", Compare("id", ":", ("123",))),
        ("(level:error OR status:500)", Or((Compare("level", ":", ("error",)), Compare("status", ":", ("500",))))),
    ],
)
def test_the_language(text: str, tree: Node | None) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    "text",
    [
        "/api/v1/items", "http://x/y?z=1", 'https://h:8080/a(b)?q="x"', "[error]", "10.0.0.1", "10.0.0.1:8080", "a=b",
        "app.http.server", "12:03:41.204", "main()", "foo(bar)", "std::string", r"C:\Users\x", "c:/users", "app.py:12",
        "a->b", "List<String>", '{"status":500,"a":"b"}', '"status":500', "ERROR:root:broken", "-", "--verbose", "->",
        "~/logs", "foo)", "()", "...", "50%", "x_y", "#1", "a,b", "*", ":", "user@host", "NOTE", "or", "=>", "<tag>",
    ],
)  # fmt: skip
def test_pasted_text_is_found_as_it_stands(text: str) -> None:
    assert parse(text) == Text(text)
    assert parse(f"{text} level:error") == And((Text(text), Compare("level", ":", ("error",))))


def test_pasted_log_lines_are_texts() -> None:
    line = "2026-11-01 12:00:00,123 - app.http - ERROR - Error: connection refused by 10.0.0.1 url=http://x/y?z=1 [/b]"
    assert parse(line) == And(tuple(Text(word) for word in line.split()))


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ('find "abc', 5, "quote is not closed"),
        ("a (b c", 2, "parenthesis is not closed"),
        ("a OR", 4, "missing after OR"),
        ("OR a", 0, "missing before OR"),
        ("a OR OR b", 5, "missing after OR"),
        ("a NOT", 5, "missing after NOT"),
        ("( )", 2, "missing after ("),
        ("(a OR)", 5, "missing after OR"),
        ("level:", 6, "value is missing"),
        ("level: x", 6, "value is missing"),
        ("x status>=", 10, "value is missing"),
        ("level:loud", 6, "no level 'loud'"),
        ("since:soon", 6, "not a time"),
        ("id:x", 3, "whole number"),
        ('a ~"("', 3, "no regular expression"),
        ('""', 0, "nothing between the quotes"),
        ('message>"a"', 8, "no order"),
        ("a\ud800", 1, "not valid text"),
        ("x" * 10_001, 10_000, "characters"),
        ("x " * 201, 400, "more than 200 terms"),
        ("(" * 51, 50, "nested more than"),
    ],
)
def test_errors_point_at_their_column(text: str, column: int, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert said in caught.value.message
    assert caught.value.column == column
    assert caught.value.hint


FRAGMENTS = st.sampled_from(
    ["a", "b c", "level:error", "level", ":", ">=", "<", "~", '"', "\\", "(", ")", "-", " ", "OR", " NOT ", " AND ",
     ",", "*", "x:", "since:1h", "status:500", 'n:"a b"', '~"a"', "id:1", "/", ".", "ż", "\n", "\x00", "user.name:"]
)  # fmt: skip
QUERIES = st.one_of(st.text(max_size=40), st.lists(FRAGMENTS, max_size=12).map("".join))


@given(QUERIES)
def test_security_16_any_text_parses_or_names_a_column(text: str) -> None:
    error: QueryError | None = None
    tree: Node | None = None
    try:
        tree = parse(text)
    except QueryError as raised:
        error = raised
    assert error is None or (0 <= error.column <= len(text) and error.hint)
    assert parse(query_text(tree)) == tree


WORDS = st.text(min_size=1, max_size=12)
NAMES = st.sampled_from(["status", "user.name", "a", "level9", "Żółw", "service", "logger", "source", "message"])
LEAVES: st.SearchStrategy[Node] = st.one_of(
    WORDS.map(Text),
    st.builds(
        lambda name, values: Compare(name, ":", tuple(values)), NAMES, st.lists(WORDS, min_size=1, max_size=3)
    ).map(lambda compare: Compare(compare.field, ":", tuple(value.replace("*", r"\*") for value in compare.values))),
    st.builds(lambda name, value: Compare(name, ">=", (value,)), st.sampled_from(["status", "user.name"]), WORDS),
    NAMES.map(HasField),
    st.sampled_from([Pattern("^GET"), Pattern(r'\d+ "x"', "path"), Pattern(r"a\\b", "message")]),
    st.integers(-(2**63), 2**63 - 1).map(lambda moment: TimeRange(since_ns=moment)),
    st.integers(-(2**63), 2**63 - 1).map(lambda moment: TimeRange(until_ns=moment)),
    st.sampled_from(["error", "warn"]).map(lambda level: Compare("level", "<", (level,))),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=4).map(lambda nodes: And(tuple(nodes))),
        st.lists(inner, min_size=2, max_size=4).map(lambda nodes: Or(tuple(nodes))),
    ),
    max_leaves=12,
)


@given(TREES)
def test_printed_trees_are_read_back(tree: Node) -> None:
    assert parse(query_text(tree)) == tree


def test_trees_without_words_are_printed_as_the_nearest() -> None:
    assert query_text(Compare("a", "=", ("x*", "b c"))) == 'a:"x*","b c"'
    assert query_text(Compare("a", "!=", ("x",))) == '-a:"x"'
    assert query_text(TimeRange(0, 10**9)) == "since:1970-01-01T00:00:00Z until:1970-01-01T00:00:01Z"
    assert query_text(None) == ""


def test_terms_alone_import_neither_lark_nor_regex() -> None:
    code = (
        "import sys\n"
        "from loglama_core.query.parser import parse_query\n"
        "parse_query('timeout level:error -x since:15m status>=500 \"a b\"')\n"
        "assert not {'lark', 'regex'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
