{#- Text percent-encoded as one segment of a URL (every byte but letters, digits and - . _ ~). -#}
{% macro percent_encode(value) -%}
    {{ return(adapter.dispatch("percent_encode")(value)) }}
{%- endmacro %}

{% macro duckdb__percent_encode(value) -%} url_encode({{ value }}) {%- endmacro %}

{% macro spark__percent_encode(value) -%}
    replace(replace(url_encode({{ value }}), '+', '%20'), '%7E', '~')
{%- endmacro %}
