with
    loot_items as (select * from {{ ref("fct_loot_items") }}),

    kills as (select * from {{ ref("fct_kills") }}),

    mob_days as (select * from {{ ref("fct_player_mob_days") }}),

    item_days as (select * from {{ ref("fct_player_item_days") }}),

    totals as (
        select 'loot items' as relation, sum(value_gp) as value_gp
        from loot_items
        union all
        select 'kills' as relation, sum(loot_value_gp) as value_gp
        from kills
        union all
        select 'mob days' as relation, sum(loot_value_gp) as value_gp
        from mob_days
        union all
        select 'item days' as relation, sum(looted_value_gp) as value_gp
        from item_days
    ),

    spread as (
        select max(coalesce(value_gp, 0)) - min(coalesce(value_gp, 0)) as difference_gp from totals
    )

-- Sums of fractions differ in their last digits with the order of the rows.
select *
from spread
where difference_gp > 0.01
