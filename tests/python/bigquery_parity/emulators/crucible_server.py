"""Start crucible with what it lacks for us: crucible_server.py PORT [DATABASE]. Runs in the emulator's own environment.

Each addition stands here with its reason. Where crucible refuses what it cannot compute exactly, an addition stays as strict.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import stat
import sys
import threading
import uuid
from typing import Any

import sqlglot
from crucible.cli import main
from crucible.dialects.bigquery import ddl, statements, transforms, types
from crucible.dialects.bigquery.dialect import DIALECT
from crucible.dialects.bigquery.transforms import errors
from crucible.dialects.bigquery.transforms.common import check, duck_cast, raise_unsupported, rewrite_bottom_up, typed
from crucible.engine import ExecContext
from crucible.engine.catalog import qualified
from crucible.server.bigquery import encoding, jobs
from sqlglot import exp
from starlette.requests import Request

# Load jobs of newline-delimited JSON: crucible reads CSV alone, and no CSV into a JSON column.

_load_csv = jobs.Runner._load


def _load(self: Any, job: Any, config: dict[str, Any], data: bytes) -> None:
    if config.get("sourceFormat") != "NEWLINE_DELIMITED_JSON":
        _load_csv(self, job, config, data)
        return
    data = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
    fields = jobs.fields_of(jobs.obj(config.get("schema")))
    stored = [types.storage_type(encoding.warehouse_type_from_field(field)).sql("duckdb") for field in fields]
    destination = config["destinationTable"]
    project, dataset, table = destination["projectId"], destination["datasetId"], destination["tableId"]
    target, staging = qualified(project, dataset, table), qualified(f"load_{uuid.uuid4().hex}")
    columns = ", ".join(f"{qualified(f['name'])} {kind}" for f, kind in zip(fields, stored, strict=True))
    values = ", ".join(
        f"nullif(line->'$.\"{f['name']}\"', 'null'::json)"
        if kind == "JSON"
        else f"cast(line->>'$.\"{f['name']}\"' as {kind})"
        for f, kind in zip(fields, stored, strict=True)
    )
    lines = [line for line in data.decode().split("\n") if line]
    session = DIALECT.new_session(project, dataset)
    with self.engine.cursor(session) as cursor:
        catalog = ExecContext(self.engine, DIALECT, session, cursor, None).catalog
        whole = (
            config.get("writeDisposition") == "WRITE_TRUNCATE"
            or not catalog.catalog_exists(project)
            or catalog.table(project, dataset, table) is None
        )
        catalog.ensure_schema(project, dataset)
        cursor.execute(f"create temp table {staging} ({columns})")
        if lines:
            cursor.execute(
                f"insert into {staging} select {values} from (select unnest(from_json(?, '[\"json\"]')) as line)",
                [f"[{','.join(lines)}]"],
            )
        if whole:
            cursor.execute(f"create or replace table {target} as select * from {staging}")
            catalog.set_properties(project, dataset, table, {})
        else:
            names = ", ".join(qualified(f["name"]) for f in fields)
            cursor.execute(f"insert into {target} ({names}) select {names} from {staging}")
        cursor.execute(f"drop table {staging}")
    job.load_statistics = {
        "inputFiles": "1",
        "inputFileBytes": str(len(data)),
        "outputRows": str(len(lines)),
        "badRecords": "0",
    }


jobs.Runner._load = _load

# OPTIONS (require_partition_filter = true): noted, not enforced. What reads which partitions is for the analyser to say.

_options = ddl._options


def _options_noted(properties: list[exp.Expr]) -> dict[str, Any]:
    return _options([option for option in properties if option.name.lower() != "require_partition_filter"])


ddl._options = _options_noted

# CREATE TABLE ... CLONE: the rows, in a table of their own. Whether a clone shares storage, and expires, an emulator cannot tell.

_plan = statements._plan
_CLONE = re.compile(r"(?is)\s*((?:or replace )?table )(\S+)\s+clone\s+(\S+)(?:\s+options\s*\(.*\))?\s*")


def _clone(tree: exp.Expr, ctx: ExecContext) -> Any:
    found = (
        _CLONE.fullmatch(str(tree.expression))
        if isinstance(tree, exp.Command) and tree.name.upper() == "CREATE"
        else None
    )
    if found is not None:
        tree = sqlglot.parse_one(f"create {found[1]}{found[2]} as select * from {found[3]}", read="bigquery")
    return _plan(tree, ctx)


statements._plan = _clone

# Query parameters, as Great Expectations' dialect sends them: their values, put into the statement.

_json = Request.json


def _literal(kind: str, value: Any) -> str:
    if value is None:
        return "null"
    if kind in ("INT64", "INTEGER", "BOOL", "BOOLEAN"):
        return str(value)
    written = json.dumps(value, ensure_ascii=False)
    return written if kind == "STRING" else f"cast({written} as {kind})"


def _inlined(query: dict[str, Any]) -> None:
    for parameter in query.pop("queryParameters", ()):
        kind, value = parameter["parameterType"], parameter["parameterValue"]
        if kind["type"] == "ARRAY":
            items = (_literal(kind["arrayType"]["type"], item.get("value")) for item in value.get("arrayValues", ()))
            text = f"[{', '.join(items)}]"
        else:
            text = _literal(kind["type"], value.get("value"))
        query["query"] = re.sub(rf"@`?{parameter['name']}\b`?", lambda _, text=text: text, query["query"])
    query.pop("parameterMode", None)


async def _json_without_parameters(self: Request) -> Any:
    body = await _json(self)
    if isinstance(body, dict):
        _inlined(body if "queryParameters" in body else body.get("configuration", {}).get("query", {}))
    return body


Request.json = _json_without_parameters

# BIGNUMERIC of whole numbers up to 38 digits (macro `whole`): an integer of 128 bits, and a fraction refused. Read from a text, which
# macro `safe_decimal` rounds to six places, a decimal of 23 digits and 15 places.

_BIGNUMERIC = exp.DType.BIGDECIMAL
types._UNSUPPORTED.pop(_BIGNUMERIC)
types._SCALAR_STORAGE[_BIGNUMERIC] = "HUGEINT"
types._SCALAR_NAMES[_BIGNUMERIC] = "BIGNUMERIC"


def _whole_bignumeric(node: exp.Expr) -> exp.Expr:
    if not isinstance(node, exp.Cast) or node.to.this != _BIGNUMERIC or node.meta.get("whole"):
        return node
    node.meta["whole"] = True
    given = node.this.type.this if node.this.type is not None else None
    if given == exp.DType.BIGINT:
        return node
    if given in exp.DataType.TEXT_TYPES:
        read = exp.TryCast if isinstance(node, exp.TryCast) else exp.Cast
        return typed(
            read(this=node.this.copy(), to=exp.DataType.build("DECIMAL(38, 15)", dialect="duckdb")), "BIGNUMERIC"
        )
    fraction = exp.NEQ(this=exp.Anonymous(this="trunc", expressions=[node.this.copy()]), expression=node.this.copy())
    return check(fraction, raise_unsupported("BIGNUMERIC of a fraction"), node)


# FARM_FINGERPRINT: some other well-mixed integer. We use it for priorities alone, on which no result may depend; being neither
# Google's hash nor DuckDB's, it shows that none does.


def _fingerprint(node: exp.Expr) -> exp.Expr:
    if not isinstance(node, exp.FarmFingerprint):
        return node
    [text] = node.expressions
    digits = exp.Anonymous(this="md5_number_upper", expressions=[duck_cast(text.copy(), "VARCHAR")])
    halved = exp.BitwiseRightShift(this=digits, expression=exp.Literal.number(1))
    return typed(duck_cast(halved, "BIGINT"), "INT64")


# DATETIME(timestamp, zone): sqlglot takes the zone for a time of day.


def _datetime_in_zone(node: exp.Expr) -> exp.Expr:
    zone = node.args.get("expression") if isinstance(node, exp.Datetime) else None
    if zone is None or node.this.type is None or node.this.type.this != exp.DType.TIMESTAMPTZ:
        return node
    moment = exp.Paren(this=node.this.copy())
    return typed(duck_cast(exp.AtTimeZone(this=moment, zone=zone.copy()), "TIMESTAMP"), "DATETIME")


# DIV(a + b, c) and MOD(a + b, c): sqlglot writes them as a + b // c and a + b % c.


def _parenthesised(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.IntDiv | exp.Mod):
        for side in ("this", "expression"):
            operand = node.args[side]
            if isinstance(operand, exp.Binary):
                kept = operand.type
                node.set(side, typed(exp.Paren(this=operand), kept) if kept is not None else exp.Paren(this=operand))
    return node


# DATE_TRUNC of a date is a date; DuckDB's gives a timestamp, which shows when it is written out as text.


def _truncated_date(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.DateTrunc) and node.this.type is not None and node.this.type.this == exp.DType.DATE:
        return typed(duck_cast(node.copy(), "DATE"), "DATE")
    return node


# FORMAT_TIMESTAMP('%F %H:%M:%E*S', t): DuckDB has no %E*S; its own text of a timestamp is just that.


def _moment_as_text(node: exp.Expr) -> exp.Expr:
    if (
        isinstance(node, exp.TimeToStr)
        and node.args["format"].name == "%Y-%m-%d %H:%M:%E*S"
        and not node.args.get("zone")
    ):
        return typed(duck_cast(duck_cast(node.this.copy(), "TIMESTAMP"), "VARCHAR"), "STRING")
    return node


# The check for a division by zero is written around every division, and doubles the text for each that is nested: not where the
# divisor is a number other than zero.

_zero_check = errors._zero_check


def _zero_check_where_needed(node: exp.Binary, operator: str) -> exp.Expr:
    divisor = node.expression.unnest()
    return node if isinstance(divisor, exp.Literal) and float(divisor.this) != 0 else _zero_check(node, operator)


errors._zero_check = _zero_check_where_needed


# DATE + INT64 and DATE - INT64, in days: DuckDB adds integers of 32 bits alone.


def _days(node: exp.Expr) -> exp.Expr:
    if not isinstance(node, exp.Add | exp.Sub) or node.this.type is None or node.this.type.this != exp.DType.DATE:
        return node
    days = node.expression
    if days.is_int or (days.type is not None and days.type.this == exp.DType.BIGINT):
        node.set("expression", duck_cast(exp.Paren(this=days.copy()), "INTEGER"))
        return typed(node, "DATE")
    return node


# JSON_QUERY_ARRAY of what is no list is null; sqlglot's cast to a list raises.


def _elements(node: exp.Expr) -> exp.Expr:
    if not isinstance(node, exp.JSONExtractArray) or not isinstance(node.expression, exp.JSONPath):
        return node
    path = node.expression.copy()
    path.append("expressions", exp.JSONPathSubscript(this=exp.JSONPathWildcard()))
    elements = exp.Anonymous(this="json_extract", expressions=[node.this.copy(), path])
    return typed(elements, node.type) if node.type is not None else elements


def _added(tree: exp.Expr, _context: Any) -> exp.Expr:
    for rewrite in ADDITIONS:
        tree = rewrite_bottom_up(tree, rewrite)
    return tree


ADDITIONS = (
    _whole_bignumeric,
    _fingerprint,
    _datetime_in_zone,
    _parenthesised,
    _truncated_date,
    _moment_as_text,
    _days,
    _elements,
)
transforms.PIPELINE = (("signalhouse", _added), *transforms.PIPELINE)


def _end_with_whoever_started_us() -> None:
    """Reads to the end of the pipe, which comes when the other side closes it, or is killed."""
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    if stat.S_ISFIFO(os.fstat(0).st_mode):
        threading.Thread(target=_end_with_whoever_started_us, daemon=True).start()
    port, *database = sys.argv[1:]
    place = ["--database", database[0]] if database else []
    sys.exit(main(["serve", "--dialect", "bigquery", "--port", port, *place]))
