{#- Text of an amount of gp: whole below 100,000, from there in k, M or B with one decimal. -#}
{% macro format_gp(gp) -%}
    case
        when abs({{ gp }}) < 100000
        then {{ format_thousands(gp) }}
        when round(abs({{ gp }}) / 1e3, 1) < 1000
        then {{ format_thousands(gp ~ " / 1e3", 1) }} || 'k'
        when round(abs({{ gp }}) / 1e6, 1) < 1000
        then {{ format_thousands(gp ~ " / 1e6", 1) }} || 'M'
        else {{ format_thousands(gp ~ " / 1e9", 1) }} || 'B'
    end
{%- endmacro %}
