{{ config(materialized="table") }}

with
    inputs as (select * from {{ ref("int_wrapped__inputs_digested") }}),

    name_segments as (select * from {{ ref("int_wrapped__name_segments_linked") }}),

    inputs_applied as (
        select *
        from
            {{
                stored_rows(
                    "int_wrapped__inputs_applied",
                    {
                        "input_kind": "string",
                        "input_key": "string",
                        "player_id": "string",
                        "session_id": "string",
                        "digest": "string",
                    },
                )
            }}
    ),

    differences as (
        select
            coalesce(inputs.input_kind, inputs_applied.input_kind) as input_kind,
            coalesce(inputs.input_key, inputs_applied.input_key) as input_key,
            coalesce(inputs.player_id, inputs_applied.player_id) as player_id,
            coalesce(inputs.session_id, inputs_applied.session_id) as session_id,
            inputs.input_kind = 'rules'
            or (
                inputs_applied.input_kind = 'load'
                and try_cast(inputs_applied.digest as bigint)
                > try_cast(coalesce(inputs.digest, '0') as bigint)
            ) as is_about_everybody
        from inputs
        full outer join
            inputs_applied
            on inputs.input_kind = inputs_applied.input_kind
            and inputs.input_key = inputs_applied.input_key
        where inputs.digest is distinct from inputs_applied.digest
    ),

    -- Rules that changed and rows that vanished do not say whose days they change.
    reasons_for_everybody as (
        select count(*) as reasons_count from differences where is_about_everybody
    ),

    all_players as (
        select player_id
        from inputs
        where input_kind = 'player'
        union
        select player_id
        from inputs_applied
        where input_kind = 'player'
    ),

    -- Whoever is named in a run is built anew, whether or not something about them is new.
    requested_players as (
        select player_id
        from name_segments
        where
            false
            {% for user in var("wrapped_users") %}
                or user_key = {{ user_key(dbt.string_literal(dbt.escape_single_quotes(user))) }}
            {% endfor %}
    ),

    inputs_changed as (
        select input_kind, input_key, player_id, session_id
        from differences
        union
        select
            'player' as input_kind,
            player_id as input_key,
            player_id,
            cast(null as string) as session_id
        from requested_players
        union
        select
            'player' as input_kind,
            all_players.player_id as input_key,
            all_players.player_id,
            cast(null as string) as session_id
        from all_players
        cross join reasons_for_everybody
        where reasons_for_everybody.reasons_count > 0
    )

select *
from inputs_changed
