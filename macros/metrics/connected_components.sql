{# Connected components of an undirected graph, as CTEs ending in `component (node, label)`; the label is the least node.

   Contraction: in each round every node hooks to the neighbour of least priority if that is less than its own, paths are
   halved three times, and the graph is contracted. The priority is hashed anew in each round: with a fixed one an ordered chain
   of 3,000 takes 1,500 rounds, so it needs about log2 of the size (a chain of 100,000 among a million edges: 11 rounds).
   `rounds` is fixed because SQL has no loop; a data test fails loudly if an edge still crosses components. #}
{% macro connected_components(edges, node_a, node_b, rounds=12) -%}
edge_0 as {{ once() }} (

    -- the same pair is linked by several kinds of evidence
    select distinct
        least({{ node_a }}, {{ node_b }}) as a,
        greatest({{ node_a }}, {{ node_b }}) as b
    from {{ edges }}
    where {{ node_a }} <> {{ node_b }}

),

label_0 as (

    select a as node, a as label from edge_0
    union distinct
    select b as node, b as label from edge_0

),
{% for round in range(rounds) %}
hook_{{ round }} as {{ once() }} (

    select
        a as node,
        case
            when min({{ mixed_hash('b', round) }}) < {{ mixed_hash('a', round) }} then {{ value_at_min('b', mixed_hash('b', round)) }}
            else a
        end as parent
    from (
        select a, b from edge_{{ round }}
        union all
        select b as a, a as b from edge_{{ round }}
    ) as both_ways
    group by a

),
{% for jump in range(3) %}
jump_{{ round }}_{{ jump }} as {{ once() }} (

    select
        child.node,
        coalesce(ancestor.parent, child.parent) as parent
    from {{ 'hook_' ~ round if jump == 0 else 'jump_' ~ round ~ '_' ~ (jump - 1) }} as child
    left join {{ 'hook_' ~ round if jump == 0 else 'jump_' ~ round ~ '_' ~ (jump - 1) }} as ancestor
        on child.parent = ancestor.node

),
{% endfor %}
label_{{ round + 1 }} as {{ once() }} (

    select
        label_{{ round }}.node,
        coalesce(jump_{{ round }}_2.parent, label_{{ round }}.label) as label
    from label_{{ round }}
    left join jump_{{ round }}_2
        on label_{{ round }}.label = jump_{{ round }}_2.node

),

edge_{{ round + 1 }} as {{ once() }} (

    -- contraction makes many edges one
    select distinct
        least(from_a.parent, from_b.parent) as a,
        greatest(from_a.parent, from_b.parent) as b
    from edge_{{ round }}
    inner join jump_{{ round }}_2 as from_a on edge_{{ round }}.a = from_a.node
    inner join jump_{{ round }}_2 as from_b on edge_{{ round }}.b = from_b.node
    where from_a.parent <> from_b.parent

),
{% endfor %}
component as (

    select
        node,
        min(node) over (partition by label) as label
    from label_{{ rounds }}

)
{%- endmacro %}
