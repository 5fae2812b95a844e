{#- Band of an exploration distance: how far a student went beyond the expected procedure; null for null. -#}
{% macro exploration_band(exploration) -%}
    case
        when {{ exploration }} > 100
        then 'beyond'
        when {{ exploration }} > 75
        then 'other_modes'
        when {{ exploration }} > 25
        then 'close'
        when {{ exploration }} is not null
        then 'early'
    end
{%- endmacro %}
