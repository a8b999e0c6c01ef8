-- repeat while edge
-- One round of contraction: every node hooks to the neighbour of least priority, paths are halved twice, the graph shrinks.
-- The priority is hashed anew each round, or an ordered chain would take as many rounds as it is long.

set variable round = getvariable('round') + 1;

create or replace temp table hook as
select
    a as node,
    case
        when min(hash(b, getvariable('round'))) < hash(a, getvariable('round')) then arg_min(b, hash(b, getvariable('round')))
        else a
    end as parent
from (
    select a, b from edge
    union all
    select b, a from edge
)
group by a;

create or replace temp table hook as
select child.node, coalesce(ancestor.parent, child.parent) as parent
from hook as child
left join hook as ancestor on child.parent = ancestor.node;

create or replace temp table hook as
select child.node, coalesce(ancestor.parent, child.parent) as parent
from hook as child
left join hook as ancestor on child.parent = ancestor.node;

create or replace temp table label as
select label.node, coalesce(hook.parent, label.label) as label
from label
left join hook on label.label = hook.node;

create or replace temp table edge as
select distinct least(from_a.parent, from_b.parent) as a, greatest(from_a.parent, from_b.parent) as b
from edge
inner join hook as from_a on edge.a = from_a.node
inner join hook as from_b on edge.b = from_b.node
where from_a.parent <> from_b.parent;
