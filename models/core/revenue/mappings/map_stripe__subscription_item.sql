{{ config(materialized='ephemeral', enabled='stripe' in var('sources')) }}
-- The items of every state of a subscription, with what they cost, in the currency of the subscription. A price in tiers has no price
-- per unit, and one in several currencies says its others only where they are expanded: the amount stays null then, and so does its
-- MRR, rather than be guessed.

with version as (

    select * from {{ ref('map_stripe__subscription_version') }}

),

listed_price as (

    select
        price_id,
        {{ json_part('payload', '$.currency_options') }} as currency_options
    from {{ ref('raw_stripe__prices') }}
    where is_current

),

exploded as (

    select
        version.subscription_id,
        version.version_number,
        version.currency as subscription_currency,
        item,
        coalesce({{ json_part('item', '$.price') }}, {{ json_part('item', '$.plan') }}) as price,
        {{ json_part('item', '$.plan') }} as plan
    from {{ json_items('version', 'items', '$', 'item') }}

),

described as (

    select
        subscription_id,
        version_number,
        {{ json_text('item', '$.id') }} as item_id,
        {{ json_part('item', '$.discounts') }} as item_discounts,
        {{ json_text('price', '$.id') }} as price_id,
        coalesce({{ json_text('price', '$.product') }}, {{ json_text('price', '$.product.id') }}) as product_id,
        lower({{ json_text('price', '$.currency') }}) as price_currency,
        lower(subscription_currency) as subscription_currency,
        {{ json_part('price', '$.currency_options') }} as currency_options,
        coalesce(
            {{ json_decimal('price', '$.unit_amount_decimal') }}, {{ json_decimal('price', '$.unit_amount') }},
            {{ json_decimal('plan', '$.amount_decimal') }}, {{ json_decimal('plan', '$.amount') }}
        ) as unit_amount,
        coalesce({{ json_text('price', '$.recurring.interval') }}, {{ json_text('plan', '$.interval') }}) as billing_interval,
        coalesce({{ json_whole('price', '$.recurring.interval_count') }}, {{ json_whole('plan', '$.interval_count') }}, 1) as interval_count,
        coalesce({{ json_text('price', '$.recurring.usage_type') }}, {{ json_text('plan', '$.usage_type') }}) = 'metered' as is_metered,
        coalesce({{ json_whole('item', '$.quantity') }}, 1) as quantity,
        {{ json_whole('price', '$.transform_quantity.divide_by') }} as divide_by,
        {{ json_text('price', '$.transform_quantity.round') }} as rounding
    from exploded

),

with_option as (

    select
        described.*,
        {{ json_member('coalesce(described.currency_options, listed_price.currency_options)', 'described.subscription_currency') }} as own_option
    from described
    left join listed_price on described.price_id = listed_price.price_id

)

select
    subscription_id,
    version_number,
    item_id,
    item_discounts,
    price_id,
    product_id,
    upper(coalesce(subscription_currency, price_currency)) as currency,
    case
        when subscription_currency <> price_currency
            then coalesce({{ json_decimal('own_option', '$.unit_amount_decimal') }}, {{ json_decimal('own_option', '$.unit_amount') }})
        else unit_amount
    end as unit_amount,
    billing_interval,
    interval_count,
    coalesce(is_metered, false) as is_metered,
    -- Sold in packages: so many units count as one.
    case
        when divide_by is null then quantity
        when rounding = 'up' then cast(ceil(cast(quantity as {{ type_double() }}) / divide_by) as {{ type_bigint() }})
        else cast(floor(cast(quantity as {{ type_double() }}) / divide_by) as {{ type_bigint() }})
    end as quantity
from with_option
