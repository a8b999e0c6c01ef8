{# Records of a raw table with versions, as they stood at the end of as_of: the last version until then. Where all versions came later, the
   earliest of them says what it can; a record without a clock is taken as it is. Few have changed since, so only these are put in order,
   by the rule of with_versions. #}
{% macro standing_versions(relation, key, clock) -%}
    select raw_version.*
    from {{ relation }} as raw_version
    left join (
        select
            {{ key }},
            file_path,
            line
        from (
            select
                placed.{{ key }},
                placed.file_path,
                placed.line,
                row_number() over (
                    partition by placed.{{ key }}
                    order by
                        case when placed.{{ clock }} >= changed_since.as_of_end then 1 else 0 end,
                        case when placed.{{ clock }} < changed_since.as_of_end then placed.{{ clock }} end desc nulls last,
                        placed.{{ clock }},
                        placed.file_path desc,
                        placed.line desc
                ) as place
            from {{ relation }} as placed
            inner join (
                select
                    latest.{{ key }},
                    as_of_end.as_of_end
                from {{ relation }} as latest
                cross join (select {{ reporting_day_start(add_days('as_of', 1)) }} as as_of_end from {{ ref('dim_as_of') }}) as as_of_end
                where latest.is_current and latest.{{ clock }} >= as_of_end.as_of_end
            ) as changed_since
                on placed.{{ key }} = changed_since.{{ key }}
        ) as in_order
        where place = 1
    ) as stood
        on raw_version.{{ key }} = stood.{{ key }}
    where (stood.{{ key }} is null and raw_version.is_current)
        or (raw_version.file_path = stood.file_path and raw_version.line = stood.line)
{%- endmacro %}
