with
    rejected_documents as (select * from {{ ref("int_wrapped__rejected_documents_parsed") }}),

    documents as (
        select
            row_key as fetch_id,
            username,
            {{ json_number("document", "'$.timestamp'") }} as fetched_seconds,
            {{ extended_json_kind("document", "'$.skills'") }} as skills_kind,
            {{ extended_json_kind("document", "'$.bosses'") }} as bosses_kind,
            document
        from rejected_documents
        where collection = 'hiscores'
    ),

    skill_entries as (
        select
            documents.fetch_id,
            'skill' as entry_kind,
            entries.key as entry_name,
            {{ extended_json_kind("entries.value", "'$'") }} as kind,
            {{ json_kind("entries.value", "'$.experience'") }} as value_kind,
            cast(null as string) as rank_kind,
            {{ json_whole_number("entries.value", "'$.experience'") }} as entry_value,
            {{ json_whole_number("entries.value", "'$.rank'") }} as entry_rank
        from documents
        cross join lateral {{ json_entries("documents.document", "'$.skills'") }} as entries
        where documents.skills_kind = 'object'
    ),

    boss_entries as (
        select
            documents.fetch_id,
            'activity' as entry_kind,
            entries.key as entry_name,
            {{ extended_json_kind("entries.value", "'$'") }} as kind,
            {{ json_kind("entries.value", "'$.kills'") }} as value_kind,
            {{ json_kind("entries.value", "'$.rank'") }} as rank_kind,
            {{ json_whole_number("entries.value", "'$.kills'") }} as entry_value,
            {{ json_whole_number("entries.value", "'$.rank'") }} as entry_rank
        from documents
        cross join lateral {{ json_entries("documents.document", "'$.bosses'") }} as entries
        where documents.bosses_kind = 'object'
    ),

    entries as (
        select *
        from skill_entries
        union all
        select *
        from boss_entries
    ),

    -- One entry without its numbers stopped the old job at the whole document.
    unusable_documents as (
        select fetch_id
        from entries
        where
            kind is distinct from 'object'
            or (value_kind is not null and entry_value is null)
            or (rank_kind is not null and entry_rank is null)
        group by fetch_id
    ),

    usable_documents as (
        select documents.fetch_id, documents.username, documents.fetched_seconds
        from documents
        left join unusable_documents on documents.fetch_id = unusable_documents.fetch_id
        where
            unusable_documents.fetch_id is null
            and documents.fetched_seconds is not null
            and (documents.skills_kind is null or documents.skills_kind = 'object')
            and (documents.bosses_kind is null or documents.bosses_kind = 'object')
    ),

    rejected_hiscores as (
        select
            usable_documents.fetch_id,
            usable_documents.username,
            usable_documents.fetched_seconds,
            entries.entry_kind,
            entries.entry_name,
            entries.entry_rank,
            entries.entry_value
        from usable_documents
        left join entries on usable_documents.fetch_id = entries.fetch_id
    )

select *
from rejected_hiscores
