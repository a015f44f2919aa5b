"""The parser of query strings and forms."""

from urllib.parse import parse_qsl, quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialboard.collect.fields import HAS_NUL, NOT_AN_ESCAPE, NOT_UTF8, read_fields

WITHOUT_NUL = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("query", "values"),
    [
        (b"", {}),
        (b"a=1", {"a": "1"}),
        (b"a=1&b=2", {"a": "1", "b": "2"}),
        (b"a=", {"a": ""}),
        (b"a", {"a": ""}),
        (b"=1", {"": "1"}),
        (b"&&a=1&", {"a": "1"}),
        (b"a=1=2", {"a": "1=2"}),
        (b"a=1;b=2", {"a": "1;b=2"}),
        (b"a=x+y", {"a": "x y"}),
        (b"a=x%2By", {"a": "x+y"}),
        (b"a=%2b%2B%7e%7E", {"a": "++~~"}),
        (b"c%2Ename=x", {"c.name": "x"}),
        (b"user+agent=x", {"user agent": "x"}),
        (b"a=%26%3D", {"a": "&="}),
        (b"a=1&a=2", {"a": "2"}),
        (b"a=1&a=", {"a": ""}),
        (b"a=M%C3%9CNCHEN", {"a": "MÜNCHEN"}),
        ("a=MÜNCHEN".encode(), {"a": "MÜNCHEN"}),
        (b"a=%F0%9F%93%9E", {"a": "📞"}),
        (b"a=\xc3%9c", {"a": "Ü"}),
        (b"a= x ", {"a": " x "}),
        (b"a=%0D%0A", {"a": "\r\n"}),
    ],
)
def test_fields_are_read(query: bytes, values: dict[str, str]) -> None:
    fields = read_fields(query)
    assert (fields.values, dict(fields.faults)) == (values, {})


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        (b"a=%", NOT_AN_ESCAPE),
        (b"a=100%&b=1", NOT_AN_ESCAPE),
        (b"a=%4", NOT_AN_ESCAPE),
        (b"a=%zz", NOT_AN_ESCAPE),
        (b"a=% 41", NOT_AN_ESCAPE),
        (b"a=%+1", NOT_AN_ESCAPE),
        (b"a=%\xc3\x9c", NOT_AN_ESCAPE),
        (b"a=%FF", NOT_UTF8),
        (b"a=\xff", NOT_UTF8),
        (b"a=%C3", NOT_UTF8),
        (b"a=%ED%A0%80", NOT_UTF8),
        (b"a=%C0%AF", NOT_UTF8),
        (b"a=x%00y", HAS_NUL),
        (b"a=x\0y", HAS_NUL),
    ],
)
def test_a_value_that_cannot_be_read_is_a_fault_of_that_field(query: bytes, fault: str) -> None:
    fields = read_fields(query + b"&other=fine")
    assert "a" not in fields.values
    assert dict(fields.faults) == {"a": fault}
    assert fields.values["other"] == "fine"


def test_the_last_of_a_repeated_field_counts_even_when_one_is_faulty() -> None:
    assert read_fields(b"a=%&a=1").values == {"a": "1"}
    last = read_fields(b"a=1&a=%")
    assert last.values == {} and dict(last.faults) == {"a": NOT_AN_ESCAPE}


@given(st.lists(st.tuples(WITHOUT_NUL, WITHOUT_NUL)))
def test_whatever_urlencode_writes_is_read_as_parse_qsl_reads_it(pairs: list[tuple[str, str]]) -> None:
    query = urlencode(pairs)
    fields = read_fields(query.encode())
    assert fields.values == dict(parse_qsl(query, keep_blank_values=True)) == dict(pairs)
    assert not fields.faults


@given(st.lists(st.tuples(WITHOUT_NUL, WITHOUT_NUL, st.sampled_from([quote, quote_plus]))))
def test_both_ways_to_write_a_space_are_read(pairs: list[tuple[str, str, object]]) -> None:
    query = "&".join(f"{how(name, safe='')}={how(value, safe='/:')}" for name, value, how in pairs)  # type: ignore[operator]
    assert read_fields(query.encode()).values == {name: value for name, value, _ in pairs}


@given(st.lists(st.tuples(st.sampled_from("ab"), st.text(st.sampled_from("ab=+%2BcC3.;é\r\n"), max_size=12))))
def test_where_nothing_is_faulty_it_agrees_with_parse_qsl(pairs: list[tuple[str, str]]) -> None:
    query = "&".join(f"{name}={value}" for name, value in pairs)
    fields = read_fields(query.encode())
    expected = dict(parse_qsl(query, keep_blank_values=True))
    assert fields.values == {name: value for name, value in expected.items() if name not in fields.faults}


@given(st.binary(max_size=120))
def test_no_bytes_make_it_fail(query: bytes) -> None:
    fields = read_fields(query)
    assert not fields.values.keys() & fields.faults.keys()
