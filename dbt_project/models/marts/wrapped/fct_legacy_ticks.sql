with
    users as (select * from {{ ref("int_wrapped__legacy_users_listed") }}),

    ticks_gathered as (select * from {{ ref("int_wrapped__legacy_ticks_gathered") }}),

    player_periods as (select * from {{ ref("fct_player_periods") }}),

    documents as (
        select username, count(*) as documents_count from ticks_gathered group by username
    ),

    all_time as (
        select player_id, profile_number, ticks_count from player_periods where period_id = 'all'
    ),

    legacy_ticks as (
        select
            users.form,
            users.username,
            users.player_id,
            case
                when users.form = 'parity'
                then coalesce(documents.documents_count, 0)
                else coalesce(all_time.ticks_count, 0)
            end as ticks_count
        from users
        left join documents on users.username = documents.username and users.form = 'parity'
        left join
            all_time
            on users.player_id = all_time.player_id
            and users.profile_number = all_time.profile_number
    )

select *
from legacy_ticks
