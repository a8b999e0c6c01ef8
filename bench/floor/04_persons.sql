-- Who is who: ids that were seen together are one person. A user id is the same in every tool, so it is one node for all of them.

create temp table link as
select 'user:' || user_id as a, source || ':' || other_id as b
from pair
where user_id is not null and other_id is not null
union
select 'user:' || user_id, actor
from profile
where user_id is not null and actor not like '%:user:%'
union
select coalesce('user:' || user_id, actor), 'email:' || email
from profile
where email is not null
union
select 'amplitude:id:' || amplitude_id, 'amplitude:id:' || merged_amplitude_id
from (
    select *, row_number() over () as place
    from read_json(
        getvariable('landing') || '/amplitude/merged_users/*.json',
        format = 'newline_delimited',
        columns = {amplitude_id: 'varchar', merged_amplitude_id: 'varchar', merge_server_time: 'bigint'}
    )
)
qualify row_number() over (partition by amplitude_id order by merge_server_time desc, place desc) = 1 and amplitude_id <> merged_amplitude_id;

create temp table node as
select name, row_number() over () as node
from (
    select a as name from link
    union
    select b from link
    union
    select coalesce('user:' || user_id, source || ':' || other_id) from pair
    union
    select coalesce('user:' || user_id, actor) from profile
);

create temp table edge as
select distinct least(from_a.node, from_b.node) as a, greatest(from_a.node, from_b.node) as b
from link
inner join node as from_a on link.a = from_a.name
inner join node as from_b on link.b = from_b.name
where from_a.node <> from_b.node;

create temp table label as select node, node as label from node;
set variable round = 0;
