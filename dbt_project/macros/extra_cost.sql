{#- Cost of one cell of two graphs where the student has an edge that the other graph lacks, else 0.
    weight, expected: the weights of the cell; is_self_loop: whether it is on the diagonal;
    model: alias of a row of spinner_distance_models. -#}
{% macro extra_cost(weight, expected, is_self_loop, model) -%}
    case
        when {{ weight }} <> 0 and {{ expected }} = 0
        then
            {{ model }}.extra_edge_cost
            * case when {{ is_self_loop }} then {{ model }}.self_loop_factor else 1 end
        else 0
    end
{%- endmacro %}
