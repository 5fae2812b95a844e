"""What loads and runs write down about themselves."""

from datetime import date

import duckdb

from dlt_pipelines import ledger


def test_a_period_asked_for_again_has_its_last_dates() -> None:
    with duckdb.connect() as connection:
        ledger.create_tables(connection)
        for end_date in (date(2025, 8, 1), date(2025, 9, 1)):
            ledger.request_period(connection, "wrapped", ("summer", date(2025, 6, 1), end_date))
        periods = connection.table("raw_ops.requested_periods").project("* exclude requested_at")

        assert periods.fetchall() == [("wrapped", "summer", date(2025, 6, 1), date(2025, 9, 1))]
