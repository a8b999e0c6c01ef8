"""The project executed on an emulator of BigQuery, and its tables compared with DuckDB's."""
