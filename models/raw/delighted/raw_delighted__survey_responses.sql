with landed as (

    select
        {{ field('response_id') }} as response_id,
        coalesce({{ json_text(field('person'), '$.id') }}, {{ json_text(field('person'), '$') }}) as person_id,
        {{ json_text(field('person'), '$.email') }} as person_email,
        lower({{ field('survey_type') }}) as survey_type,
        {{ field('score') }} as score,
        {{ field('comment') }} as comment,
        {{ from_epoch_s(field('created_at')) }} as responded_at,
        {{ from_epoch_s(field('updated_at')) }} as updated_at,
        coalesce({{ field('is_test') }}, false) as is_test,
        {{ field('tags') }} as tags,
        {{ field('person_properties') }} as person_properties,
        {{ field('additional_answers') }} as additional_answers,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('delighted', 'survey_responses') }}

),

final as (

    {{ with_versions('landed', key=['response_id'], version=['updated_at']) }}

)

select
    response_id,
    person_id,
    person_email,
    survey_type,
    score,
    comment,
    responded_at,
    updated_at,
    is_test,
    tags,
    person_properties,
    additional_answers,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
