{{ config(description="An office's address is known by what stands before the @, whole and without a tag behind +.") }}
with given as (

    select 'billing@acme.test' as email, true as expected
    union all
    select 'support+eu@acme.test' as email, true as expected
    union all
    select 'no-reply@acme.test' as email, true as expected
    union all
    select 'ada@acme.test' as email, false as expected
    union all
    select 'ada+billing@acme.test' as email, false as expected
    union all
    select 'billingsley@acme.test' as email, false as expected
    union all
    select 'ada@billing.test' as email, false as expected
    union all
    select '' as email, false as expected
    union all
    select null as email, false as expected

),

judged as (

    select
        email,
        expected,
        {{ is_role_address('email') }} as found
    from given

)

select
    email,
    expected,
    found
from judged
where found <> expected
