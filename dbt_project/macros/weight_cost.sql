{#- Cost of one cell of two graphs that both have an edge there, of different weight; else null, so that
    the mean of the cells leaves it out. It grows with the relative difference up to a cut; the upper cut
    comes first, for the legacy model has it below zero.
    weight, expected: the weights of the cell; model: alias of a row of spinner_distance_models. -#}
{% macro weight_cost(weight, expected, model) -%}
    {%- set change = "(cast(" ~ weight ~ " - " ~ expected ~ " as double) / " ~ expected ~ ")" -%}
    case
        when {{ weight }} = 0 or {{ expected }} = 0 or {{ weight }} = {{ expected }}
        then null
        when {{ change }} > {{ model }}.upper_cut
        then {{ model }}.extra_edge_cost
        when {{ change }} >= 0 and {{ model }}.shape = 'quadratic'
        then
            {{ model }}.extra_edge_cost
            * {{ change }}
            * {{ change }}
            / ({{ model }}.upper_cut * {{ model }}.upper_cut)
        when {{ change }} >= 0
        then {{ model }}.extra_edge_cost * {{ change }} / {{ model }}.upper_cut
        when {{ change }} < {{ model }}.lower_cut
        then {{ model }}.missing_edge_cost
        when {{ model }}.shape = 'quadratic'
        then {{ model }}.missing_edge_cost * {{ change }} * {{ change }}
        else {{ model }}.missing_edge_cost * abs({{ change }}) / abs({{ model }}.lower_cut)
    end
{%- endmacro %}
