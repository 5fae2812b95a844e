{#- Address of a picture on the wiki, from its file name (an expression). -#}
{% macro wiki_image_url(file_name) -%}
    'https://oldschool.runescape.wiki/images/'
    || {{ percent_encode("replace(" ~ file_name ~ ", ' ', '_')") }}
{%- endmacro %}
