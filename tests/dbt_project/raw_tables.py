"""The raw tables of every domain as a load of nothing leaves them."""

import duckdb

from dlt_pipelines import ledger
from dlt_pipelines.landing import DOMAINS


def create_raw_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create them, empty, as they are declared."""
    ledger.create_tables(connection)
    for domain in DOMAINS.values():
        connection.execute(f"create schema raw_{domain.name}")
        schemas = {name: schema for name, (schema, _) in domain.inserted.items()}
        for name, schema in {**schemas, **domain.replaced}.items():
            relation = connection.from_arrow(schema.empty_table())
            columns = "*" if "_dlt_load_id" in relation.columns else "*, '' as _dlt_load_id"
            relation.project(columns).create(f"raw_{domain.name}.{name}")
