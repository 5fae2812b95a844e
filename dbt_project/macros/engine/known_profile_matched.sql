{#- The known profile that a login with this xp vector continues, as a struct, or null: the one with
    the least shortfall (0 when the login dominates it), then the least gain, then the smallest
    number. A shortfall must be at most max_xp and max_share of the profile's total: a rollback. -#}
{% macro known_profile_matched(known_profiles, start_xp, max_xp, max_share) -%}
    {{
        return(
            adapter.dispatch("known_profile_matched")(known_profiles, start_xp, max_xp, max_share)
        )
    }}
{%- endmacro %}

{% macro duckdb__known_profile_matched(known_profiles, start_xp, max_xp, max_share) -%}
    list_sort(
        list_filter(
            list_transform(
                {{ known_profiles }},
                lambda known:struct_pack(
                    shortfall := list_sum(
                        list_transform(
                            list_zip({{ start_xp }}, known.xp),
                            lambda pair:greatest(coalesce(pair[2] - pair[1], 0), 0)
                        )
                    ),
                    gain := list_sum(
                        list_transform(
                            list_zip({{ start_xp }}, known.xp),
                            lambda pair:coalesce(pair[1] - pair[2], 0)
                        )
                    ),
                    profile_number := known.profile_number,
                    xp := known.xp
                )
            ),
            lambda candidate:candidate.shortfall = 0
            or (
                candidate.shortfall <= {{ max_xp }}
                and candidate.shortfall <= {{ max_share }} * list_sum(candidate.xp)
            )
        )
    )[1]
{%- endmacro %}

{% macro spark__known_profile_matched(known_profiles, start_xp, max_xp, max_share) -%}
    try_element_at(
        array_sort(
            filter(
                transform(
                    {{ known_profiles }},
                    known -> named_struct(
                        'shortfall',
                        aggregate(
                            zip_with(
                                {{ start_xp }},
                                known.xp,
                                (start_value, known_value)
                                -> greatest(coalesce(known_value - start_value, 0l), 0l)
                            ),
                            0l,
                            (total, part) -> total + part
                        ),
                        'gain',
                        aggregate(
                            zip_with(
                                {{ start_xp }},
                                known.xp,
                                (start_value, known_value)
                                -> coalesce(start_value - known_value, 0l)
                            ),
                            0l,
                            (total, part) -> total + part
                        ),
                        'profile_number',
                        known.profile_number,
                        'xp',
                        known.xp
                    )
                ),
                candidate -> candidate.shortfall = 0
                or (
                    candidate.shortfall <= {{ max_xp }}
                    and candidate.shortfall
                    <= {{ max_share }}
                    * aggregate(candidate.xp, 0l, (total, part) -> total + coalesce(part, 0l))
                )
            )
        ),
        1
    )
{%- endmacro %}
