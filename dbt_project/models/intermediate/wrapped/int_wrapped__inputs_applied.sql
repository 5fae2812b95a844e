{{ config(materialized="table") }}

-- Built after everything that is incremental: a build that stops before is done again.
-- depends_on: {{ ref("fct_area_stints") }}
-- depends_on: {{ ref("fct_player_area_days") }}
-- depends_on: {{ ref("fct_player_days") }}
-- depends_on: {{ ref("fct_player_hour_days") }}
-- depends_on: {{ ref("fct_player_tile_days") }}
-- depends_on: {{ ref("int_wrapped__session_days_counted") }}
-- depends_on: {{ ref("int_wrapped__session_outfits_counted") }}
with
    inputs as (select * from {{ ref("int_wrapped__inputs_digested") }}),

    inputs_applied as (
        select
            input_kind, input_key, player_id, session_id, digest, '{{ invocation_id }}' as build_id
        from inputs
    )

select *
from inputs_applied
