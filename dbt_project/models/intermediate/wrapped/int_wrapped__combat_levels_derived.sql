with
    skill_periods as (select * from {{ ref("fct_player_skill_periods") }}),

    xp_levels as (select * from {{ ref("wrapped_xp_levels") }}),

    skill_levels as (
        select
            skill_periods.player_id,
            skill_periods.profile_number,
            skill_periods.period_id,
            skill_periods.skill,
            max(xp_levels.level) filter (
                where xp_levels.minimum_xp <= skill_periods.start_xp
            ) as start_level,
            max(xp_levels.level) filter (
                where xp_levels.minimum_xp <= skill_periods.end_xp
            ) as end_level
        from skill_periods
        inner join xp_levels on skill_periods.end_xp >= xp_levels.minimum_xp
        where
            skill_periods.skill
            in ('ATTACK', 'DEFENCE', 'STRENGTH', 'HITPOINTS', 'RANGED', 'PRAYER', 'MAGIC')
            and xp_levels.level <= 99
        group by
            skill_periods.player_id,
            skill_periods.profile_number,
            skill_periods.period_id,
            skill_periods.skill
    ),

    player_levels as (
        select
            player_id,
            profile_number,
            period_id,
            {%- for moment in ["start", "end"] %}
                {%- set moment_index = loop.index %}
                {%- for skill in [
                    "attack",
                    "defence",
                    "strength",
                    "hitpoints",
                    "ranged",
                    "prayer",
                    "magic",
                ] %}
                    max(
                        case when skill = '{{ skill | upper }}' then {{ moment }}_level end
                    ) as {{ moment }}_{{ skill }}{{ "," if not (loop.last and moment_index == 2) }}
                {%- endfor %}
            {%- endfor %}
        from skill_levels
        group by player_id, profile_number, period_id
    ),

    -- In thousandths, as 0.325 is no double. Adding the levels makes the result null unless all
    -- seven are known; `greatest` would not.
    combat_levels_derived as (
        select
            player_id,
            profile_number,
            period_id,
            {%- for moment in ["start", "end"] %}
                case
                    when
                        {{ moment }}_attack
                        + {{ moment }}_defence
                        + {{ moment }}_strength
                        + {{ moment }}_hitpoints
                        + {{ moment }}_ranged
                        + {{ moment }}_prayer
                        + {{ moment }}_magic
                        is not null
                    then
                        cast(
                            floor(
                                (
                                    250 * (
                                        {{ moment }}_defence
                                        + {{ moment }}_hitpoints
                                        + floor({{ moment }}_prayer / 2)
                                    )
                                    + 325
                                    * greatest(
                                        {{ moment }}_attack + {{ moment }}_strength,
                                        floor(1.5 * {{ moment }}_ranged),
                                        floor(1.5 * {{ moment }}_magic)
                                    )
                                )
                                / 1000
                            ) as integer
                        )
                end as {{ moment }}_combat_level{{ "," if not loop.last }}
            {%- endfor %}
        from player_levels
    )

select *
from combat_levels_derived
