{# Before anything is built in the production file: until a build is complete, nothing is built. #}
{% macro forget_built_domains() %}
    {% if target.name == "prod" %} drop table if exists raw_ops.built_domains {% endif %}
{% endmacro %}
