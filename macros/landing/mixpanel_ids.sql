{# Whom an event of Mixpanel names, from its id fields. A distinct_id is a device when it says so or repeats the device id; otherwise it is the
   user, as in projects older than simplified id merge. #}
{% macro mixpanel_user_id() -%}
    coalesce(
            user_id,
            identified_id,
            case when distinct_id not like '$device:%' and distinct_id <> coalesce(device_id, '') then distinct_id end
        )
{%- endmacro %}

{% macro mixpanel_device_id() -%}
    coalesce(device_id, anon_id, case when distinct_id like '$device:%' then substr(distinct_id, 9) end)
{%- endmacro %}
