with
    actor_deaths as (select * from {{ ref("stg_wrapped__actor_deaths") }}),

    rejected_documents as (select * from {{ ref("int_wrapped__rejected_documents_parsed") }}),

    landed_deaths as (
        select
            actor_deaths.username,
            {{ document_order("actor_deaths") }},
            cast(actor_deaths.event_ms as double) as timestamp_value,
            cast(actor_deaths.x as bigint) as x,
            cast(actor_deaths.y as bigint) as y,
            cast(actor_deaths.region_id as bigint) as region_id
        from actor_deaths
        where
            actor_deaths.actor_name = actor_deaths.username
            and actor_deaths.tick_number is not null
            and actor_deaths.has_session_id
    ),

    rejected_deaths as (
        select
            username,
            id_rank,
            id_number,
            id_process,
            id_counter,
            {{ json_number("document", "'$.timestamp'") }} as timestamp_value,
            {{ json_whole_number("document", "'$.data.location.x'") }} as x,
            {{ json_whole_number("document", "'$.data.location.y'") }} as y,
            {{ json_whole_number("document", "'$.data.location.regionId'") }} as region_id
        from rejected_documents
        where
            collection = 'actor_death'
            and {{ json_kind("document", "'$.data.name'") }} = 'text'
            and {{ json_text("document", "'$.data.name'") }} = username
            and {{ json_kind("document", "'$.tickCount'") }} is not null
            and {{ json_kind("document", "'$.sessionId'") }} is not null
    ),

    own_deaths as (
        select
            username, id_rank, id_number, id_process, id_counter, timestamp_value, x, y, region_id
        from landed_deaths
        union all
        select
            username, id_rank, id_number, id_process, id_counter, timestamp_value, x, y, region_id
        from rejected_deaths
    ),

    deaths_gathered as (
        select
            username,
            row_number() over (
                partition by username order by id_rank, id_number, id_process, id_counter
            ) as death_number,
            timestamp_value,
            x,
            y,
            region_id
        from own_deaths
        where
            timestamp_value is not null
            and x is not null
            and y is not null
            and region_id is not null
    )

select *
from deaths_gathered
