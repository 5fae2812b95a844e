{#- Empty array of profiles as known_profiles_extended takes it: structs of a
    number and its xp vector. -#}
{% macro no_known_profiles() -%}
    {{ return(adapter.dispatch("no_known_profiles")()) }}
{%- endmacro %}

{% macro duckdb__no_known_profiles() -%}
    cast([] as struct(profile_number integer, xp bigint[])[])
{%- endmacro %}

{% macro spark__no_known_profiles() -%}
    cast(array() as array<struct<profile_number:int, xp: array<bigint>>>)
{%- endmacro %}
