"""How the types of a contract, and of schema `ops`, are called on BigQuery."""

from __future__ import annotations

COLUMN_TYPES = {
    "string": "STRING",
    "bigint": "INT64",
    "double": "FLOAT64",
    "decimal": "NUMERIC",
    "rate": "NUMERIC",
    "boolean": "BOOL",
    "timestamp": "TIMESTAMP",
    "date": "DATE",
    "json": "JSON",
}
