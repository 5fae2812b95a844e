with
    {%- set event_models = [
        "actor_deaths",
        "game_ticks",
        "hitsplats",
        "loot_drops",
        "offer_changes",
        "stat_changes",
    ] %}
    {%- for entities in event_models %}
        {{ entities }} as (select * from {{ ref("stg_wrapped__" ~ entities) }}),
    {% endfor %}
    hiscores_fetches as (select * from {{ ref("stg_wrapped__hiscores_fetches") }}),

    players as (select * from {{ ref("stg_wrapped__players") }}),

    renames as (select * from {{ ref("stg_wrapped__renames") }}),

    mentioned_keys as (
        {%- for entities in event_models %}
            select user_key
            from {{ entities }}
            where reject_reason is null
            group by user_key
            union all
        {%- endfor %}
        select user_key
        from hiscores_fetches
        union all
        select user_key
        from players
        union all
        select old_user_key as user_key
        from renames
        union all
        select new_user_key as user_key
        from renames
    ),

    user_keys as (
        select user_key
        from mentioned_keys
        where {{ regexp_like("user_key", "'^[a-z0-9 ]{1,12}$'") }}
        group by user_key
    ),

    -- A rename that is listed twice is one; one to another spelling of the same key is none.
    edges as (
        select old_user_key, new_user_key, effective_at
        from renames
        where old_user_key <> new_user_key and effective_at is not null
        group by old_user_key, new_user_key, effective_at
    ),

    starts as (
        select user_key, cast(null as timestamp) as valid_from
        from user_keys
        union
        select old_user_key as user_key, effective_at as valid_from
        from edges
        union
        select new_user_key as user_key, effective_at as valid_from
        from edges
    ),

    segments as (
        select
            user_key,
            cast(
                row_number() over (partition by user_key order by valid_from nulls first)
                - 1 as integer
            ) as segment_number,
            valid_from,
            lead(valid_from) over (
                partition by user_key order by valid_from nulls first
            ) as valid_to
        from starts
    ),

    -- A segment without predecessor is its own parent and so the first of its chain.
    parents as (
        select
            segments.user_key,
            segments.segment_number,
            segments.valid_from,
            segments.valid_to,
            coalesce(earlier.user_key, segments.user_key) as root_user_key,
            coalesce(earlier.segment_number, segments.segment_number) as root_segment_number
        from segments
        left join
            edges
            on segments.user_key = edges.new_user_key
            and segments.valid_from = edges.effective_at
        left join
            segments as earlier
            on edges.old_user_key = earlier.user_key
            and edges.effective_at = earlier.valid_to
    ),

    {%- set doublings = [
        "parents",
        "2_back",
        "4_back",
        "8_back",
        "16_back",
        "32_back",
        "64_back",
    ] %}
    {%- for further in doublings[1:] %}
        {%- set nearer = "parents" if loop.first else "roots_" ~ doublings[loop.index0] %}
        roots_{{ further }} as (
            select
                nearer.user_key,
                nearer.segment_number,
                nearer.valid_from,
                nearer.valid_to,
                earlier.root_user_key,
                earlier.root_segment_number
            from {{ nearer }} as nearer
            inner join
                {{ nearer }} as earlier
                on nearer.root_user_key = earlier.user_key
                and nearer.root_segment_number = earlier.segment_number
        ),
    {% endfor %}

    identified as (
        select
            substr(
                md5(root_user_key || '|' || cast(root_segment_number as string)), 1, 16
            ) as player_id,
            user_key,
            segment_number,
            valid_from,
            valid_to,
            root_user_key,
            root_segment_number,
            row_number() over (
                partition by root_user_key, root_segment_number
                order by valid_from desc nulls last, segment_number desc
            )
            = 1 as is_current_key
        from roots_64_back
    ),

    -- Two players can end with the same key; the later holder owns it.
    owners as (
        select user_key, max_by(player_id, segment_number) as owner_player_id
        from identified
        where is_current_key
        group by user_key
    ),

    name_segments as (
        select
            identified.player_id,
            identified.user_key,
            identified.segment_number,
            identified.valid_from,
            identified.valid_to,
            identified.root_user_key,
            identified.root_segment_number,
            identified.is_current_key,
            identified.is_current_key
            and identified.player_id = owners.owner_player_id as owns_user_key
        from identified
        left join owners on identified.user_key = owners.user_key
    )

select *
from name_segments
