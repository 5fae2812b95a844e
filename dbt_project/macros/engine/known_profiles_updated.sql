{#- The known profiles with one of them at its newest xp vector; what that does not know stays as the
    older vector has it. -#}
{% macro known_profiles_updated(known_profiles, profile_number, end_xp, older_xp) -%}
    {{
        return(
            adapter.dispatch("known_profiles_updated")(
                known_profiles, profile_number, end_xp, older_xp
            )
        )
    }}
{%- endmacro %}

{% macro duckdb__known_profiles_updated(known_profiles, profile_number, end_xp, older_xp) -%}
    list_append(
        list_filter(
            {{ known_profiles }}, lambda known:known.profile_number <> {{ profile_number }}
        ),
        struct_pack(
            profile_number := {{ profile_number }},
            xp := list_transform(
                list_zip({{ end_xp }}, coalesce({{ older_xp }}, {{ end_xp }})),
                lambda pair:coalesce(pair[1], pair[2])
            )
        )
    )
{%- endmacro %}

{% macro spark__known_profiles_updated(known_profiles, profile_number, end_xp, older_xp) -%}
    concat(
        filter({{ known_profiles }}, known -> known.profile_number <> {{ profile_number }}),
        array(
            named_struct(
                'profile_number',
                {{ profile_number }},
                'xp',
                zip_with(
                    {{ end_xp }},
                    coalesce({{ older_xp }}, {{ end_xp }}),
                    (newer_value, older_value) -> coalesce(newer_value, older_value)
                )
            )
        )
    )
{%- endmacro %}
