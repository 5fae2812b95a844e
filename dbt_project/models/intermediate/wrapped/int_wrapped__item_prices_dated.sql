with
    loot_items as (select * from {{ ref("int_wrapped__loot_items_unnoted") }}),

    constant_prices as (select * from {{ ref("wrapped_item_prices") }}),

    daily_prices as (select * from {{ ref("stg_wrapped__item_prices") }}),

    items as (select * from {{ ref("int_wrapped__items_merged") }}),

    item_dates as (select item_id, price_date from loot_items group by item_id, price_date),

    prices as (
        select
            item_id,
            price_date,
            coalesce(
                (average_high_gp + average_low_gp) / 2, average_high_gp, average_low_gp
            ) as unit_price_gp
        from daily_prices
        where average_high_gp is not null or average_low_gp is not null
    ),

    prices_in_reach as (
        select
            item_dates.item_id,
            item_dates.price_date,
            prices.price_date as quoted_date,
            prices.unit_price_gp
        from item_dates
        inner join
            prices
            on item_dates.item_id = prices.item_id
            and item_dates.price_date >= prices.price_date
            and {{ days_between("prices.price_date", "item_dates.price_date") }}
            <= {{ var("wrapped_price_max_age_days") }}
        -- One price a day and item: the newest quotation on or before the date.
        qualify
            row_number() over (
                partition by item_dates.item_id, item_dates.price_date
                order by prices.price_date desc, prices.unit_price_gp asc
            )
            = 1
    ),

    item_prices_dated as (
        select
            item_dates.item_id,
            item_dates.price_date,
            cast(
                coalesce(
                    constant_prices.unit_price_gp,
                    prices_in_reach.unit_price_gp,
                    items.high_alchemy_gp,
                    0
                ) as double
            ) as unit_price_gp,
            case
                when constant_prices.unit_price_gp is not null
                then 'constant'
                when prices_in_reach.quoted_date = item_dates.price_date
                then 'daily'
                when prices_in_reach.quoted_date is not null
                then 'earlier'
                when items.high_alchemy_gp is not null
                then 'alchemy'
                else 'none'
            end as price_source
        from item_dates
        left join constant_prices on item_dates.item_id = constant_prices.item_id
        left join
            prices_in_reach
            on item_dates.item_id = prices_in_reach.item_id
            and item_dates.price_date = prices_in_reach.price_date
        left join items on item_dates.item_id = items.item_id
    )

select *
from item_prices_dated
