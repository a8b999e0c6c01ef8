-- Whom the tools know: the last version of each record, by its clock, its file's name and its place in it.

create temp table profile (
    source varchar, actor varchar, user_id varchar, email varchar, account_id varchar, is_internal boolean, updated_at timestamp,
    signed_up_at timestamp
);

insert into profile
with page as (
    select filename, unnest(results) as record
    from read_json(
        getvariable('landing') || '/mixpanel/engage/*.json',
        filename = true,
        maximum_object_size = 2000000000,
        columns = {
            results: 'struct("$distinct_id" varchar, "$properties" struct("$email" varchar, "$last_seen" timestamp, account_id varchar))[]'
        }
    )
    where filename = (select max(file) from glob(getvariable('landing') || '/mixpanel/engage/*.json'))
)
select
    'mixpanel',
    case
        when record."$distinct_id" like '$device:%' then 'mixpanel:device:' || substr(record."$distinct_id", 9)
        else 'mixpanel:user:' || record."$distinct_id"
    end,
    case when record."$distinct_id" not like '$device:%' then record."$distinct_id" end,
    record."$properties"."$email",
    record."$properties".account_id,
    false,
    record."$properties"."$last_seen",
    null
from page;

create temp table customer as
select
    id as customer_id,
    coalesce(metadata.account_id, metadata.account) as account_id,
    make_timestamp(created * 1000000) as created_at,
    address.country as country,
    email,
    discount,
    coalesce(deleted, false) as is_deleted,
    row_number() over () as place
from read_json(
    getvariable('landing') || '/stripe/customers/*.ndjson',
    format = 'newline_delimited',
    columns = {
        id: 'varchar', created: 'bigint', email: 'varchar', deleted: 'boolean', discount: 'json', address: 'struct(country varchar)',
        metadata: 'struct(account_id varchar, account varchar)'
    }
);

insert into profile
select 'stripe', 'stripe:customer:' || customer_id, null, email, account_id, false, created_at, null
from customer
qualify row_number() over (partition by customer_id order by place desc) = 1 and not is_deleted;

create temp table organization as
select id as organization_id, external_id, name, created_at
from (
    select *, row_number() over () as place
    from read_json(
        getvariable('landing') || '/zendesk/organizations/*.ndjson',
        format = 'newline_delimited',
        columns = {id: 'varchar', external_id: 'varchar', name: 'varchar', created_at: 'timestamp', updated_at: 'timestamp'}
    )
)
qualify row_number() over (partition by id order by updated_at desc nulls last, place desc) = 1;

create temp table zendesk_user as
select id as user_id, external_id, email, organization_id, role, updated_at
from (
    select *, row_number() over () as place
    from read_json(
        getvariable('landing') || '/zendesk/users/*.ndjson',
        format = 'newline_delimited',
        columns = {
            id: 'varchar', external_id: 'varchar', email: 'varchar', organization_id: 'varchar', role: 'varchar', updated_at: 'timestamp'
        }
    )
)
qualify row_number() over (partition by id order by updated_at desc nulls last, place desc) = 1;

insert into profile
select
    'zendesk',
    'zendesk:user:' || user_id,
    zendesk_user.external_id,
    email,
    case when zendesk_user.organization_id is not null then coalesce(organization.external_id, 'zendesk:' || zendesk_user.organization_id) end,
    coalesce(role in ('agent', 'admin'), false),
    updated_at,
    null
from zendesk_user
left join organization using (organization_id);

create temp table company as
select
    id as intercom_id,
    case when company_id like '%-qualification-company' then 'intercom:' || id else company_id end as account_id,
    name,
    industry,
    size,
    make_timestamp(created_at * 1000000) as created_at
from (
    select *, row_number() over () as place
    from read_json(
        getvariable('landing') || '/intercom/companies/*.ndjson',
        format = 'newline_delimited',
        columns = {
            id: 'varchar', company_id: 'varchar', name: 'varchar', industry: 'varchar', size: 'bigint', created_at: 'bigint',
            updated_at: 'bigint'
        }
    )
)
qualify row_number() over (partition by id order by updated_at desc nulls last, place desc) = 1;

insert into profile
select
    'intercom',
    'intercom:contact:' || id,
    external_id,
    email,
    coalesce(company.account_id, 'intercom:' || first_company),
    false,
    make_timestamp(updated_at * 1000000),
    null
from (
    select *, companies.data[1].id as first_company, row_number() over () as place
    from read_json(
        getvariable('landing') || '/intercom/contacts/*.ndjson',
        format = 'newline_delimited',
        columns = {
            id: 'varchar', external_id: 'varchar', email: 'varchar', updated_at: 'bigint', companies: 'struct(data struct(id varchar)[])'
        }
    )
) as contact
left join company on first_company = company.intercom_id
qualify row_number() over (partition by id order by updated_at desc nulls last, place desc) = 1;

insert into profile
select 'intercom', 'intercom:admin:' || id, null, email, null, true, null, null
from (
    select *, row_number() over () as place
    from read_json(
        getvariable('landing') || '/intercom/admins/*.ndjson', format = 'newline_delimited', columns = {id: 'varchar', email: 'varchar'}
    )
)
qualify row_number() over (partition by id order by place desc) = 1;

-- Every version of a person says when they were last asked.
create temp table surveyed as
select *, row_number() over () as place
from read_json(
    getvariable('landing') || '/delighted/people/*.json',
    format = 'array',
    columns = {id: 'varchar', email: 'varchar', created_at: 'bigint', last_sent_at: 'bigint', last_responded_at: 'bigint'}
);

create temp table answer as
select
    id as response_id,
    coalesce(person ->> '$.id', case when json_type(person) <> 'OBJECT' then person ->> '$' end) as person_id,
    person ->> '$.email' as email,
    lower(survey_type) as kind,
    score,
    make_timestamp(created_at * 1000000) as responded_at,
    coalesce(test, false) or coalesce(lower(tags::varchar) like '%"test"%', false) as is_test
from (
    select *, row_number() over () as place
    from read_json(
        getvariable('landing') || '/delighted/survey_responses/*.json',
        format = 'array',
        columns = {
            id: 'varchar', person: 'json', survey_type: 'varchar', score: 'double', created_at: 'bigint', updated_at: 'bigint',
            test: 'boolean', tags: 'json'
        }
    )
)
qualify row_number() over (partition by id order by updated_at desc nulls last, place desc) = 1;

insert into profile
with listed as (
    select id as person_id, email, make_timestamp(coalesce(last_responded_at, last_sent_at, created_at) * 1000000) as updated_at
    from surveyed
    qualify row_number() over (partition by id order by last_sent_at desc nulls last, last_responded_at desc nulls last, place desc) = 1
),
answered as (
    select person_id, email, responded_at
    from answer
    where email is not null
    qualify row_number() over (partition by person_id order by responded_at desc, response_id desc) = 1
)
select
    'delighted',
    'delighted:person:' || coalesce(listed.person_id, answered.person_id),
    null,
    coalesce(listed.email, answered.email),
    null,
    false,
    coalesce(updated_at, responded_at),
    null
from listed
full join answered using (person_id)
where coalesce(listed.email, answered.email) is not null;

insert into profile
select
    source,
    source || ':' || coalesce('user:' || user_id, other_id),
    max(user_id),
    arg_max(email, said_at),
    arg_max(account_id, account_said_at),
    false,
    max(greatest(said_at, account_said_at)),
    max(signed_up_at)
from said
group by all;

update profile set email = nullif(lower(trim(email)), '');
