with
    users as (select * from {{ ref("int_wrapped__legacy_users_listed") }}),

    name_segments as (select * from {{ ref("int_wrapped__name_segments_linked") }}),

    hiscores_fetches as (select * from {{ ref("stg_wrapped__hiscores_fetches") }}),

    rejected_hiscores as (select * from {{ ref("int_wrapped__rejected_hiscores_read") }}),

    rejected_fetches as (
        select username, fetch_id, fetched_seconds
        from rejected_hiscores
        group by username, fetch_id, fetched_seconds
    ),

    parity_snapshots as (
        select
            users.form,
            users.username,
            hiscores_fetches.fetch_id,
            hiscores_fetches.format,
            hiscores_fetches.fetched_at,
            hiscores_fetches.fetched_seconds
        from users
        inner join hiscores_fetches on users.username = hiscores_fetches.username
        where
            users.form = 'parity'
            and hiscores_fetches.format = 'legacy'
            and hiscores_fetches.fetched_at is not null
    ),

    corrected_snapshots as (
        select
            users.form,
            users.username,
            hiscores_fetches.fetch_id,
            hiscores_fetches.format,
            hiscores_fetches.fetched_at,
            hiscores_fetches.fetched_seconds
        from users
        inner join name_segments on users.player_id = name_segments.player_id
        inner join
            hiscores_fetches
            on name_segments.user_key = hiscores_fetches.user_key
            and (
                name_segments.valid_from is null
                or name_segments.valid_from <= hiscores_fetches.fetched_at
            )
            and (
                name_segments.valid_to is null
                or name_segments.valid_to > hiscores_fetches.fetched_at
            )
        where
            users.form = 'corrected'
            and hiscores_fetches.outcome = 'ok'
            and hiscores_fetches.fetched_at is not null
        -- The same answer may have been stored twice: the smallest id is kept.
        qualify
            row_number() over (
                partition by hiscores_fetches.user_key, hiscores_fetches.fetched_at
                order by hiscores_fetches.fetch_id
            )
            = 1
    ),

    snapshots as (
        select form, username, fetch_id, format, fetched_at, fetched_seconds
        from parity_snapshots
        union all
        select
            users.form,
            users.username,
            rejected_fetches.fetch_id,
            'legacy' as format,
            {{ event_at("rejected_fetches.fetched_seconds * 1000") }} as fetched_at,
            rejected_fetches.fetched_seconds
        from users
        inner join rejected_fetches on users.username = rejected_fetches.username
        where users.form = 'parity'
        union all
        select form, username, fetch_id, format, fetched_at, fetched_seconds
        from corrected_snapshots
    ),

    numbered_snapshots as (
        select
            form,
            username,
            fetch_id,
            format,
            fetched_at,
            fetched_seconds,
            -- Documents of one instant stay in the order in which they were stored.
            row_number() over (
                partition by form, username order by fetched_seconds desc, fetch_id asc
            ) as position
        from snapshots
    )

select *
from numbered_snapshots
