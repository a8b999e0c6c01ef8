{# Connected components of an undirected graph, as CTEs ending in `component (node, label)`; the label is the least node.

   Most ids are known beside one other alone, and belong where that one does. So nodes with one neighbour are set aside at once, by one
   grouping of texts, and only the inner rest is numbered, contracted and labelled (a million edges of devices to users: 2.8 CPU s when all
   was numbered, so 1.0; where no node has one neighbour alone it costs a seventh more, 2.2).
   Contraction: in each round every node hooks to the neighbour of least priority if that is less than its own, paths are
   halved three times, and the graph is contracted. The priority is hashed anew in each round: with a fixed one an ordered chain
   of 3,000 takes 1,500 rounds, so it needs about log2 of the size (a chain of 100,000 among a million edges: 10 rounds).
   `rounds` is fixed because SQL has no loop; a data test fails loudly if an edge still crosses components.
   Nodes are numbers while they are contracted, and an edge is moved one end at a time: with both ends in one join DuckDB compares all
   pairs of parents first (200,000 edges: 8.5 CPU s, so 1.0). What each round found is put together from the last to the first, because
   a later round knows few nodes. #}
{% macro connected_components(edges, node_a, node_b, rounds=12) -%}
neighbours as {{ once() }} (

    -- One neighbour, by however many kinds of evidence, is the least and the greatest.
    select
        node,
        min(neighbour) as least_neighbour,
        max(neighbour) as greatest_neighbour
    from (
        select
            {{ node_a }} as node,
            {{ node_b }} as neighbour
        from {{ edges }}
        where {{ node_a }} <> {{ node_b }}
        union all
        select
            {{ node_b }} as node,
            {{ node_a }} as neighbour
        from {{ edges }}
        where {{ node_a }} <> {{ node_b }}
    ) as both_ways
    group by node

),

inner_node as {{ once() }} (

    -- Every other node has one neighbour and belongs to it, so the least node of a component is here or next to here.
    select
        node,
        least(node, least_neighbour) as least_node,
        row_number() over (order by node) as number
    from neighbours
    where least_neighbour <> greatest_neighbour

),

edge_0 as {{ once() }} (

    -- A pair may stand here several times: making it one first costs what the first round then saves.
    select
        from_a.number as a,
        from_b.number as b
    from {{ edges }} as linked
    inner join inner_node as from_a on linked.{{ node_a }} = from_a.node
    inner join inner_node as from_b on linked.{{ node_b }} = from_b.node
    where from_a.number <> from_b.number

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
rooted as {{ once() }} (

    select
        inner_node.node,
        inner_node.least_node,
        coalesce(root_0.root, inner_node.number) as root
    from inner_node
    left join root_0 on inner_node.number = root_0.node

),

least_of_root as (

    select
        root,
        min(least_node) as label
    from rooted
    group by root

),

inner_label as {{ once() }} (

    select
        rooted.node,
        least_of_root.label
    from rooted
    inner join least_of_root on rooted.root = least_of_root.root

),

component as (

    -- Where the only neighbour is no inner node, the two are a component.
    select
        neighbours.node,
        coalesce(inner_label.label, least(neighbours.node, neighbours.least_neighbour)) as label
    from neighbours
    left join inner_label
        on case when neighbours.least_neighbour = neighbours.greatest_neighbour then neighbours.least_neighbour else neighbours.node end
            = inner_label.node

)
{%- endmacro %}
