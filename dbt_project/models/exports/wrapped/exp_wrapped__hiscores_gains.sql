with
    legacy_ticks as (select * from {{ ref("fct_legacy_ticks") }}),

    legacy_hiscores as (select * from {{ ref("fct_legacy_hiscores") }}),

    bosses as (select * from {{ ref("wrapped_bosses") }}),

    users as (
        select form, username from legacy_ticks where form = '{{ var("wrapped_legacy_form") }}'
    ),

    snapshots as (
        select form, username, position, fetched_seconds
        from legacy_hiscores
        group by form, username, position, fetched_seconds
    ),

    -- Two monsters can count for one boss.
    boss_names as (
        select hiscores_name, boss_number from bosses group by hiscores_name, boss_number
    ),

    timestamp_lists as (
        select form, username, {{ ordered_list("fetched_seconds", ["position"]) }} as timestamps
        from snapshots
        group by form, username
    ),

    boss_lists as (
        select
            users.form,
            users.username,
            boss_names.hiscores_name as boss,
            boss_names.boss_number,
            {{
                list_or_empty(
                    ordered_list(
                        "hiscores.value", ["hiscores.position"], "hiscores.position is not null"
                    )
                )
            }} as counts,
            {{
                list_or_empty(
                    ordered_list(
                        "hiscores.rank", ["hiscores.position"], "hiscores.position is not null"
                    )
                )
            }} as ranks
        from users
        cross join boss_names
        left join
            legacy_hiscores as hiscores
            on users.form = hiscores.form
            and users.username = hiscores.username
            and hiscores.entry_kind = 'boss'
            and boss_names.hiscores_name = hiscores.entry_name
        group by users.form, users.username, boss_names.hiscores_name, boss_names.boss_number
    ),

    boss_maps as (
        select
            form,
            username,
            {{ ordered_map("boss", "counts", ["boss_number"]) }} as boss_counts,
            {{ ordered_map("boss", "ranks", ["boss_number"]) }} as boss_ranks
        from boss_lists
        group by form, username
    ),

    skill_lists as (
        select
            form,
            username,
            entry_name,
            {{ ordered_list("value", ["position"], "true") }} as experience_gains
        from legacy_hiscores
        where entry_kind = 'skill'
        group by form, username, entry_name
    ),

    skill_maps as (
        select
            form,
            username,
            {{ ordered_map("entry_name", "experience_gains", ["entry_name"]) }} as experience_gains
        from skill_lists
        group by form, username
    ),

    user_series as (
        select
            users.username,
            {{ list_or_empty("timestamp_lists.timestamps") }} as timestamps,
            {{ map_or_empty("boss_maps.boss_counts") }} as boss_counts,
            {{ map_or_empty("boss_maps.boss_ranks") }} as boss_ranks,
            {{ map_or_empty("skill_maps.experience_gains") }} as experience_gains
        from users
        left join boss_maps on users.form = boss_maps.form and users.username = boss_maps.username
        left join
            timestamp_lists
            on users.form = timestamp_lists.form
            and users.username = timestamp_lists.username
        left join
            skill_maps on users.form = skill_maps.form and users.username = skill_maps.username
    ),

    hiscores_gains as (
        select
            username as _id,
            cast(null as double) as timestamp,
            username,
            {{
                object(
                    {
                        "timestamps": "timestamps",
                        "boss_counts": "boss_counts",
                        "boss_ranks": "boss_ranks",
                    }
                )
            }} as boss_gains,
            {{ object({"timestamps": "timestamps", "experience_gains": "experience_gains"}) }}
            as skill_gains
        from user_series
    )

select *
from hiscores_gains
