with
    stat_changes as (select * from {{ ref("int_wrapped__stat_changes_segmented") }}),

    bursting_segments as (
        select player_id, session_id, segment_number, true as has_burst
        from stat_changes
        where is_burst
        group by player_id, session_id, segment_number
    ),

    segment_skills as (
        select
            stat_changes.player_id,
            stat_changes.session_id,
            stat_changes.segment_number,
            stat_changes.skill_number,
            case
                when bursting_segments.has_burst
                then max(stat_changes.xp) filter (where stat_changes.is_burst)
                else
                    min_by(
                        stat_changes.xp,
                        stat_changes.tick_position * ({{ var("wrapped_max_xp") }} + 1)
                        + stat_changes.xp
                    )
            end as start_xp,
            max(stat_changes.xp) as end_xp
        from stat_changes
        left join
            bursting_segments
            on stat_changes.player_id = bursting_segments.player_id
            and stat_changes.session_id = bursting_segments.session_id
            and stat_changes.segment_number = bursting_segments.segment_number
        group by
            stat_changes.player_id,
            stat_changes.session_id,
            stat_changes.segment_number,
            stat_changes.skill_number,
            bursting_segments.has_burst
    ),

    {%- set start_components = [] %}
    {%- set end_components = [] %}
    {%- for skill_number in range(1, 25) %}
        {%- do start_components.append(
            "max(start_xp) filter (where skill_number = " ~ skill_number ~ ")"
        ) %}
        {%- do end_components.append(
            "max(end_xp) filter (where skill_number = " ~ skill_number ~ ")"
        ) %}
    {%- endfor %}

    segment_xp_vectored as (
        select
            player_id,
            session_id,
            segment_number,
            {{ array_of(start_components) }} as start_xp,
            {{ array_of(end_components) }} as end_xp
        from segment_skills
        group by player_id, session_id, segment_number
    )

select *
from segment_xp_vectored
