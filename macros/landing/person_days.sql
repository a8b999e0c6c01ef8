{# Days on which a person or an account may count otherwise since the last published release: those whose events changed, and those of
   actors who are somebody else now, or of another account, or excluded (dim_actor). #}
{% macro person_days() %}{{ return(both(event_days(), changed_actor_days())) }}{% endmacro %}

{# The same of sessions: one begins on a day of its actor. #}
{% macro account_session_days() %}{{ return(both(touched_days(['fct_session']), changed_actor_days())) }}{% endmacro %}

{# And those on which a standing row would get another plan now, since a subscription may be corrected back to any day. #}
{% macro account_days() %}
    {%- set another_plan -%}
        select distinct standing.event_date
        from {{ this }} as standing
        left join ({{ plan_of_day(this, 'event_date') }}) as plan_of_day
            on standing.account_id = plan_of_day.account_id and standing.event_date = plan_of_day.event_date
        where standing.plan_tier <> coalesce(plan_of_day.plan_tier, 'none')
    {%- endset -%}
    {{ return(both(person_days(), days_from(another_plan))) }}
{% endmacro %}

{% macro changed_actor_days() %}{{ return(touched_days(['dim_actor'])) }}{% endmacro %}

{# The days of every actor. What was used by the hour has no others: both are made of fct_event. Not by ref(): dbt wants that in the
   model's own SQL, and who asks stands behind this table by way of dim_person. #}
{% macro actor_days() %}
    {{ return('select actor_id, event_date from ' ~ api.Relation.create(database=this.database, schema=this.schema, identifier='fct_actor_day')) }}
{% endmacro %}
