{{ config(severity="warn") }}

with
    stat_changes as (select * from {{ ref("stg_wrapped__stat_changes") }}),

    offer_changes as (select * from {{ ref("stg_wrapped__offer_changes") }})

select reject_reason, skill as unknown_value, count(*) as rows_count
from stat_changes
where reject_reason = 'unknown_skill'
group by reject_reason, skill
union all
select reject_reason, state as unknown_value, count(*) as rows_count
from offer_changes
where reject_reason = 'unknown_state'
group by reject_reason, state
