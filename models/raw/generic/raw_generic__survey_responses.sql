with landed as (

    select
        {{ field('response_id') }} as response_id,
        {{ field('survey') }} as survey,
        {{ field('kind') }} as kind,
        {{ field('score') }} as score,
        {{ field('responded_at') }} as responded_at,
        {{ field('sent_at') }} as sent_at,
        {{ field('user_id') }} as user_id,
        {{ field('email') }} as email,
        {{ field('account_id') }} as account_id,
        {{ field('touchpoint') }} as touchpoint,
        {{ field('comment') }} as comment,
        {{ field('updated_at') }} as updated_at,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('generic', 'survey_responses') }}

),

final as (

    {{ with_versions('landed', key=['response_id'], version=['updated_at']) }}

)

select
    response_id,
    survey,
    kind,
    score,
    responded_at,
    sent_at,
    user_id,
    email,
    account_id,
    touchpoint,
    comment,
    updated_at,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
