with
    reports as (select * from {{ ref("int_wrapped__reports_listed") }}),

    own_deaths as (select * from {{ ref("fct_own_deaths") }}),

    mobs as (select * from {{ ref("dim_mobs") }}),

    causes as (
        select
            reports.report_id,
            case
                when own_deaths.cause_kind = 'npc'
                then coalesce(mobs.mob_name, 'a monster')
                when own_deaths.cause_kind = 'player'
                then 'another player'
                else own_deaths.cause_kind
            end as cause_text,
            count(*) as deaths_count
        from reports
        inner join
            own_deaths
            on reports.player_id = own_deaths.player_id
            and reports.profile_number = own_deaths.profile_number
            and coalesce(reports.start_date <= own_deaths.played_date, true)
            and coalesce(reports.end_date > own_deaths.played_date, true)
        left join mobs on own_deaths.cause_mob_key = mobs.mob_key
        where own_deaths.cause_kind <> 'unknown'
        group by reports.report_id, cause_text
    ),

    ranked_causes as (
        select report_id, cause_text
        from causes
        -- Several causes may be equally common: the first by name.
        qualify
            row_number() over (partition by report_id order by deaths_count desc, cause_text asc)
            = 1
    )

select *
from ranked_causes
