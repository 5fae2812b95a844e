{#- Foreign text made safe to stand in HTML: game tags such as <col=00ffff> removed, then & (first), <, >,
    " and ' written as entities. Null stays null. -#}
{% macro escape_html(value) -%}
    replace(
        replace(
            replace(
                replace(
                    replace({{ regexp_replace_all(value, "'<[^>]*>'", "''") }}, '&', '&amp;'),
                    '<',
                    '&lt;'
                ),
                '>',
                '&gt;'
            ),
            '"',
            '&quot;'
        ),
        '''',
        '&#39;'
    )
{%- endmacro %}
