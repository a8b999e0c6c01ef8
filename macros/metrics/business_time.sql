{# Business time of a stretch: what its ends have of open time before them, subtracted. `open_before` is in microseconds, as in
   dim_business_hours; like calendar time it is cut to whole seconds once, at the end. Null while an end is missing and where the
   clock runs backwards. #}
{% macro business_seconds(open_before_start, open_before_end) -%}
    case when {{ open_before_end }} >= {{ open_before_start }}
        then cast({{ whole_quotient('(' ~ open_before_end ~ ' - ' ~ open_before_start ~ ')', '1000000') }} as {{ type_bigint() }})
    end
{%- endmacro %}

{# Open time of a schedule before `moment`, from the rows of dim_business_hours that begin on the moment's day and not after it: the
   last of them knows, and none knows of more. #}
{% macro open_before(moment) -%}
    max(
        hours.open_before_us
        + case
            when {{ moment }} < hours.closes_at then {{ microseconds_between('hours.opens_at', moment) }}
            else {{ microseconds_between('hours.opens_at', 'hours.closes_at') }}
        end
    )
{%- endmacro %}
