with
    legacy_ticks as (select * from {{ ref("fct_legacy_ticks") }}),

    legacy_deaths as (select * from {{ ref("fct_legacy_deaths") }}),

    deaths as (
        select
            form,
            username,
            death_number,
            {{
                object(
                    {
                        "timestamp": "timestamp_value",
                        "location_data": object(
                            {"x": "x", "y": "y", "regionId": "region_id", "name": "area_name"}
                        ),
                    }
                )
            }} as death
        from legacy_deaths
    ),

    user_death as (
        select
            legacy_ticks.username as _id,
            cast(null as double) as timestamp,
            legacy_ticks.username,
            {{ list_or_empty(ordered_list("deaths.death", ["deaths.death_number"])) }} as value
        from legacy_ticks
        left join
            deaths on legacy_ticks.form = deaths.form and legacy_ticks.username = deaths.username
        where legacy_ticks.form = '{{ var("wrapped_legacy_form") }}'
        group by legacy_ticks.username
    )

select *
from user_death
