with
    snapshots as (select * from {{ ref("int_wrapped__legacy_snapshots_numbered") }}),

    entries as (select * from {{ ref("int_wrapped__hiscores_entries_named") }}),

    bosses as (select * from {{ ref("wrapped_bosses") }}),

    -- Two monsters can count for one boss.
    boss_names as (select hiscores_name from bosses group by hiscores_name),

    skills_of_users as (
        select snapshots.form, snapshots.username, entries.entry_kind, entries.entry_name
        from snapshots
        inner join entries on snapshots.fetch_id = entries.fetch_id
        where entries.entry_kind = 'skill'
        group by snapshots.form, snapshots.username, entries.entry_kind, entries.entry_name
    ),

    boss_grid as (
        select
            snapshots.form,
            snapshots.username,
            snapshots.position,
            snapshots.fetch_id,
            snapshots.format,
            snapshots.fetched_at,
            snapshots.fetched_seconds,
            'boss' as entry_kind,
            boss_names.hiscores_name as entry_name
        from snapshots
        cross join boss_names
    ),

    skill_grid as (
        select
            snapshots.form,
            snapshots.username,
            snapshots.position,
            snapshots.fetch_id,
            snapshots.format,
            snapshots.fetched_at,
            snapshots.fetched_seconds,
            skills_of_users.entry_kind,
            skills_of_users.entry_name
        from snapshots
        inner join
            skills_of_users
            on snapshots.form = skills_of_users.form
            and snapshots.username = skills_of_users.username
    ),

    grid as (
        select *
        from boss_grid
        union all
        select *
        from skill_grid
    ),

    hiscores_grid as (
        select
            grid.form,
            grid.username,
            grid.position,
            grid.fetched_at,
            grid.fetched_seconds,
            grid.entry_kind,
            grid.entry_name,
            entries.fetch_id is not null as is_present,
            entries.entry_rank,
            -- Legacy documents leave unranked bosses out; elsewhere an absent entry is unknown.
            case
                when entries.fetch_id is not null
                then entries.entry_value
                when grid.format = 'legacy' and grid.entry_kind = 'boss'
                then -1
            end as entry_value
        from grid
        left join
            entries
            on grid.fetch_id = entries.fetch_id
            and grid.entry_kind = entries.entry_kind
            and grid.entry_name = entries.entry_name
    )

select *
from hiscores_grid
