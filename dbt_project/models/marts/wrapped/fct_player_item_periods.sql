with
    periods as (select * from {{ ref("int_wrapped__player_periods_spanned") }}),

    item_days as (select * from {{ ref("fct_player_item_days") }}),

    player_item_periods as (
        select
            periods.player_id,
            periods.profile_number,
            periods.period_id,
            item_days.item_id,
            cast(sum(item_days.looted_count) as bigint) as looted_count,
            cast(sum(item_days.looted_quantity) as bigint) as looted_quantity,
            cast(sum(item_days.looted_value_gp) as double) as looted_value_gp
        from periods
        inner join
            item_days
            on periods.player_id = item_days.player_id
            and periods.profile_number = item_days.profile_number
            and periods.start_date <= item_days.played_date
            and periods.end_date > item_days.played_date
        where item_days.looted_count > 0
        group by periods.player_id, periods.profile_number, periods.period_id, item_days.item_id
    )

select *
from player_item_periods
