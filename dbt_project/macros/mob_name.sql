{#- Name of a monster as a reader wants it: U+00A0 as a space (regular expression classes do not match
    it), without game tags; an empty one is null. The mob_key is this in lower case.

    Arguments:
        name: text column or expression, as the client sent it. -#}
{% macro mob_name(name) -%}
    nullif(
        trim({{ regexp_replace_all("translate(" ~ name ~ ", chr(160), ' ')", "'<[^>]*>'", "''") }}),
        ''
    )
{%- endmacro %}
