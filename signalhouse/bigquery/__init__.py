"""The warehouse on BigQuery: state, landing, publishing. Importing it imports nothing of Google."""
