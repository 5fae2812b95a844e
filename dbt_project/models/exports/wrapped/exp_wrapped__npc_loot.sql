with
    legacy_ticks as (select * from {{ ref("fct_legacy_ticks") }}),

    legacy_loot as (select * from {{ ref("fct_legacy_npc_loot") }}),

    items as (select * from {{ ref("dim_items") }}),

    npc_loot_lists as (
        select
            legacy_loot.form,
            legacy_loot.username,
            legacy_loot.npc_id,
            legacy_loot.mob_name,
            legacy_loot.kill_count,
            {{
                list_or_empty(
                    ordered_list(
                        object(
                            {
                                "item": legacy_item("legacy_loot.item_id", "items.item_name"),
                                "quantity": "legacy_loot.quantity",
                            }
                        ),
                        ["legacy_loot.item_id"],
                        "legacy_loot.item_id is not null",
                    )
                )
            }} as loot
        from legacy_loot
        left join items on legacy_loot.item_id = items.item_id
        group by
            legacy_loot.form,
            legacy_loot.username,
            legacy_loot.npc_id,
            legacy_loot.mob_name,
            legacy_loot.kill_count
    ),

    npcs as (
        select
            form,
            username,
            npc_id,
            mob_name,
            {{
                object(
                    {
                        "name": "mob_name",
                        "id": "npc_id",
                        "kill_count": "kill_count",
                        "loot": "loot",
                    }
                )
            }} as npc
        from npc_loot_lists
    ),

    npc_loot as (
        select
            legacy_ticks.username as _id,
            cast(null as double) as timestamp,
            legacy_ticks.username,
            {{ list_or_empty(ordered_list("npcs.npc", ["npcs.npc_id", "npcs.mob_name"])) }} as value
        from legacy_ticks
        left join npcs on legacy_ticks.form = npcs.form and legacy_ticks.username = npcs.username
        where legacy_ticks.form = '{{ var("wrapped_legacy_form") }}'
        group by legacy_ticks.username
    )

select *
from npc_loot
