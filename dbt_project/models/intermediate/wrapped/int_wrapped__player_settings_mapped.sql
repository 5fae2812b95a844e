with
    name_segments as (select * from {{ ref("int_wrapped__name_segments_linked") }}),

    players as (select * from {{ ref("stg_wrapped__players") }}),

    -- A dated row means whoever held the name at that instant; an undated one everybody who held
    -- it.
    mapped as (
        select
            name_segments.player_id,
            players.user_key,
            players.username,
            players.valid_from,
            players.time_zone,
            players.hiscores_suffix,
            players.is_opted_out,
            players.can_compare,
            players.visibility,
            name_segments.is_current_key,
            name_segments.valid_from as segment_valid_from
        from players
        inner join
            name_segments
            on players.user_key = name_segments.user_key
            and (
                players.valid_from is null
                or (
                    players.valid_from >= coalesce(name_segments.valid_from, players.valid_from)
                    and (
                        players.valid_from < name_segments.valid_to
                        or name_segments.valid_to is null
                    )
                )
            )
    ),

    -- Several names of one player can have a row from the same instant: the newest name counts.
    newest_names as (
        select
            player_id,
            user_key,
            username,
            valid_from,
            time_zone,
            hiscores_suffix,
            is_opted_out,
            can_compare,
            visibility
        from mapped
        qualify
            row_number() over (
                partition by player_id, valid_from
                order by is_current_key desc, segment_valid_from desc nulls last, username
            )
            = 1
    ),

    player_settings as (
        select
            player_id,
            user_key,
            username,
            valid_from,
            lead(valid_from) over (
                partition by player_id order by valid_from nulls first
            ) as valid_to,
            time_zone,
            hiscores_suffix,
            is_opted_out,
            can_compare,
            visibility
        from newest_names
    )

select *
from player_settings
