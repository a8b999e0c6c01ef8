{# What a mapping of incidents delivers: the incident and its services are two tables over one mapping. #}
{% macro incident_columns() %}
    {{ return({
        'source': type_string(), 'incident_id': type_string(), 'severity': type_string(), 'title': type_string(),
        'services': type_json(), 'service': type_string(), 'started_at': type_timestamp(), 'detected_at': type_timestamp(),
        'acknowledged_at': type_timestamp(), 'mitigated_at': type_timestamp(), 'resolved_at': type_timestamp(),
        'updated_at': type_timestamp(), 'is_test': type_boolean(), 'is_recovery': type_boolean(),
    }) }}
{% endmacro %}
