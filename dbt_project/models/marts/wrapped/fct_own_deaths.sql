with
    own_deaths as (select * from {{ ref("int_wrapped__own_deaths_merged") }}),

    death_causes as (select * from {{ ref("int_wrapped__death_causes_found") }}),

    areas as (select * from {{ ref("wrapped_areas") }}),

    game_ticks as (select * from {{ ref("fct_game_ticks") }}),

    -- An event with tick number n happened before or at tick n, so inside the session of the
    -- death its tick number decides, not a clock.
    ticks_before as (
        select own_deaths.death_id, cast(count(*) as bigint) as ticks_count
        from own_deaths
        inner join
            game_ticks
            on own_deaths.player_id = game_ticks.player_id
            and own_deaths.profile_number = game_ticks.profile_number
            and own_deaths.played_date = game_ticks.played_date
        where
            not game_ticks.is_overlap
            and (
                (
                    own_deaths.session_id = game_ticks.session_id
                    and own_deaths.tick_position > game_ticks.tick_position
                )
                or (
                    own_deaths.session_id <> game_ticks.session_id
                    and own_deaths.died_at > game_ticks.ticked_at
                )
            )
        group by own_deaths.death_id
    ),

    own_deaths_explained as (
        select
            own_deaths.death_id,
            own_deaths.player_id,
            own_deaths.profile_number,
            own_deaths.session_id,
            own_deaths.tick_position,
            own_deaths.died_at,
            own_deaths.event_ms,
            own_deaths.played_date,
            own_deaths.x,
            own_deaths.y,
            own_deaths.region_id,
            own_deaths.area_id,
            case
                when own_deaths.area_id <> 'instance' then coalesce(areas.is_safe_death, false)
            end as is_safe,
            death_causes.cause_kind,
            death_causes.cause_mob_key,
            coalesce(ticks_before.ticks_count, 0) as ticks_before_in_day
        from own_deaths
        left join death_causes on own_deaths.death_id = death_causes.death_id
        left join areas on own_deaths.area_id = areas.area_id
        left join ticks_before on own_deaths.death_id = ticks_before.death_id
    )

select *
from own_deaths_explained
