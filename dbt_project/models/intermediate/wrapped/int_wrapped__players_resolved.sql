with
    name_segments as (select * from {{ ref("int_wrapped__name_segments_linked") }}),

    player_settings as (select * from {{ ref("int_wrapped__player_settings_mapped") }}),

    player_zones as (select * from {{ ref("int_wrapped__player_zones") }}),

    sessions as (select * from {{ ref("int_wrapped__sessions_observed") }}),

    hiscores_fetches as (select * from {{ ref("stg_wrapped__hiscores_fetches") }}),

    data_through as (select * from {{ ref("stg_wrapped__data_through") }}),

    digests as (select * from {{ ref("int_wrapped__player_controls_digested") }}),

    hiscores_players as (
        select
            name_segments.player_id,
            max_by(hiscores_fetches.username, hiscores_fetches.fetched_at) as username
        from hiscores_fetches
        inner join
            name_segments
            on hiscores_fetches.user_key = name_segments.user_key
            and hiscores_fetches.fetched_at
            >= coalesce(name_segments.valid_from, hiscores_fetches.fetched_at)
            and (
                hiscores_fetches.fetched_at < name_segments.valid_to
                or name_segments.valid_to is null
            )
        group by name_segments.player_id
    ),

    source_ends as (
        select source_kind, max(data_through_at) as data_through_at
        from data_through
        group by source_kind
    ),

    -- A plugin's file has no arrival: it goes as far as its player's last event.
    player_source_ends as (
        select
            sessions.player_id,
            sessions.source_kind,
            case
                when sessions.source_kind = 'sqlite'
                then {{ epoch_ms_to_timestamp("max(sessions.last_event_ms)") }}
                else coalesce(max(source_ends.data_through_at), max(sessions.last_arrived_at))
            end as data_through_at
        from sessions
        left join source_ends on sessions.source_kind = source_ends.source_kind
        group by sessions.player_id, sessions.source_kind
    ),

    players_data_through as (
        select player_id, max(data_through_at) as data_through_at
        from player_source_ends
        group by player_id
    ),

    players_observed as (
        select
            player_id,
            {{ epoch_ms_to_timestamp("min(first_event_ms)") }} as first_event_at,
            {{ epoch_ms_to_timestamp("max(last_event_ms)") }} as last_event_at
        from sessions
        group by player_id
    ),

    -- Spellings of one instant (two clients) are told apart by the text itself.
    newest_spellings as (
        select player_id, username as raw_username
        from sessions
        qualify
            row_number() over (partition by player_id order by last_event_ms desc, username desc)
            = 1
    ),

    current_settings as (
        select player_id, username, time_zone, is_opted_out, can_compare, visibility
        from player_settings
        where valid_to is null
    ),

    current_zones as (select player_id, time_zone from player_zones where valid_to is null),

    players_resolved as (
        select
            name_segments.player_id,
            name_segments.user_key,
            trim(
                replace(
                    coalesce(
                        newest_spellings.raw_username,
                        current_settings.username,
                        hiscores_players.username
                    ),
                    chr(160),
                    ' '
                )
            ) as username,
            coalesce(
                newest_spellings.raw_username, current_settings.username, hiscores_players.username
            ) as raw_username,
            name_segments.owns_user_key,
            coalesce(current_zones.time_zone, 'UTC') as time_zone,
            coalesce(current_settings.is_opted_out, false) as is_opted_out,
            coalesce(current_settings.can_compare, false) as can_compare,
            coalesce(current_settings.visibility, 'private') as visibility,
            players_observed.first_event_at,
            players_observed.last_event_at,
            players_data_through.data_through_at,
            digests.control_digest
        from name_segments
        left join players_observed on name_segments.player_id = players_observed.player_id
        left join newest_spellings on name_segments.player_id = newest_spellings.player_id
        left join current_settings on name_segments.player_id = current_settings.player_id
        left join current_zones on name_segments.player_id = current_zones.player_id
        left join hiscores_players on name_segments.player_id = hiscores_players.player_id
        left join players_data_through on name_segments.player_id = players_data_through.player_id
        left join digests on name_segments.player_id = digests.player_id
        where
            name_segments.is_current_key
            and coalesce(
                players_observed.player_id, current_settings.player_id, hiscores_players.player_id
            )
            is not null
    )

select *
from players_resolved
