with
    session_outfits as (select * from {{ ref("int_wrapped__session_outfits_counted") }}),

    session_profiles as (select * from {{ ref("int_wrapped__session_profiles") }}),

    outfit_slots as (select * from {{ ref("stg_wrapped__outfit_slots") }}),

    equipment_slots as (select * from {{ ref("wrapped_equipment_slots") }}),

    -- Between the old offset and the new one lie old items, or body kits of the new era. A slot
    -- that never shows the body therefore gives the old era away.
    old_outfits as (
        select outfit_slots.outfit_id
        from outfit_slots
        inner join equipment_slots on outfit_slots.slot_number = equipment_slots.slot_number
        where not equipment_slots.has_body_kit and outfit_slots.slot_value between 513 and 2047
        group by outfit_slots.outfit_id
    ),

    sessions as (
        select
            session_outfits.player_id,
            session_outfits.session_id,
            coalesce(bool_or(old_outfits.outfit_id is not null), false) as has_old_outfit
        from session_outfits
        left join old_outfits on session_outfits.outfit_id = old_outfits.outfit_id
        group by session_outfits.player_id, session_outfits.session_id
    ),

    session_starts as (
        select
            player_id,
            session_id,
            {{ epoch_ms_to_timestamp("min(session_started_ms)") }} as started_at
        from session_profiles
        group by player_id, session_id
    ),

    eras as (
        select
            sessions.player_id,
            sessions.session_id,
            case
                when
                    sessions.has_old_outfit
                    or session_starts.started_at
                    < cast('{{ var("wrapped_equipment_era_date") }}' as timestamp)
                then 'old'
                else 'new'
            end as gear_era
        from sessions
        left join
            session_starts
            on sessions.player_id = session_starts.player_id
            and sessions.session_id = session_starts.session_id
    ),

    gear_eras_classified as (
        select
            player_id,
            session_id,
            gear_era,
            case
                when gear_era = 'old'
                then {{ var("wrapped_old_equipment_offset") }}
                else {{ var("wrapped_new_equipment_offset") }}
            end as item_offset
        from eras
    )

select *
from gear_eras_classified
