with
    hiscores_entries as (select * from {{ ref("stg_wrapped__hiscores_entries") }}),

    rejected_hiscores as (select * from {{ ref("int_wrapped__rejected_hiscores_read") }}),

    skills as (select * from {{ ref("wrapped_skills") }}),

    bosses as (select * from {{ ref("wrapped_bosses") }}),

    -- The raw collection spells skills as the old job did, the hiscores service in its own way.
    spellings as (
        select 'skill' as entry_kind, lower(legacy_name) as spelling, legacy_name as entry_name
        from skills
        union
        select 'skill' as entry_kind, lower(hiscores_name) as spelling, legacy_name as entry_name
        from skills
        union
        select 'skill' as entry_kind, lower(skill) as spelling, legacy_name as entry_name
        from skills
        union
        select 'skill' as entry_kind, 'total' as spelling, 'total' as entry_name
        union
        select 'skill' as entry_kind, 'overall' as spelling, 'total' as entry_name
        union
        select
            'activity' as entry_kind, lower(hiscores_name) as spelling, hiscores_name as entry_name
        from bosses
    ),

    entries as (
        select fetch_id, entry_kind, entry_name, rank, score
        from hiscores_entries
        union all
        select fetch_id, entry_kind, entry_name, entry_rank as rank, entry_value as score
        from rejected_hiscores
        where entry_kind is not null
    ),

    entries_named as (
        select
            entries.fetch_id,
            case when entries.entry_kind = 'skill' then 'skill' else 'boss' end as entry_kind,
            spellings.entry_name,
            max(entries.rank) as entry_rank,
            max(entries.score) as entry_value
        from entries
        inner join
            spellings
            on entries.entry_kind = spellings.entry_kind
            and lower(entries.entry_name) = spellings.spelling
        group by entries.fetch_id, entries.entry_kind, spellings.entry_name
    )

select *
from entries_named
