-- A chain of more than 64 renames would end at a name that is not its first.
with
    name_segments as (select * from {{ ref("int_wrapped__name_segments_linked") }}),

    cut_chains as (
        select name_segments.player_id, name_segments.user_key, name_segments.segment_number
        from name_segments
        inner join
            name_segments as roots
            on name_segments.root_user_key = roots.user_key
            and name_segments.root_segment_number = roots.segment_number
        where roots.player_id <> name_segments.player_id
    )

select *
from cut_chains
