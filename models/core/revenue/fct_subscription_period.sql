-- A term (what an item cost) is cut wherever something begins or ends that changes what is paid or how we know it; each piece is
-- judged at its start, and neighbours that say the same are joined again. Everything downstream of MRR reads only this.

with terms as (

    select * from {{ ref('subscription_terms') }}

),

windows as (

    select * from {{ ref('subscription_window') }}

),

edge as (

    select source, subscription_id, item_id, window_from as edge_at from windows
    union distinct
    select source, subscription_id, item_id, window_to as edge_at from windows
    where window_to is not null
    union distinct
    select source, subscription_id, item_id, {{ add_seconds('window_from', var('past_due_grace_days') ~ ' * 86400') }} as edge_at from windows
    where kind = 'past_due'

),

start as (

    select source, subscription_id, item_id, terms_from, terms_from as valid_from from terms
    union distinct
    select
        terms.source,
        terms.subscription_id,
        terms.item_id,
        terms.terms_from,
        edge.edge_at as valid_from
    from terms
    inner join edge
        on terms.source = edge.source
        and terms.subscription_id = edge.subscription_id
        and coalesce(edge.item_id, terms.item_id) = terms.item_id
        and terms.terms_from < edge.edge_at
        and edge.edge_at < coalesce(terms.terms_to, {{ far_future() }})

),

next_start as (

    select
        start.*,
        lead(valid_from) over (partition by source, subscription_id, item_id, terms_from order by valid_from) as next_from
    from start

),

piece as (

    select
        terms.*,
        next_start.valid_from,
        coalesce(next_start.next_from, terms.terms_to) as valid_to
    from next_start
    inner join terms
        on next_start.source = terms.source
        and next_start.subscription_id = terms.subscription_id
        and next_start.item_id = terms.item_id
        and next_start.terms_from = terms.terms_from

),

holding as (

    select
        piece.source,
        piece.subscription_id,
        piece.item_id,
        piece.valid_from,
        windows.kind,
        windows.window_from,
        windows.percent,
        windows.amount_minor,
        row_number() over (
            partition by piece.source, piece.subscription_id, piece.item_id, piece.valid_from, windows.kind
            order by windows.percent desc nulls last, windows.window_from, windows.amount_minor
        ) as number_of_kind
    from piece
    inner join windows
        on piece.source = windows.source
        and piece.subscription_id = windows.subscription_id
        and coalesce(windows.item_id, piece.item_id) = piece.item_id
        and piece.valid_from >= windows.window_from
        and piece.valid_from < coalesce(windows.window_to, {{ far_future() }})

),

judged as (

    -- Up to three percentages at once multiply; nobody was seen with more.
    select
        source,
        subscription_id,
        item_id,
        valid_from,
        {{ count_where("kind = 'inferred'") }} > 0 as is_history_inferred,
        {{ count_where("kind = 'discount_unknown'") }} > 0 as is_discount_unknown,
        {{ count_where("kind = 'incomplete'") }} > 0 as is_incomplete,
        {{ count_where("kind = 'trial'") }} > 0 as is_in_trial,
        {{ count_where("kind = 'pause'") }} > 0 as is_paused,
        {{ count_where("kind = 'unpaid'") }} > 0 as is_unpaid,
        min(case when kind = 'past_due' then window_from end) as fell_due_at,
        {{ divided_half_up(
            '(' ~ whole(kept_of(1)) ~ ' * ' ~ whole(kept_of(2)) ~ ' * ' ~ whole(kept_of(3)) ~ ')', whole('1000000000000')) }} as kept_millionths,
        coalesce(sum(case when kind = 'discount' then amount_minor end), 0) as discount_minor
    from holding
    group by source, subscription_id, item_id, valid_from

),

stated as (

    select
        piece.source,
        piece.subscription_id,
        piece.item_id,
        piece.customer_id,
        piece.plan,
        piece.price_id,
        piece.currency,
        piece.unit_amount,
        piece.quantity,
        piece.billing_interval,
        piece.interval_count,
        piece.is_metered,
        piece.valid_from,
        piece.valid_to,
        case when piece.valid_to = piece.terms_to then piece.end_kind end as end_kind,
        case when piece.valid_to = piece.terms_to then piece.cancel_reason end as cancel_reason,
        coalesce(judged.is_history_inferred, false) as is_history_inferred,
        coalesce(judged.is_discount_unknown, false) as is_discount_unknown,
        cast(
            100 - cast(coalesce(judged.kept_millionths, 1000000) as {{ type_money() }}) * cast('0.0001' as {{ type_fraction() }})
            as {{ type_decimal() }}
        ) as discount_percent,
        cast(coalesce(judged.discount_minor, 0) as {{ type_bigint() }}) as discount_minor,
        case
            when judged.is_incomplete then 'incomplete'
            when judged.is_in_trial then 'trialing'
            when judged.is_paused then 'paused'
            when judged.is_unpaid then 'lapsed'
            when piece.valid_from >= {{ add_seconds('judged.fell_due_at', var('past_due_grace_days') ~ ' * 86400') }} then 'lapsed'
            when judged.fell_due_at is not null then 'past_due'
            else 'active'
        end as state
    from piece
    left join judged
        on piece.source = judged.source
        and piece.subscription_id = judged.subscription_id
        and piece.item_id = judged.item_id
        and piece.valid_from = judged.valid_from

),

{%- set same = [
    'state', 'plan', 'price_id', 'currency', 'unit_amount', 'quantity', 'billing_interval', 'interval_count', 'discount_percent',
    'discount_minor', 'is_metered', 'is_history_inferred', 'is_discount_unknown', 'customer_id',
] %}

keyed as (

    select
        stated.*,
        {{ stable_id(same) }} as same_id
    from stated

),

compared as (

    select
        keyed.*,
        case
            when lag(same_id) over (partition by source, subscription_id, item_id order by valid_from) = same_id
                and lag(valid_to) over (partition by source, subscription_id, item_id order by valid_from) = valid_from then 0
            else 1
        end as is_new
    from keyed

),

numbered as (

    select
        compared.*,
        sum(is_new) over (
            partition by source, subscription_id, item_id
            order by valid_from
            rows between unbounded preceding and current row
        ) as stretch_number
    from compared

),

stretch as (

    select
        source,
        subscription_id,
        item_id,
        stretch_number,
        {% for name in same if name not in ('is_metered', 'is_history_inferred', 'is_discount_unknown') -%}
        min({{ name }}) as {{ name }},
        {% endfor -%}
        {{ count_where('is_metered') }} > 0 as is_metered,
        {{ count_where('is_history_inferred') }} > 0 as is_history_inferred,
        {{ count_where('is_discount_unknown') }} > 0 as is_discount_unknown,
        min(valid_from) as valid_from,
        case when count(valid_to) = count(*) then max(valid_to) end as valid_to,
        {{ value_at_max('end_kind', 'valid_from') }} as own_end_kind,
        {{ value_at_max('cancel_reason', 'valid_from') }} as cancel_reason
    from numbered
    group by source, subscription_id, item_id, stretch_number

),

with_next as (

    select
        stretch.*,
        lead(state) over (partition by source, subscription_id, item_id order by valid_from) as next_state
    from stretch

),

priced as (

    select
        with_next.*,
        bridge.account_id,
        coalesce(by_price.plan_tier, by_plan.plan_tier, 'unknown') as plan_tier,
        coalesce(by_price.tier_rank, by_plan.tier_rank, 0) as plan_tier_rank,
        {{ exponent_of('own') }} as own_exponent,
        {{ exponent_of('house') }} as currency_exponent
    from with_next
    inner join {{ ref('bridge_customer_account') }} as bridge
        on with_next.source = bridge.source and with_next.customer_id = bridge.customer_id
    left join {{ ref('plans') }} as by_price on with_next.source = by_price.source and with_next.price_id = by_price.plan
    left join {{ ref('plans') }} as by_plan on with_next.source = by_plan.source and with_next.plan = by_plan.plan
    {{ join_exponent('with_next.source', 'with_next.currency', 'own') }}
    {{ join_exponent("'*'", 'with_next.currency', 'house') }}

),

amounts as (

    select
        priced.*,
        {{ rescaled('priced.unit_amount', 'own_exponent', 'currency_exponent') }} as house_unit_amount,
        {{ rescaled('priced.discount_minor', 'own_exponent', 'currency_exponent') }} as house_discount
    from priced

),

final as (

    select
        {{ stable_id(['source', 'subscription_id', 'item_id', moment_text('valid_from')]) }} as subscription_period_id,
        source,
        subscription_id,
        item_id,
        customer_id,
        account_id,
        valid_from,
        valid_to,
        state,
        plan,
        price_id,
        plan_tier,
        cast(plan_tier_rank as {{ type_bigint() }}) as plan_tier_rank,
        currency,
        cast(currency_exponent as {{ type_bigint() }}) as currency_exponent,
        house_unit_amount as unit_amount,
        quantity,
        billing_interval,
        interval_count,
        discount_percent,
        cast(house_discount as {{ type_bigint() }}) as discount_minor,
        is_discount_unknown,
        is_metered,
        case
            when is_metered or state not in ('active', 'past_due') then 0
            else
                {{ mrr_minor('house_unit_amount', 'quantity', 'billing_interval', 'interval_count', 'discount_percent',
                    'cast(house_discount as ' ~ type_bigint() ~ ')') }}
        end as mrr_minor,
        cast(null as {{ type_bigint() }}) as metered_mrr_minor,
        case
            when own_end_kind is not null and state = 'lapsed' then 'involuntary'
            when own_end_kind is not null then own_end_kind
            when next_state = 'lapsed' then 'involuntary'
        end as end_kind,
        cancel_reason,
        is_history_inferred
    from amounts

)

select
    subscription_period_id,
    source,
    subscription_id,
    item_id,
    customer_id,
    account_id,
    valid_from,
    valid_to,
    state,
    plan,
    price_id,
    plan_tier,
    plan_tier_rank,
    currency,
    currency_exponent,
    unit_amount,
    quantity,
    billing_interval,
    interval_count,
    discount_percent,
    discount_minor,
    is_discount_unknown,
    is_metered,
    mrr_minor,
    metered_mrr_minor,
    end_kind,
    cancel_reason,
    is_history_inferred
from final
