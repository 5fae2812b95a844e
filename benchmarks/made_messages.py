"""Messages of a laboratory's term, sealed as capture seals them, by the million in seconds.

DuckDB writes the texts; each student has sessions of a thousand messages over twelve weeks, and
one message in eleven is a command.
"""

from pathlib import Path
from typing import Final

import duckdb
import pyarrow.compute as pc

from dlt_pipelines.connectors.capture_files import SCHEMAS, write_sealed
from warehouse.settings import Settings

STREAMS: Final = 12
STUDENTS: Final = 250
SESSION_MESSAGES: Final = 1_000
_DAYS: Final = 84

_MESSAGES: Final = """
with
    sessions as (
        select
            number,
            number % $students as student,
            number // $students as visit,
            (student * 7 + visit * 9) % $days as day_number,
            (student + visit * 5) % $streams as stream_number
        from range($sessions) as numbered(number)
    ),

    placed as (
        select
            *,
            printf('%08x-2222-4222-8333-9d5e0a7b1c2d', student) as user_id,
            if(student % 2 = 0, 'engdes1', 'cie3') as course,
            'spin' || (30 + stream_number) as stream,
            timestamp '2026-01-12 08:00:00' + to_days(day_number::integer)
            + to_seconds((number * 613 % 32400)::bigint) as starts_at
        from sessions
        where stream_number = $stream_number
    ),

    numbered as (
        select
            placed.*,
            step.m,
            placed.starts_at + to_milliseconds(step.m * 5000 + placed.number % 997) as sent_at,
            epoch_ms(sent_at) as t_ms,
            if(step.m % 11 = 5, 'analytics', 'log') as message_type
        from placed
        cross join range($session_messages) as step(m)
    ),

    texts as (
        select
            *,
            format(
                '{{"user":"{}","t":{},"exp":"spinner","hardware":"{}","course":"{}",'
                || '"type":"{}","payload":{}}}',
                user_id, t_ms, stream, course, message_type,
                case
                    when m % 11 = 5 then format(
                        '{{"log":"{}","data":{{"set":{},"kp":1,"ki":0,"kd":0}}}}',
                        ['position', 'position', 'speed', 'speed_ramp', 'voltage'][
                            1 + (student + m // 77) % 5
                        ],
                        m % 7
                    )
                    when m = 0 then format('{{"log":"start","data":{}}}', t_ms)
                    when m = $session_messages - 1
                    then format('{{"log":"end","type":"session-exp","data":{}}}', t_ms)
                    else format(
                        '{{"log":"click","data":{{"target":"run",'
                        || '"screen_pos":{{"x":{},"y":{}}},'
                        || '"window":{{"width":1920,"height":969}}}}}}',
                        m % 1920, (m * 7) % 969
                    )
                end
            ) as raw_text
        from numbered
    )

select
    'lab-a' as capture_id,
    stream,
    stream || '-log' as topic,
    'relay' as capture_mode,
    printf('%016d', dense_rank() over (order by date_trunc('day', sent_at))) as segment,
    'made-up' as connection_id,
    row_number() over (order by sent_at, user_id) as frame_no,
    cast(1 as integer) as part_no,
    cast(1 as integer) as frame_parts,
    row_number() over (order by sent_at, user_id) as seq,
    sent_at + interval 120 milliseconds as received_at,
    raw_text,
    md5(raw_text) as message_hash,
    true as is_strict_json,
    cast(null as varchar) as intake_query,
    user_id,
    t_ms,
    'spinner' as exp,
    stream as hardware,
    course,
    message_type
from texts
order by seq
"""


def write_term(folder: Path, messages: int) -> int:
    """Seal the messages of a term.

    Args:
        folder: Gets `sealed/`.
        messages: How many, in whole sessions.

    Returns:
        How many were written.
    """
    written = 0
    with duckdb.connect() as connection:
        for number in range(STREAMS):
            table = connection.execute(
                _MESSAGES,
                {
                    "days": _DAYS,
                    "session_messages": SESSION_MESSAGES,
                    "sessions": messages // SESSION_MESSAGES,
                    "stream_number": number,
                    "streams": STREAMS,
                    "students": STUDENTS,
                },
            ).to_arrow_table()
            table = table.cast(SCHEMAS["messages"])
            written += table.num_rows
            for segment in table["segment"].unique().to_pylist():
                part = table.filter(pc.equal(table["segment"], segment))
                day = part["received_at"][0].as_py().date().isoformat()
                name = f"spin{30 + number}-lab-a-{segment}.parquet"
                write_sealed(part, folder / "sealed" / "messages" / day / name)
    return written


def laboratory_settings(folder: Path) -> Settings:
    """Settings of a house in this folder whose laboratory is captured beside it."""
    return Settings.from_environment(
        {
            "WAREHOUSE__FOLDER": str(folder / "house"),
            "SOURCES__SPINNER__DATA_PATH": str(folder / "capture"),
        },
        dotenv=None,
    )
