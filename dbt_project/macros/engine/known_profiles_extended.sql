{#- The known profiles after one more login, its profile last: an array of structs of a number and its
    xp vector. The login continues the known profile with the least shortfall (0 when the login
    dominates it), then the least gain, then the smallest number; a shortfall must be at most max_xp
    and max_share of that profile's total (a rollback). Else it opens the next one. What its vector at
    the end does not know stays as the older vector has it. -#}
{% macro known_profiles_extended(known_profiles, start_xp, end_xp, max_xp, max_share) -%}
    {{
        return(
            adapter.dispatch("known_profiles_extended")(
                known_profiles, start_xp, end_xp, max_xp, max_share
            )
        )
    }}
{%- endmacro %}

{% macro duckdb__known_profiles_extended(known_profiles, start_xp, end_xp, max_xp, max_share) -%}
    list_transform(
        [
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
        ],
        lambda matched:list_append(
            list_filter(
                {{ known_profiles }},
                lambda known:known.profile_number is distinct from matched.profile_number
            ),
            struct_pack(
                profile_number
                := coalesce(matched.profile_number, cast(len({{ known_profiles }}) + 1 as integer)),
                xp := list_transform(
                    list_zip({{ end_xp }}, coalesce(matched.xp, {{ end_xp }})),
                    lambda pair:coalesce(pair[1], pair[2])
                )
            )
        )
    )[1]
{%- endmacro %}

{% macro spark__known_profiles_extended(known_profiles, start_xp, end_xp, max_xp, max_share) -%}
    transform(
        array(
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
                            * aggregate(
                                candidate.xp, 0l, (total, part) -> total + coalesce(part, 0l)
                            )
                        )
                    )
                ),
                1
            )
        ),
        matched -> concat(
            filter(
                {{ known_profiles }}, known -> not (known.profile_number <=> matched.profile_number)
            ),
            array(
                named_struct(
                    'profile_number',
                    coalesce(matched.profile_number, size({{ known_profiles }}) + 1),
                    'xp',
                    zip_with(
                        {{ end_xp }},
                        coalesce(matched.xp, {{ end_xp }}),
                        (newer_value, older_value) -> coalesce(newer_value, older_value)
                    )
                )
            )
        )
    )[0]
{%- endmacro %}
