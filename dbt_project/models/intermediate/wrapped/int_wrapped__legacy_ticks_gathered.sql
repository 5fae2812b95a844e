with
    game_ticks as (select * from {{ ref("stg_wrapped__game_ticks") }}),

    rejected_documents as (select * from {{ ref("int_wrapped__rejected_documents_parsed") }}),

    landed_ticks as (
        select
            game_ticks.username,
            game_ticks.user_key,
            {{ document_order("game_ticks") }},
            cast(game_ticks.x as bigint) as x,
            cast(game_ticks.y as bigint) as y,
            cast(game_ticks.region_id as bigint) as region_id
        from game_ticks
        where game_ticks.username is not null
    ),

    rejected_ticks as (
        select
            username,
            user_key,
            id_rank,
            id_number,
            id_process,
            id_counter,
            {{ json_whole_number("document", "'$.data.location.x'") }} as x,
            {{ json_whole_number("document", "'$.data.location.y'") }} as y,
            {{ json_whole_number("document", "'$.data.location.regionId'") }} as region_id
        from rejected_documents
        where collection = 'game_ticks'
    ),

    ticks_gathered as (
        select username, user_key, id_rank, id_number, id_process, id_counter, x, y, region_id
        from landed_ticks
        union all
        select username, user_key, id_rank, id_number, id_process, id_counter, x, y, region_id
        from rejected_ticks
    )

select *
from ticks_gathered
