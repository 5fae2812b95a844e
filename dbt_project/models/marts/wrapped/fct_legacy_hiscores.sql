with
    hiscores_grid as (select * from {{ ref("int_wrapped__legacy_hiscores_gridded") }}),

    neighbours as (
        select
            form,
            username,
            position,
            fetched_at,
            fetched_seconds,
            entry_kind,
            entry_name,
            is_present,
            entry_rank,
            entry_value,
            lead(position) over snapshots as earlier_position,
            lead(entry_value) over snapshots as earlier_value
        from hiscores_grid
        window snapshots as (partition by form, username, entry_kind, entry_name order by position)
    ),

    legacy_hiscores as (
        select
            form,
            username,
            entry_kind,
            entry_name,
            position,
            fetched_at,
            fetched_seconds,
            case
                when form = 'parity'
                then coalesce(entry_value, -1)
                when earlier_position is null
                then 0
                when entry_value is not null and earlier_value is not null
                then greatest(entry_value - greatest(earlier_value, 0), 0)
            end as value,
            coalesce(entry_rank, -1) as rank
        from neighbours
        -- The old job appended a skill's xp only where a snapshot had it.
        where form = 'corrected' or entry_kind = 'boss' or is_present
    )

select *
from legacy_hiscores
