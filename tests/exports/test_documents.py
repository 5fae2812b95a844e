import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import bson
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exports.documents import (
    Converter,
    UnfitDocumentError,
    canonical_json,
    content_hash,
    encoded,
    stamps_as_json,
    stamps_from_json,
)
from warehouse.errors import TallyhouseError


def _converted(values: list[Any], kind: pa.DataType) -> list[Any]:
    batch = pa.record_batch({"x": pa.array(values, kind)})
    converter = Converter("model", batch.schema)
    return [
        document if isinstance(document, UnfitDocumentError) else document["x"]
        for document in converter.documents(batch)
    ]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (pa.int8(), -1, -1),
        (pa.uint64(), 2**53, 2**53),
        (pa.float32(), 0.5, 0.5),
        (pa.float64(), -0.0, -0.0),
        (pa.string(), "\u00a0<b>", "\u00a0<b>"),
        (pa.bool_(), False, False),
        (pa.date32(), date(2024, 2, 29), "2024-02-29"),
        (
            pa.timestamp("us"),
            datetime(2025, 1, 1, 0, 0, 0, 1999, tzinfo=UTC),
            datetime(2025, 1, 1, 0, 0, 0, 1000, tzinfo=UTC),
        ),
        (
            pa.timestamp("us", tz="Asia/Tokyo"),
            datetime(2025, 1, 1, 9, tzinfo=timezone(timedelta(hours=9))),
            datetime(2025, 1, 1, tzinfo=UTC),
        ),
        (pa.dictionary(pa.int8(), pa.string()), "won", "won"),
        (pa.map_(pa.string(), pa.int32()), [("b", 1), ("a", None)], {"b": 1, "a": None}),
        (pa.list_(pa.struct([("b", pa.int32()), ("a", pa.date32())])), [], []),
        (
            pa.list_(pa.struct([("b", pa.int32()), ("a", pa.date32())])),
            [{"b": 1, "a": date(2025, 1, 1)}, None],
            [{"b": 1, "a": "2025-01-01"}, None],
        ),
    ],
)
def test_value_has_the_type_of_a_document(
    kind: pa.DataType, value: object, expected: object
) -> None:
    assert _converted([value, None], kind) == [expected, None]


def test_fields_keep_the_order_of_the_struct() -> None:
    kind = pa.struct([("b", pa.int32()), ("a", pa.int32())])
    (document,) = _converted([{"b": 1, "a": 2}], kind)
    assert list(document) == ["b", "a"]


@pytest.mark.parametrize("value", [2**53 + 1, -(2**53) - 1])
def test_unsafe_integer_is_told_with_its_place(value: int) -> None:
    kind = pa.list_(pa.struct([("n", pa.int64())]))
    (unfit,) = _converted([[{"n": value}]], kind)
    assert str(unfit) == f"x[].n is {value}, a whole number beyond 2^53"


@pytest.mark.parametrize(
    "kind", [pa.decimal128(38, 0), pa.binary(), pa.time64("us"), pa.map_(pa.int32(), pa.int32())]
)
def test_type_that_no_document_has_is_refused(kind: pa.DataType) -> None:
    with pytest.raises(TallyhouseError, match=r"model: .*x"):
        Converter("model", pa.schema([("x", kind)]))


def test_small_integers_are_int32_and_great_ones_int64() -> None:
    data = encoded({"_id": "a", "small": 2**31 - 1, "great": 2**31})
    assert data.count(b"\x10small\x00") == 1
    assert data.count(b"\x12great\x00") == 1


@pytest.mark.parametrize("size", [1_000_000, 1_000_001])
def test_limit_is_a_megabyte_of_bson(size: int) -> None:
    document = {"_id": "a", "x": "x" * (size - len(bson.encode({"_id": "a", "x": ""})))}
    if size <= 1_000_000:
        assert len(encoded(document)) == size
    else:
        with pytest.raises(UnfitDocumentError, match="1000001 bytes"):
            encoded(document)


def test_name_that_bson_lacks_is_unfit() -> None:
    with pytest.raises(UnfitDocumentError, match="not a document"):
        encoded({"_id": "a", "x": {"a\x00b": 1}})


def test_hash_leaves_out_stamped_fields_and_their_absence() -> None:
    document = {"_id": "a", "value": 1}
    assert content_hash({**document, "at": 5}, {"at"}) == content_hash(document, {"at"})
    assert content_hash({**document, "value": 2}, {"at"}) != content_hash(document, {"at"})


def test_hash_tells_a_double_from_a_whole_number() -> None:
    assert content_hash({"x": 1.0}, ()) != content_hash({"x": 1}, ())


def test_nan_never_becomes_text() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json({"x": float("nan")})


_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=5,
)


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(st.text(st.characters(codec="utf-8")), _values))
def test_canonical_json_survives_reading(document: dict[str, Any]) -> None:
    text = canonical_json(document)
    assert "\n" not in text
    assert canonical_json(json.loads(text)) == text


def test_stamps_survive_the_ledger() -> None:
    document = {
        "_id": "a",
        "at": datetime(2025, 1, 1, 2, 3, 4, 567000, tzinfo=UTC),
        "n": 1.5,
        "run": None,
    }
    stamps = json.loads(json.dumps(stamps_as_json(document, ["at", "n", "run"])))
    assert stamps_from_json(stamps) == {"at": document["at"], "n": 1.5, "run": None}
