{# One test for all that must be true of each row: no other agrees with it in the columns of `key` (nulls agree with each other), the
   columns that it `has` are not null, and what `holds` is not false (null, for want of a value, passes). `holds` is a text with a
   condition on each line, `--` before a comment. Returns the broken rows with the first rule they break.
   One test and one text, because dbt takes 5 ms to render an argument, for each element of a list, and 15 around a test. #}
{% test each_row(model, key=[], has=[], holds='') %}
{%- set rules = [] -%}
{%- for column in has -%}{%- do rules.append([column ~ ' is not null', column ~ ' is missing']) -%}{%- endfor -%}
{%- for condition in holds.splitlines() | map('trim') if condition and not condition.startswith('--') -%}
    {%- do rules.append([condition, condition]) -%}
{%- endfor -%}
with judged as (

    select
        rows_of_model.*,
        case
            {%- for rule in rules %}
            when not ({{ rule[0] }}) then '{{ rule[1] | replace("'", "") }}'
            {%- endfor %}
        end as broken_rule
    from {{ model }} as rows_of_model

)

{% if key -%}
select {{ key | join(', ') }}, broken_rule
from judged
where broken_rule is not null
union all
select {{ key | join(', ') }}, 'another row has this key' as broken_rule
from {{ model }} as rows_of_model
group by {{ key | join(', ') }}
having count(*) > 1
{%- else -%}
select *
from judged
where broken_rule is not null
{%- endif %}
{% endtest %}
