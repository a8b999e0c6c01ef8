"""GoogleSQL's own analyser and reference evaluator, in this process: no server, no network.

PyPI's `zetasql` carries Google's C++ compiled to WebAssembly. Compiling that module costs about half a minute of CPU,
so the compiled form is kept in the user's cache folder. So are its answers: they follow from the request alone.
"""

from __future__ import annotations

import atexit
import ctypes
import datetime
import decimal
import os
import queue
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import wasmtime
from google._upb import _message as protobuf_runtime  # type: ignore[import-untyped, import-not-found, unused-ignore]
from zetasql.core.exceptions import ServerError
from zetasql.core.wasm_client import WasmClient, get_tzinfo_dir
from zetasql.wasi import get_wasm_path
from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2 as service
from zetasql.wasi._pb2.zetasql.proto import options_pb2 as request_options
from zetasql.wasi._pb2.zetasql.proto import simple_catalog_pb2
from zetasql.wasi._pb2.zetasql.public import options_pb2, type_pb2
from zetasql.wasi._pb2.zetasql.resolved_ast import resolved_node_kind_pb2

from .answers import KnownAnswers
from .column_types import INT64_ALIASES, Column, TypeProto, parse_type
from .engine_limits import ALSO_IN_BIGQUERY, NOT_IN_BIGQUERY, OPTIONS, refusals
from .resolved import layers, own_columns
from .scans import Scan, scans_of

TablePath = tuple[str, str, str]  # project, dataset, table
Tables = Mapping[TablePath, list[Column]]

# Blanks and comments, as after the last statement of a script.
NOTHING_MORE = re.compile(rb"(?:\s|--[^\n]*|#[^\n]*|/\*.*?\*/)*", re.DOTALL)

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "signalhouse"
INSTANCES = 2  # as many as dbt's threads in profiles/profiles.yml

EPOCH = datetime.date(1970, 1, 1)


class InvalidSql(Exception):
    """GoogleSQL refuses a statement; the text is its own message."""


class NotEvaluable(Exception):
    """The statement is valid, but the reference evaluator lacks something that it uses."""


@dataclass(frozen=True)
class Statement:
    """What the analyser found in one statement."""

    kind: str  # query, create_table_as_select, create_view, merge, drop ...
    columns: list[Column]  # of the result, or of the table that is made
    target: tuple[str, ...] = field(default=())  # the path of the table made or dropped
    resolved: Any = field(default=None, compare=False, repr=False)  # the analyser's tree

    @cached_property
    def scans(self) -> list[Scan]:
        """What it reads of which tables."""
        return scans_of(self.resolved)


class Analyser:
    """Google's analyser and evaluator. Safe to share between threads."""

    def __init__(self) -> None:
        protobuf_runtime.SetAllowOversizeProtos(True)  # a long query's tree is deeper than the limit of 100
        self._free: queue.SimpleQueue[_Wasm] = queue.SimpleQueue()  # one instance serves one call at a time
        for _ in range(INSTANCES):
            self._free.put(_Wasm())
        self._known = KnownAnswers(CACHE / f"googlesql-{version('zetasql')}-answers.sqlite")
        self._answers: dict[tuple[str, bytes], Any] = {}  # most of a second build says what the first one said
        request = service.LanguageOptionsRequest(maximum_features=True)
        self._language = self._call("GetLanguageOptions", request, request_options.LanguageOptionsProto)
        self._language.product_mode = options_pb2.PRODUCT_EXTERNAL  # BigQuery's names of types
        for feature in NOT_IN_BIGQUERY:
            self._language.enabled_language_features.remove(options_pb2.LanguageFeature.Value(feature))
        for feature in ALSO_IN_BIGQUERY:
            self._language.enabled_language_features.append(options_pb2.LanguageFeature.Value(feature))
        kinds = resolved_node_kind_pb2.ResolvedNodeKind.items()
        del self._language.supported_statement_kinds[:]
        self._language.supported_statement_kinds.extend(kind for name, kind in kinds if name.endswith("_STMT"))

    def analyse(self, script: str, tables: Tables) -> Iterator[Statement]:
        """Each statement of a script in turn; `tables` may change between them. Raises InvalidSql."""
        text = script.encode()
        position = 0
        while not NOTHING_MORE.fullmatch(text, position):
            request = service.AnalyzeRequest(simple_catalog=self._catalog(script, tables))
            request.options.CopyFrom(self._options())
            request.parse_resume_location.input = script
            request.parse_resume_location.byte_position = position
            try:
                response = self._call("Analyze", request, service.AnalyzeResponse)
            except ServerError as error:
                raise InvalidSql(_message(error)) from error
            position = response.resume_byte_position
            for reason in refusals(response.resolved_statement):
                raise InvalidSql(f"valid, but BigQuery does not run it: {reason}")
            yield _statement(response.resolved_statement)

    def evaluate(self, query: str) -> tuple[list[Column], list[dict[str, Any]]]:
        """Columns and rows of a query that reads no table, as Google's reference implementation computes them.

        Raises InvalidSql if it is not valid or fails while it runs, NotEvaluable if the reference lacks a function.
        """
        request = service.EvaluateQueryRequest(sql=query, simple_catalog=self._catalog(query, {}))
        request.options.CopyFrom(self._options())
        request.options.default_timezone = "UTC"  # the library's own default is Los Angeles
        try:
            response = self._call("EvaluateQuery", request, service.EvaluateQueryResponse)
        except ServerError as error:
            message = _message(error)
            if message.startswith("[UNIMPLEMENTED]"):
                raise NotEvaluable(message) from error
            raise InvalidSql(message) from error
        columns = [Column(column.name, column.type) for column in response.prepared.columns]
        rows = [
            {column.name: _value(cell, column.type) for column, cell in zip(columns, row.cell, strict=True)}
            for row in response.content.table_data.row
        ]
        return columns, rows

    def names(self, sql: str) -> list[TablePath]:
        """The tables that a script reads or changes by their full names; none if it does not parse."""
        request = service.ExtractTableNamesFromStatementRequest(
            sql_statement=sql, options=self._language, allow_script=True
        )
        try:
            response = self._call(
                "ExtractTableNamesFromStatement", request, service.ExtractTableNamesFromStatementResponse
            )
        except ServerError:
            return []
        names = {tuple(name.table_name_segment) for name in response.table_name}
        return sorted((project, dataset, name) for project, dataset, name in (path for path in names if len(path) == 3))

    def _options(self) -> Any:
        options = request_options.AnalyzerOptionsProto()
        options.language_options.CopyFrom(self._language)
        options.error_message_mode = options_pb2.ERROR_MESSAGE_ONE_LINE
        allowed = options.allowed_hints_and_options
        allowed.disallow_unknown_options = True
        allowed.disallow_duplicate_option_names = True
        for name, kind in OPTIONS.items():
            allowed.option.add(name=name).type.CopyFrom(parse_type(kind))
        return options

    def _catalog(self, sql: str, tables: Tables) -> Any:
        """Only the tables that the text reads or changes: the catalog travels with every request."""
        root = simple_catalog_pb2.SimpleCatalogProto(name="root")
        root.builtin_function_options.language_options.CopyFrom(self._language)
        for alias in INT64_ALIASES:
            root.named_type.add(name=alias).type.type_kind = type_pb2.TYPE_INT64
        folders: dict[tuple[str, ...], Any] = {(): root}
        named = [path for path in self.names(sql) if path in tables]
        for number, (project, dataset, name) in enumerate(named, start=1):
            for path in ((project,), (project, dataset)):
                if path not in folders:
                    folders[path] = folders[path[:-1]].catalog.add(name=path[-1])
            table = folders[(project, dataset)].table.add(name=name, name_in_catalog=name, serialization_id=number)
            table.full_name = f"{project}.{dataset}.{name}"
            for column in tables[project, dataset, name]:
                table.column.add(name=column.name).type.CopyFrom(column.type)
        return root

    def _call(self, method: str, request: Any, response_class: Any) -> Any:
        key = (method, request.SerializeToString(deterministic=True))
        if key not in self._answers:
            known = self._known.get(*key)
            if known is None:
                instance = self._free.get()
                try:
                    known = instance.call(*key)
                finally:
                    self._free.put(instance)
                self._known.put(*key, known)
            self._answers[key] = response_class.FromString(known)
        return self._answers[key]


@cache
def analyser() -> Analyser:
    """The one analyser of this process: loading it takes a second even from the cache."""
    return Analyser()


class _Wasm(WasmClient):  # type: ignore[misc]  # zetasql carries no types
    """zetasql's client with the compiled module cached, and memory copied in blocks and not byte by byte."""

    def __init__(self) -> None:  # deliberately not the parent's, which compiles the module every time
        wasi = wasmtime.WasiConfig()
        wasi.inherit_stderr()
        zones = get_tzinfo_dir()
        if zones:
            wasi.preopen_dir(zones, "/usr/share/zoneinfo")
        config = wasmtime.Config()
        config.shared_memory = True  # the module was built for threads and does not start without it
        engine = wasmtime.Engine(config)
        self.store = wasmtime.Store(engine)
        self.store.set_wasi(wasi)
        self.module = _compiled_module(engine)
        linker = wasmtime.Linker(engine)
        linker.define_wasi()
        self.instance = linker.instantiate(self.store, self.module)
        exports: Any = self.instance.exports(self.store)
        exports["_initialize"](self.store)
        self.exports, self.memory = exports, exports["memory"]
        held_outside_python: list[Any] = [engine, self.store, self.module, self.memory]
        for held in held_outside_python:
            atexit.register(held.close)  # wasmtime stumbles when Python, half gone itself, lets go of them

    def call(self, method: str, request: bytes) -> bytes:
        """The service's answer, both as protobuf bytes. Raises ServerError."""
        return bytes(self._call_grpc_method(f"ZetaSqlLocalService_{method}", request))

    def write_bytes(self, ptr: int, data: bytes) -> None:
        ctypes.memmove(self._address(ptr), data, len(data))

    def read_bytes(self, ptr: int, size: int) -> bytes:
        return ctypes.string_at(self._address(ptr), size)

    def _address(self, ptr: int) -> int:
        return ctypes.addressof(self.memory.data_ptr().contents) + ptr


def _compiled_module(engine: wasmtime.Engine) -> wasmtime.Module:
    cached = CACHE / f"googlesql-{version('zetasql')}-wasmtime-{version('wasmtime')}.cwasm"
    if cached.exists():
        try:
            return wasmtime.Module.deserialize_file(engine, str(cached))
        except wasmtime.WasmtimeError:
            cached.unlink()  # made on another kind of processor
    module = wasmtime.Module.from_file(engine, str(get_wasm_path()))
    CACHE.mkdir(parents=True, exist_ok=True)
    fresh = cached.with_suffix(f".{os.getpid()}")
    fresh.write_bytes(module.serialize())
    fresh.replace(cached)
    return module


def _message(error: ServerError) -> str:
    return str(error).strip()


def _statement(resolved: Any) -> Statement:
    node, node_name = resolved, ""
    while "node" in node.DESCRIPTOR.oneofs_by_name:  # wrapped once per class of statement
        node_name = node.WhichOneof("node")
        node = getattr(node, node_name)
    kind = node_name.removeprefix("resolved_").removesuffix("_node").removesuffix("_stmt")
    if kind == "create_table" and node.HasField("clone_from"):
        columns = [Column(column.name, column.type) for column in own_columns(node.clone_from)]
    elif kind.startswith("create_table"):
        definitions = _first(layers(node), "column_definition_list")
        columns = [Column(definition.name, definition.type) for definition in definitions]
    else:
        outputs = _first(layers(node), "output_column_list")
        columns = [Column(output.name, output.column.type) for output in outputs]
    return Statement(kind, columns, tuple(_first(layers(node), "name_path")), resolved)


def _first(found: list[Any], name: str) -> Any:
    """A repeated field of the first of a node's layers that has it."""
    return next((getattr(layer, name) for layer in found if name in layer.DESCRIPTOR.fields_by_name), ())


def _value(value: Any, proto: TypeProto) -> Any:
    """A result's cell as a Python value: timestamps in UTC, JSON as its text."""
    which = value.WhichOneof("value")
    if which is None:
        return None
    raw = getattr(value, which)
    if which == "array_value":
        return [_value(element, proto.array_type.element_type) for element in raw.element]
    if which == "struct_value":
        fields = zip(proto.struct_type.field, raw.field, strict=True)
        return {described.field_name: _value(cell, described.field_type) for described, cell in fields}
    if which == "date_value":
        return EPOCH + datetime.timedelta(days=raw)
    if which == "timestamp_value":
        return raw.ToDatetime(tzinfo=datetime.UTC)
    if which == "numeric_value":
        return _decimal(raw, 9)
    if which == "bignumeric_value":
        return _decimal(raw, 38)
    return raw


def _decimal(raw: bytes, scale: int) -> decimal.Decimal:
    with decimal.localcontext(prec=80):  # the default context would round to 28 digits
        return decimal.Decimal(int.from_bytes(raw, "little", signed=True)).scaleb(-scale)
