{# Both ends of every edge (that meets `edges_where`) lie in one component: fails when the fixed number of rounds was too few for the
   longest chain, when an actor of an edge is missing, and when a node that several actors share (a user id, an e-mail hash) lies in two
   components. #}
{% test edges_stay_within(model, edges, node, component, edges_where='true') %}
with node_component as (

    select
        edge.node_b as node,
        label.{{ component }} as component
    from {{ edges }} as edge
    left join {{ model }} as label on edge.node_a = label.{{ node }}
    where {{ edges_where }}
    union all
    select
        {{ node }} as node,
        {{ component }} as component
    from {{ model }}

)

select
    node,
    count(distinct component) as components,
    count(case when component is null then 1 end) as ends_without_component
from node_component
group by node
having count(distinct component) > 1 or count(case when component is null then 1 end) > 0
{% endtest %}
