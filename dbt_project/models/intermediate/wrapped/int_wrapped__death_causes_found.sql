with
    own_deaths as (select * from {{ ref("int_wrapped__own_deaths_merged") }}),

    hits as (select * from {{ ref("int_wrapped__hits_classified") }}),

    last_hits_taken as (
        select own_deaths.death_id, hits.hitsplat_class
        from own_deaths
        inner join
            hits
            on own_deaths.player_id = hits.player_id
            and own_deaths.session_id = hits.session_id
            and own_deaths.tick_position >= hits.tick_position
            and own_deaths.tick_position - hits.tick_position
            <= {{ var("wrapped_death_cause_ticks") }}
        where hits.direction = 'taken'
        -- Several hits fall into the window: the last one is the cause.
        qualify
            row_number() over (
                partition by own_deaths.death_id
                order by
                    hits.tick_position desc,
                    hits.event_ms desc,
                    hits.id_time desc,
                    hits.id_process desc,
                    hits.id_counter desc
            )
            = 1
    ),

    last_opponents as (
        select own_deaths.death_id, hits.actor_kind, hits.mob_key
        from own_deaths
        inner join
            hits
            on own_deaths.player_id = hits.player_id
            and own_deaths.session_id = hits.session_id
            and own_deaths.tick_position >= hits.tick_position
            and own_deaths.tick_position - hits.tick_position <= {{ var("wrapped_killer_ticks") }}
        where hits.direction = 'dealt'
        -- Telemetry names no attacker; whom the player hit last is the best guess.
        qualify
            row_number() over (
                partition by own_deaths.death_id
                order by
                    hits.tick_position desc,
                    hits.event_ms desc,
                    hits.id_time desc,
                    hits.id_process desc,
                    hits.id_counter desc
            )
            = 1
    ),

    causes as (
        select
            own_deaths.death_id,
            last_opponents.mob_key,
            case
                when
                    last_hits_taken.hitsplat_class
                    in ('poison', 'venom', 'bleed', 'burn', 'corruption', 'doom', 'disease')
                then last_hits_taken.hitsplat_class
                else coalesce(last_opponents.actor_kind, 'unknown')
            end as cause_kind
        from own_deaths
        left join last_hits_taken on own_deaths.death_id = last_hits_taken.death_id
        left join last_opponents on own_deaths.death_id = last_opponents.death_id
    ),

    death_causes_found as (
        select death_id, cause_kind, case when cause_kind = 'npc' then mob_key end as cause_mob_key
        from causes
    )

select *
from death_causes_found
