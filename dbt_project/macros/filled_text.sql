{#- Template text with its places {1}, {2}, … filled with words, which are safe to stand in HTML already.
    A word that looks like a place is not filled in turn; a null word leaves nothing.
    text: an expression; words: a list of expressions. -#}
{% macro filled_text(text, words) -%}
    {%- set filled = namespace(text=text) -%}
    {%- for word in words -%}
        {%- set filled.text = (
            "replace("
            ~ filled.text
            ~ ", '{"
            ~ loop.index
            ~ "}', replace(coalesce("
            ~ word
            ~ ", ''), '{', '&#123;'))"
        ) -%}
    {%- endfor -%}
    {{ return(filled.text) }}
{%- endmacro %}
