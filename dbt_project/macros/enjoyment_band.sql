{#- Band of a sum of polarities: its sign. -#}
{% macro enjoyment_band(enjoyment) -%}
    case
        when {{ enjoyment }} > 0
        then 'positive'
        when {{ enjoyment }} < 0
        then 'negative'
        when {{ enjoyment }} = 0
        then 'neutral'
    end
{%- endmacro %}
