{% set shown_columns = [
    ("dim_images", "entity_key"),
    ("dim_mobs", "mob_key"),
    ("dim_mobs", "mob_name"),
    ("fct_kills", "mob_key"),
    ("fct_kills", "mob_name"),
    ("fct_loot_items", "mob_key"),
    ("fct_own_deaths", "cause_mob_key"),
    ("fct_player_combat_periods", "most_killed_mob_key"),
    ("fct_player_loot_periods", "best_drop_mob_key"),
    ("fct_player_mob_days", "mob_key"),
    ("fct_player_mob_periods", "mob_key"),
    ("int_wrapped__death_causes_found", "cause_mob_key"),
    ("int_wrapped__hits_classified", "mob_key"),
    ("int_wrapped__loot_drops_merged", "mob_name"),
    ("int_wrapped__mobs_sighted", "mob_name"),
    ("int_wrapped__npcs_named", "npc_name"),
] %}
{% set event_models = ["actor_deaths", "hitsplats", "loot_drops"] %}

with
    npcs as (select * from {{ ref("stg_wrapped__npcs") }}),

    {% for entities in event_models %}
        received_{{ entities }} as (select * from {{ ref("stg_wrapped__" ~ entities) }}),

        {{ entities }} as (select * from {{ ref("int_wrapped__" ~ entities ~ "_deduplicated") }}),
    {% endfor %}
    sightings as (
        {% for entities in event_models %}
            select actor_name, actor_type, actor_name = username as is_own
            from received_{{ entities }} {{ "union" if not loop.last }}
        {% endfor %}
    ),

    monsters as (
        select lower({{ mob_name("actor_name") }}) as name_key
        from sightings
        where actor_type = 1
        union
        select lower({{ mob_name("npc_name") }}) as name_key
        from npcs
    ),

    -- A name without a type is a player's unless it is known as a monster's.
    others as (
        select lower({{ mob_name("actor_name") }}) as name_key
        from sightings
        where actor_type is distinct from 1 and not coalesce(is_own, false)
    ),

    names_shown as (
        {% for model, column in shown_columns %}
            select '{{ model }}.{{ column }}' as shown_in, lower({{ column }}) as name_key
            from {{ ref(model) }}
            union
        {% endfor %}
        {% for entities in event_models %}
            select '{{ entities }}' as shown_in, lower({{ mob_name("actor_name") }}) as name_key
            from {{ entities }}
            where actor_name <> username {{ "union" if not loop.last }}
        {% endfor %}
    )

select names_shown.shown_in, names_shown.name_key
from names_shown
inner join others on names_shown.name_key = others.name_key
left join monsters on names_shown.name_key = monsters.name_key
where monsters.name_key is null
