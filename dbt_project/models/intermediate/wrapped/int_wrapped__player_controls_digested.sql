with
    name_segments as (select * from {{ ref("int_wrapped__name_segments_linked") }}),

    player_settings as (select * from {{ ref("int_wrapped__player_settings_mapped") }}),

    excluded_ranges as (select * from {{ ref("stg_wrapped__excluded_ranges") }}),

    profile_overrides as (select * from {{ ref("stg_wrapped__profile_overrides") }}),

    control_lines as (
        select player_id, 'name ' || user_key as subject, valid_from as from_at, valid_to as to_at
        from name_segments
        union all
        select
            player_id,
            'zone ' || coalesce(time_zone, '') || ' ' || cast(is_opted_out as string) as subject,
            valid_from as from_at,
            valid_to as to_at
        from player_settings
        union all
        select
            name_segments.player_id,
            'excluded' as subject,
            excluded_ranges.from_at,
            excluded_ranges.to_at
        from name_segments
        inner join
            excluded_ranges
            on name_segments.user_key = excluded_ranges.user_key
            or excluded_ranges.is_everybody
        union all
        select
            name_segments.player_id,
            'profile ' || coalesce(profile_overrides.label, '') as subject,
            profile_overrides.from_at,
            profile_overrides.to_at
        from name_segments
        inner join profile_overrides on name_segments.user_key = profile_overrides.user_key
    ),

    written_lines as (
        select
            player_id,
            subject
            || ' '
            || coalesce(cast(from_at as string), '')
            || ' '
            || coalesce(cast(to_at as string), '') as control_line
        from control_lines
    ),

    player_controls_digested as (
        select
            player_id,
            md5({{ string_agg_ordered("control_line", "control_line") }}) as control_digest
        from written_lines
        group by player_id
    )

select *
from player_controls_digested
