with
    rejects as (select * from {{ ref("stg_wrapped__rejects") }}),

    checked as (
        select collection, row_key, source_kind, reason, {{ valid_json("document") }} as document
        from rejects
        where reason in ('bad_id', 'bad_type', 'wrong_event')
    ),

    named as (
        select
            collection,
            row_key,
            source_kind,
            reason,
            {{ json_text("document", "'$.username'") }} as username,
            document
        from checked
        where document is not null and {{ json_kind("document", "'$.username'") }} = 'text'
    ),

    rejected_documents as (
        select
            collection,
            row_key,
            username,
            {{ user_key("username") }} as user_key,
            -- MongoDB sorts ids by type first: null, numbers, texts, documents, bytes, ObjectIds,
            -- booleans, dates. The rows of a plugin's file follow, by the numbers of the rows.
            cast(
                case
                    when source_kind = 'sqlite'
                    then 10
                    when reason <> 'bad_id'
                    then 7
                    when row_key like '"%'
                    then 2
                    when row_key like '{"$numberDouble"%'
                    then 1
                    when row_key like '{"$binary"%' or row_key like '{"$uuid"%'
                    then 5
                    when row_key like '{"$date"%'
                    then 9
                    when substr(row_key, 1, 1) = '{'
                    then 3
                    when row_key in ('true', 'false')
                    then 8
                    when try_cast(row_key as double) is not null
                    then 1
                    else 0
                end as smallint
            ) as id_rank,
            case
                when reason = 'bad_id'
                then coalesce(try_cast(row_key as double), 0)
                when source_kind = 'sqlite'
                then cast({{ hex_to_integer("substr(row_key, 19)") }} as double)
                else cast({{ hex_to_integer("substr(row_key, 1, 8)") }} as double)
            end as id_number,
            case when reason = 'bad_id' then row_key else substr(row_key, 9, 10) end as id_process,
            case
                when reason = 'bad_id'
                then 0
                when source_kind = 'sqlite'
                then coalesce({{ hex_to_integer("substr(row_key, 1, 8)") }}, 0)
                else coalesce({{ hex_to_integer("substr(row_key, 19)") }}, 0)
            end as id_counter,
            document
        from named
    )

select *
from rejected_documents
