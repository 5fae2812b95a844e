with
    hiscores_entries as (select * from {{ ref("stg_wrapped__hiscores_entries") }}),

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

    entries_named as (
        select
            hiscores_entries.fetch_id,
            case
                when hiscores_entries.entry_kind = 'skill' then 'skill' else 'boss'
            end as entry_kind,
            spellings.entry_name,
            max(hiscores_entries.rank) as entry_rank,
            max(hiscores_entries.score) as entry_value
        from hiscores_entries
        inner join
            spellings
            on hiscores_entries.entry_kind = spellings.entry_kind
            and lower(hiscores_entries.entry_name) = spellings.spelling
        group by hiscores_entries.fetch_id, hiscores_entries.entry_kind, spellings.entry_name
    )

select *
from entries_named
