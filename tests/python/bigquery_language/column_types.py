"""GoogleSQL's column types: as protobuf, as SQL text, and as the fields of a BigQuery table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from google.cloud.bigquery import SchemaField
from zetasql.wasi._pb2.zetasql.public import type_pb2

TypeProto = Any  # zetasql's protobuf classes are made at import time and carry no types

# The names BigQuery itself prints.
KINDS: dict[str, int] = {
    "INT64": type_pb2.TYPE_INT64,
    "STRING": type_pb2.TYPE_STRING,
    "FLOAT64": type_pb2.TYPE_DOUBLE,
    "BOOL": type_pb2.TYPE_BOOL,
    "DATE": type_pb2.TYPE_DATE,
    "TIMESTAMP": type_pb2.TYPE_TIMESTAMP,
    "DATETIME": type_pb2.TYPE_DATETIME,
    "TIME": type_pb2.TYPE_TIME,
    "NUMERIC": type_pb2.TYPE_NUMERIC,
    "BIGNUMERIC": type_pb2.TYPE_BIGNUMERIC,
    "BYTES": type_pb2.TYPE_BYTES,
    "JSON": type_pb2.TYPE_JSON,
    "GEOGRAPHY": type_pb2.TYPE_GEOGRAPHY,
    "INTERVAL": type_pb2.TYPE_INTERVAL,
}
NAMES = {kind: name for name, kind in KINDS.items()}

# Other spellings that BigQuery accepts in a column definition or a cast.
INT64_ALIASES = ("bigint", "int", "integer", "smallint", "tinyint", "byteint")
OTHER_ALIASES = {"boolean": "BOOL", "decimal": "NUMERIC", "bigdecimal": "BIGNUMERIC"}
ALIASES = {**dict.fromkeys(INT64_ALIASES, "INT64"), **OTHER_ALIASES}

# What the tables API prints instead of the SQL name.
API_NAMES = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN"}


@dataclass(frozen=True)
class Column:
    """One column of a table or of a query's result."""

    name: str
    type: TypeProto

    @property
    def type_name(self) -> str:
        """The type as SQL text, for example `ARRAY<INT64>`."""
        return type_name(self.type)


def parse_type(text: str) -> TypeProto:
    """The type that `text` names: a scalar's name or alias, an array, or a struct without names of fields. Precision is dropped.

    Raises ValueError for a name that BigQuery does not have.
    """
    text = text.strip()
    array = re.fullmatch(r"array<(.+)>", text, re.IGNORECASE | re.DOTALL)
    if array:
        proto = type_pb2.TypeProto(type_kind=type_pb2.TYPE_ARRAY)
        proto.array_type.element_type.CopyFrom(parse_type(array.group(1)))
        return proto
    struct = re.fullmatch(r"struct<([^<>]+)>", text, re.IGNORECASE)
    if struct:
        proto = type_pb2.TypeProto(type_kind=type_pb2.TYPE_STRUCT)
        for field in struct.group(1).split(","):
            proto.struct_type.field.add().field_type.CopyFrom(parse_type(field))
        return proto
    word = re.sub(r"\(.*\)", "", text).strip()
    name = ALIASES.get(word.lower(), word.upper())
    if name not in KINDS:
        raise ValueError(f"{text!r} is not a BigQuery type")
    return type_pb2.TypeProto(type_kind=KINDS[name])


def type_name(proto: TypeProto) -> str:
    """The type as SQL text."""
    if proto.type_kind == type_pb2.TYPE_ARRAY:
        return f"ARRAY<{type_name(proto.array_type.element_type)}>"
    if proto.type_kind == type_pb2.TYPE_STRUCT:
        fields = (f"{field.field_name} {type_name(field.field_type)}" for field in proto.struct_type.field)
        return f"STRUCT<{', '.join(fields)}>"
    return NAMES.get(proto.type_kind, f"TYPE_{proto.type_kind}")


def schema_field(name: str, proto: TypeProto) -> SchemaField:
    """The column as BigQuery's tables API describes it."""
    if proto.type_kind == type_pb2.TYPE_ARRAY:
        element = schema_field(name, proto.array_type.element_type)
        return SchemaField(name, element.field_type, mode="REPEATED", fields=element.fields)
    if proto.type_kind == type_pb2.TYPE_STRUCT:
        fields = [schema_field(field.field_name, field.field_type) for field in proto.struct_type.field]
        return SchemaField(name, "RECORD", fields=fields)
    sql_name = type_name(proto)
    return SchemaField(name, API_NAMES.get(sql_name, sql_name))
