{# Connected components of an undirected graph, as CTEs ending in `component (node, label)`; the label is the least node.

   Contraction: in each round every node hooks to the neighbour of least priority if that is less than its own, paths are
   halved three times, and the graph is contracted. The priority is hashed anew in each round: with a fixed one an ordered chain
   of 3,000 takes 1,500 rounds, so it needs about log2 of the size (a chain of 100,000 among a million edges: 11 rounds).
   `rounds` is fixed because SQL has no loop; a data test fails loudly if an edge still crosses components.
   Nodes are numbers while they are contracted, and an edge is moved one end at a time: with both ends in one join DuckDB compares all
   pairs of parents first (200,000 edges: 8.5 CPU s, so 1.0). What each round found is put together from the last to the first, because
   a later round knows few nodes. #}
{% macro connected_components(edges, node_a, node_b, rounds=12) -%}
linked as {{ once() }} (

    -- the same pair is linked by several kinds of evidence
    select distinct
        least({{ node_a }}, {{ node_b }}) as node_a,
        greatest({{ node_a }}, {{ node_b }}) as node_b
    from {{ edges }}
    where {{ node_a }} <> {{ node_b }}

),

numbered as {{ once() }} (

    select
        node,
        row_number() over (order by node) as number
    from (
        select node_a as node from linked
        union distinct
        select node_b as node from linked
    ) as nodes

),

edge_0 as {{ once() }} (

    select
        from_a.number as a,
        from_b.number as b
    from linked
    inner join numbered as from_a on linked.node_a = from_a.node
    inner join numbered as from_b on linked.node_b = from_b.node

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
moved_{{ round }} as {{ once() }} (

    select
        from_a.parent as a,
        edge_{{ round }}.b
    from edge_{{ round }}
    inner join jump_{{ round }}_2 as from_a on edge_{{ round }}.a = from_a.node

),

edge_{{ round + 1 }} as {{ once() }} (

    -- contraction makes many edges one
    select distinct
        least(moved_{{ round }}.a, from_b.parent) as a,
        greatest(moved_{{ round }}.a, from_b.parent) as b
    from moved_{{ round }}
    inner join jump_{{ round }}_2 as from_b on moved_{{ round }}.b = from_b.node
    where moved_{{ round }}.a <> from_b.parent

),
{% endfor %}
{% for round in range(rounds - 1, -1, -1) %}
root_{{ round }} as {{ once() }} (

    {% if loop.first -%}
    select
        node,
        parent as root
    from jump_{{ round }}_2
    {%- else -%}
    select
        child.node,
        coalesce(further.root, child.parent) as root
    from jump_{{ round }}_2 as child
    left join root_{{ round + 1 }} as further
        on child.parent = further.node
    {%- endif %}

),
{% endfor %}
least_number as (

    select
        root,
        min(node) as number
    from root_0
    group by root

),

component as (

    select
        numbered.node,
        least_node.node as label
    from root_0
    inner join least_number on root_0.root = least_number.root
    inner join numbered on root_0.node = numbered.number
    inner join numbered as least_node on least_number.number = least_node.number

)
{%- endmacro %}
