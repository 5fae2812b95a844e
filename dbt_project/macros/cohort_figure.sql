{#- A figure of some students, or null when they are few enough to be told apart; no students are no
    secret.
    value: the figure; student_count: how many students are behind it. -#}
{% macro cohort_figure(value, student_count) -%}
    case
        when {{ student_count }} = 0 or {{ student_count }} >= {{ var("spinner_min_cohort") }}
        then {{ value }}
    end
{%- endmacro %}
