-- How services did: what tools measured, in whole numbers (requests, microseconds), what went wrong, what was deployed.

create temp table metric_name as from read_csv('seeds/demo/metric_names.csv') where source = 'datadog';

-- Of one bucket of one series the last file speaks, since a series is computed again as late data comes. A bucket that the window
-- of its answer cuts is left out.
create temp table metric_point as
with answer as (
    select *, row_number() over (order by filename, place) as answer
    from (
        select *, row_number() over () as place
        from read_json(
            getvariable('landing') || '/datadog/metric_series/**/*.ndjson',
            format = 'newline_delimited',
            ignore_errors = true,
            filename = true,
            maximum_object_size = 2000000000,
            columns = {
                from_date: 'bigint', to_date: 'bigint',
                series: 'struct(metric varchar, aggr varchar, tag_set varchar[], scope varchar, "interval" bigint,
                    unit struct(name varchar, family varchar, scale_factor double)[], pointlist double[][])[]',
                data: 'struct(attributes struct(series struct(group_tags varchar[], unit struct(name varchar, family varchar, scale_factor double)[])[],
                    times bigint[], "values" double[][]))'
            }
        )
    )
),
first_kind as (
    select answer, from_date, to_date, unnest(series) as one from answer where series is not null
),
second_kind as (
    select
        answer,
        split_part(filename, '/', -2) as metric,
        data.attributes.times as times,
        list_sort(times) as sorted,
        unnest(data.attributes.series) as one,
        unnest(data.attributes."values") as figures
    from answer
    where data is not null
),
series as (
    select
        answer,
        from_date,
        to_date,
        one.metric,
        one.aggr as aggregation,
        list_transform(coalesce(one.tag_set, []), lambda tag: replace(tag, ' ', '')) as tags,
        string_split(replace(coalesce(one.scope, ''), ' ', ''), ',') as scope,
        one."interval" as interval_s,
        one.unit[1] as unit,
        one.unit[2] as per_unit,
        one.pointlist as points
    from first_kind
    union all
    select
        answer,
        sorted[2],
        sorted[-1],
        metric,
        null,
        list_transform(coalesce(one.group_tags, []), lambda tag: replace(tag, ' ', '')),
        [],
        list_min(list_transform(range(2, len(sorted) + 1), lambda n: sorted[n] - sorted[n - 1])) // 1000,
        one.unit[1],
        one.unit[2],
        list_transform(list_zip(times, figures), lambda point: [point[1]::double, point[2]])
    from second_kind
),
measured as (
    select
        series.*,
        metric_name.measure,
        metric_name.combine,
        metric_name.unit as unit_by_seed,
        hash(series.metric, series.aggregation, tags, scope, measure) as of_series,
        coalesce(
            nullif(split_part(list_filter(tags, lambda tag: starts_with(tag, 'service:'))[1], ':', 2), ''),
            nullif(split_part(list_filter(scope, lambda tag: starts_with(tag, 'service:'))[1], ':', 2), '')
        ) as service,
        lower(coalesce(
            nullif(split_part(list_filter(tags, lambda tag: starts_with(tag, 'env:'))[1], ':', 2), ''),
            nullif(split_part(list_filter(scope, lambda tag: starts_with(tag, 'env:'))[1], ':', 2), '')
        )) as environment
    from series
    inner join metric_name
        on series.metric = metric_name.metric and (metric_name.aggregation is null or series.aggregation = metric_name.aggregation)
    where service is not null and coalesce(environment, 'production') in ('production', 'prod')
),
point as (
    select * exclude (points), unnest(points) as point from measured
)
select
    answer,
    of_series,
    service,
    measure,
    combine,
    interval_s,
    point[1]::bigint // 1000 as bucket_start,
    try_cast(round(case
        when measure in ('requests', 'errors')
            then point[2] * coalesce(unit.scale_factor, 1) * coalesce(interval_s / case when per_unit.family = 'time' then per_unit.scale_factor end, 1)
        when measure = 'utilisation' then case when coalesce(unit.name, unit_by_seed) = 'percent' then point[2] / 100 else point[2] end * 1000000
        else point[2] * coalesce(
            case when unit.family = 'time' then unit.scale_factor end,
            case unit_by_seed when 'ns' then 1e-9 when 'us' then 1e-6 when 'ms' then 1e-3 else 1 end
        ) * 1000000
    end) as bigint) as amount
from point
where point[2] is not null and point[1] >= from_date and point[1] + interval_s * 1000 <= to_date;

create or replace temp macro weighted_ms(whole, weight) as
    coalesce(
        sum(whole * weight)::double / nullif(sum(case when whole is not null then weight end)::double, 0),
        sum(whole)::double / nullif(count(whole)::double, 0)
    ) / 1000;
create or replace temp macro in_us(ms) as try_cast(round(ms * 1000) as bigint);

create temp table bucket as
with newest as (
    select service, measure, combine, interval_s, bucket_start, arg_max_null(amount, answer) as amount
    from metric_point
    group by of_series, service, measure, combine, interval_s, bucket_start
),
combined as (
    select
        service,
        measure,
        interval_s,
        bucket_start,
        case max(combine)
            when 'sum' then sum(amount)
            when 'max' then max(amount)
            else try_cast(round(sum(amount)::double / count(amount)) as bigint)
        end as amount
    from newest
    group by service, measure, interval_s, bucket_start
),
datadog as (
    select
        service,
        bucket_start,
        interval_s,
        max(case when measure = 'requests' then amount end) as requests,
        max(case when measure = 'errors' then amount end) as errors,
        max(case when measure = 'p50_ms' then amount end) as p50,
        max(case when measure = 'p95_ms' then amount end) as p95,
        max(case when measure = 'p99_ms' then amount end) as p99,
        max(case when measure = 'ttfb_ms' then amount end) as ttfb
    from combined
    group by service, bucket_start, interval_s
),
-- A row has no key: what says the same is the same.
web_request as (
    select distinct *
    from read_json(
        getvariable('landing') || '/newrelic/transaction/*.ndjson.gz',
        format = 'newline_delimited',
        ignore_errors = true,
        columns = {
            "timestamp": 'bigint', "appName": 'varchar', "transactionType": 'varchar', duration: 'double', error: 'boolean',
            guid: 'varchar', "traceId": 'varchar', "http.statusCode": 'bigint', "httpResponseCode": 'bigint', weight: 'bigint'
        }
    )
    where "timestamp" between 1104537600000 and 4102444800000
        and "appName" is not null
        and duration >= 0
        and coalesce(lower("transactionType"), 'web') = 'web'
),
expected as (
    select "traceId"
    from read_json(
        getvariable('landing') || '/newrelic/transaction_error/*.ndjson.gz',
        format = 'newline_delimited',
        ignore_errors = true,
        columns = {"timestamp": 'bigint', "traceId": 'varchar', "error.expected": 'boolean'}
    )
    where "timestamp" between 1104537600000 and 4102444800000 and "traceId" is not null
    group by "traceId"
    having bool_and(coalesce("error.expected", false))
),
judged as (
    select
        trim("appName") as service,
        "timestamp" // 3600000 * 3600 as bucket_start,
        try_cast(round(duration * 1000000) as bigint) as us,
        coalesce(weight, 1) as weight,
        coalesce(error, coalesce("http.statusCode", "httpResponseCode") >= 500, false) and expected."traceId" is null as is_failed
    from web_request
    left join expected using ("traceId")
),
newrelic as (
    select
        service,
        bucket_start,
        sum(weight)::bigint as requests,
        coalesce(sum(weight) filter (is_failed), 0)::bigint as errors,
        quantile_cont(us, [0.5, 0.95, 0.99]) as quantiles,
        coalesce(sum(weight) filter (not is_failed and us <= 500000), 0)::bigint as satisfied,
        coalesce(sum(weight) filter (not is_failed and us > 500000 and us <= 2000000), 0)::bigint as tolerating
    from judged
    group by service, bucket_start
)
-- Buckets of some seconds become their minute; any other is alone in its group.
select
    'datadog' as source,
    service,
    bucket_start // 60 * 60 as bucket_start,
    (interval_s + 59) // 60 as minutes,
    sum(requests)::bigint as requests,
    sum(errors)::bigint as errors,
    in_us(weighted_ms(p50, requests)) as p50,
    in_us(weighted_ms(p95, requests)) as p95,
    in_us(weighted_ms(p99, requests)) as p99,
    in_us(weighted_ms(ttfb, requests)) as ttfb,
    null::bigint as satisfied,
    null::bigint as tolerating,
    null::bigint as judged
from datadog
group by service, bucket_start // 60, minutes, interval_s
union all
select
    'newrelic', service, bucket_start, 60, requests, errors, round(quantiles[1])::bigint, round(quantiles[2])::bigint, round(quantiles[3])::bigint, null,
    satisfied, tolerating, requests
from newrelic;

-- A long bucket gives each of its hours an equal part. Of an hour in two lengths the one that covers most of it speaks.
create temp table service_hour as
with spread as (
    select
        source,
        service,
        bucket_start // 3600 + nth as hour,
        minutes,
        case hours when 1 then minutes else 60 end as covered,
        requests * (nth + 1) // hours - requests * nth // hours as requests,
        errors * (nth + 1) // hours - errors * nth // hours as errors,
        p50,
        p95,
        p99,
        ttfb,
        satisfied * (nth + 1) // hours - satisfied * nth // hours as satisfied,
        tolerating * (nth + 1) // hours - tolerating * nth // hours as tolerating,
        judged * (nth + 1) // hours - judged * nth // hours as judged
    from (select *, (minutes + 59) // 60 as hours, unnest(range((minutes + 59) // 60)) as nth from bucket)
)
select
    source,
    service,
    make_timestamp(hour * 3600000000)::date as day,
    sum(covered)::bigint as covered,
    sum(requests)::bigint as requests,
    sum(errors)::bigint as errors,
    in_us(weighted_ms(p50, requests)) as p50,
    in_us(weighted_ms(p95, requests)) as p95,
    in_us(weighted_ms(p99, requests)) as p99,
    in_us(weighted_ms(ttfb, requests)) as ttfb,
    sum(satisfied)::bigint as satisfied,
    sum(tolerating)::bigint as tolerating,
    sum(judged)::bigint as judged
from spread
group by source, service, hour, minutes
qualify row_number() over (partition by source, service, hour order by least(sum(covered), 60) desc, minutes) = 1;

create temp table incident as
with listed as (
    select item.id, item.attributes as told, place
    from (
        select unnest(data) as item, row_number() over () as place
        from read_json(
            getvariable('landing') || '/datadog/incidents/*.json',
            maximum_object_size = 2000000000,
            columns = {
                data: 'struct(id varchar, attributes struct(title varchar, severity varchar, state varchar, created timestamp, modified timestamp,
                    detected timestamp, declared timestamp, resolved timestamp, customer_impact_start timestamp,
                    customer_impact_end timestamp, is_test boolean, fields struct(services struct("value" varchar[]))))[]'
            }
        )
    )
    where item.id is not null and item.attributes.created is not null
),
version as (
    select
        id,
        told,
        coalesce(told.modified, told.created) as modified,
        told.state in ('resolved', 'completed') as is_closed,
        max(case when not coalesce(is_closed, false) then coalesce(told.modified, told.created) end) over (partition by id) as last_open_at,
        row_number() over (partition by id order by coalesce(told.modified, told.created) desc, place desc) as age
    from listed
),
closed as (
    select id, min(modified) as closed_at
    from version
    where is_closed and (last_open_at is null or modified >= last_open_at)
    group by id
),
change as (
    select result.*
    from (
        select unnest(data.actor.account.nrql.results) as result
        from read_json(
            getvariable('landing') || '/newrelic/nrai_incident/*.json',
            maximum_object_size = 2000000000,
            columns = {
                data: 'struct(actor struct(account struct(nrql struct(results struct("incidentId" varchar, event varchar, "timestamp" bigint,
                    title varchar, priority varchar, "entity.name" varchar, "openTime" bigint, "closeTime" bigint, "degradationTime" bigint,
                    "recoveryTime" bigint)[]))))'
            }
        )
    )
    where result."incidentId" is not null and result.event is not null and result."timestamp" is not null
),
folded as (
    select
        "incidentId" as id,
        min(lower(priority)) as priority,
        min(title) as title,
        min(trim("entity.name")) as service,
        make_timestamp(1000 * coalesce(
            min("degradationTime"), min("openTime"), min("timestamp") filter (lower(event) = 'open'), min("timestamp")
        )) as started_at,
        make_timestamp(1000 * coalesce(
            min("recoveryTime"), min(coalesce("closeTime", "timestamp")) filter (lower(event) = 'close')
        )) as harm_ended_at
    from change
    group by "incidentId"
),
every as (
    select
        'datadog' as source,
        id as incident_id,
        told.title,
        replace(lower(trim(told.severity)), 'sev-', 'sev') as severity,
        coalesce(told.customer_impact_start, told.detected, told.declared, told.created) as started_at,
        coalesce(told.customer_impact_end, told.resolved, case when is_closed then closed_at end) as harm_ended_at,
        coalesce(told.is_test, false) as is_test,
        told.fields.services."value" as services
    from version
    left join closed using (id)
    where age = 1
    union all
    select
        'newrelic', id, title, case priority when 'critical' then 'sev2' when 'warning' then 'sev4' else priority end, started_at, harm_ended_at, false,
        [service]
    from folded
)
select
    *,
    case severity when 'sev1' then 1 when 'sev2' then 2 when 'sev3' then 3 when 'sev4' then 4 when 'sev5' then 5 end as level,
    not is_test and coalesce(level, 1) <= 3 as is_downtime
from every;

create temp table incident_service as
select distinct source, incident_id, started_at, harm_ended_at, is_downtime, trim(service) as service
from (select *, unnest(services) as service from incident where not is_test)
where trim(service) <> '';

-- Several tools may have seen one deployment; the first that knows how it ended speaks for it.
create temp table deployment as
with github as (
    select *
    from (
        select *, row_number() over () as place
        from read_json(
            getvariable('landing') || '/github/deployments/*.json',
            format = 'array',
            columns = {
                id: 'varchar', sha: 'varchar', ref: 'varchar', task: 'varchar', environment: 'varchar', created_at: 'timestamp',
                updated_at: 'timestamp', repository_url: 'varchar', payload: 'struct(service varchar, version varchar, rollback boolean)'
            }
        )
        where id is not null
    )
    qualify row_number() over (partition by id order by updated_at desc nulls last, place desc) = 1
),
status as (
    select
        split_part(deployment_url, '/', -1) as id,
        min(created_at) filter (state = 'in_progress') as started_at,
        min(created_at) filter (state = 'success') as succeeded_at,
        max(created_at) filter (state in ('failure', 'error')) as failed_at
    from (
        select *
        from (
            select *, row_number() over () as place
            from read_json(
                getvariable('landing') || '/github/deployment_statuses/*.ndjson',
                format = 'newline_delimited',
                ignore_errors = true,
                columns = {id: 'varchar', state: 'varchar', created_at: 'timestamp', deployment_url: 'varchar'}
            )
            where id is not null
        )
        qualify row_number() over (partition by id order by place desc) = 1
    )
    group by all
),
dora as (
    select *
    from (
        select item.id, item.attributes as told, place
        from (
            select unnest(data) as item, row_number() over () as place
            from read_json(
                getvariable('landing') || '/datadog/dora_deployments/*.json',
                maximum_object_size = 2000000000,
                columns = {
                    data: 'struct(id varchar, attributes struct(service varchar, env varchar, version varchar, started_at timestamp,
                        finished_at timestamp, git struct(commit_sha varchar)))[]'
                }
            )
        )
    )
    where id is not null and told.service is not null and told.finished_at is not null
    qualify row_number() over (partition by id order by place desc) = 1
),
mark as (
    select *, coalesce(make_timestamp(try_cast("timestamp" as bigint) * 1000), try_cast("timestamp" as timestamp)) as deployed_at
    from (
        select result.*, place
        from (
            select unnest(data.actor.account.nrql.results) as result, row_number() over () as place
            from read_json(
                getvariable('landing') || '/newrelic/deployment/*.json',
                maximum_object_size = 2000000000,
                columns = {
                    data: 'struct(actor struct(account struct(nrql struct(results struct("deploymentId" varchar, "timestamp" varchar,
                        version varchar, "commit" varchar, description varchar, "entity.name" varchar)[]))))'
                }
            )
        )
    )
    where "deploymentId" is not null and "timestamp" is not null
    qualify row_number() over (partition by "deploymentId" order by deployed_at desc, place desc) = 1
),
every as (
    select
        'github' as source,
        1 as preference,
        github.id,
        coalesce(trim(payload.service), split_part(repository_url, '/', -1), 'unknown') as service,
        lower(trim(environment)) as environment,
        case when succeeded_at is not null then 'succeeded' when failed_at is not null then 'failed' else 'unknown' end as status,
        coalesce(payload.version, ref) as version,
        sha,
        coalesce(started_at, created_at) as started_at,
        coalesce(succeeded_at, failed_at) as finished_at,
        coalesce(payload.rollback, false) or lower(coalesce(task, '')) like '%rollback%' as is_rollback
    from github
    left join status using (id)
    union all
    select 'datadog', 2, id, trim(told.service), coalesce(lower(trim(told.env)), 'production'), 'succeeded', told.version, told.git.commit_sha, told.started_at,
        told.finished_at, false
    from dora
    union all
    select 'newrelic', 3, "deploymentId", coalesce(trim("entity.name"), 'unknown'), 'production', case when deployed_at is null then 'unknown' else 'succeeded' end,
        version, "commit", null, deployed_at, regexp_matches(lower(coalesce(description, '')), 'roll(ed)?[ -]?back')
    from mark
),
placed as (
    select
        *,
        environment in ('production', 'prod') as is_production,
        coalesce(finished_at, started_at) as seen_at,
        substr(lower(sha), 1, 7) as short_sha,
        lower(version) as version_key,
        preference + case status when 'unknown' then 100 else 0 end as place
    from every
)
select *
from placed
where not exists (
    from placed as speaker
    where speaker.service = placed.service
        and speaker.is_production = placed.is_production
        and (placed.is_production or speaker.environment = placed.environment)
        and (speaker.version_key = placed.version_key or speaker.short_sha = placed.short_sha)
        and speaker.place < placed.place
        and speaker.status <> 'unknown'
        and abs(floor((epoch_us(speaker.seen_at) - epoch_us(placed.seen_at)) / 1000000)) <= 3600
);

create or replace table mart.service_health_daily as
with by_tool as (
    select
        service,
        day,
        source,
        sum(covered)::bigint as covered_minutes,
        sum(requests)::bigint as requests,
        sum(errors)::bigint as errors,
        weighted_ms(p50, requests) as p50_ms,
        weighted_ms(p95, requests) as p95_ms,
        weighted_ms(p99, requests) as p99_ms,
        weighted_ms(ttfb, requests) as ttfb_ms,
        sum(satisfied)::bigint as apdex_satisfied,
        sum(tolerating)::bigint as apdex_tolerating,
        sum(judged)::bigint as apdex_total
    from service_hour
    where day <= getvariable('as_of')
    group by all
),
-- What two tools measured is one day's traffic: the one that covers most of it speaks.
measured as (
    from by_tool
    qualify row_number() over (partition by service, day order by covered_minutes desc, source) = 1
),
stretch_of_harm as (
    select service, min(started_at) as started_at, max(ended_at) as ended_at
    from (
        select
            *,
            sum((coalesce(harm_before < started_at, true))::int) over (partition by service order by started_at, ended_at, source, incident_id) as nth
        from (
            select
                *,
                coalesce(harm_ended_at, timestamp '9999-01-01') as ended_at,
                max(ended_at) over (
                    partition by service
                    order by started_at, coalesce(harm_ended_at, timestamp '9999-01-01'), source, incident_id
                    rows between unbounded preceding and 1 preceding
                ) as harm_before
            from incident_service
            where is_downtime and ended_at >= started_at
        )
    )
    group by service, nth
),
down as (
    select
        service,
        day,
        sum((epoch_us(least(ended_at, (day + 1)::timestamp)) - epoch_us(greatest(started_at, day::timestamp))) // 1000000)::bigint as downtime_seconds
    from (
        select *, unnest(generate_series(started_at::date::timestamp, least(ended_at::date, getvariable('as_of'))::timestamp, interval 1 day))::date as day
        from stretch_of_harm
    )
    group by service, day
),
started as (
    select service, started_at::date as day, count(*) as incidents_started from incident_service group by all
),
live as (
    select
        source,
        id,
        service,
        finished_at,
        lead(finished_at) over (partition by service order by finished_at, source, id) as next_finished_at,
        lead(is_rollback) over (partition by service order by finished_at, source, id) as is_next_rollback,
        least(coalesce(next_finished_at, timestamp '9999-01-01'), finished_at + interval 24 hour) as answers_until
    from deployment
    where is_production and status = 'succeeded'
),
failed_change as (
    select source, id
    from live
    where exists (
        from incident_service
        where incident_service.service = live.service
            and is_downtime
            and started_at >= live.finished_at
            and started_at < answers_until
    )
        or (coalesce(is_next_rollback, false) and next_finished_at <= answers_until)
),
delivered as (
    select
        service,
        finished_at::date as day,
        count(*) filter (status = 'succeeded') as deployments,
        count(*) filter (status <> 'succeeded') as deployments_failed,
        count(*) filter (status = 'succeeded' and is_rollback) as rollbacks,
        count(failed_change.id) as change_failures
    from deployment
    left join failed_change using (source, id)
    where is_production and finished_at is not null
    group by all
),
day_of_service as (
    select service, unnest(generate_series(min(day)::timestamp, getvariable('as_of')::timestamp, interval 1 day))::date as day
    from (
        select service, day from measured
        union all
        select service, day from down
        union all
        select service, day from started
        union all
        select service, day from delivered
    )
    group by service
)
select
    service,
    day,
    measured.source as measured_by,
    coalesce(covered_minutes, 0) as covered_minutes,
    requests,
    errors,
    errors::double / nullif(requests::double, 0) as error_rate,
    p50_ms,
    p95_ms,
    p99_ms,
    ttfb_ms,
    apdex_satisfied,
    apdex_tolerating,
    apdex_total,
    (apdex_satisfied + apdex_tolerating / 2.0)::double / nullif(apdex_total::double, 0) as apdex,
    coalesce(downtime_seconds, 0) as downtime_seconds,
    coalesce(downtime_seconds, 0) / 60.0 as downtime_minutes,
    86400::bigint as day_seconds,
    (86400 - coalesce(downtime_seconds, 0))::double / 86400 as availability,
    coalesce(incidents_started, 0) as incidents_started,
    coalesce(deployments, 0) as deployments,
    coalesce(deployments_failed, 0) as deployments_failed,
    coalesce(rollbacks, 0) as rollbacks,
    coalesce(change_failures, 0) as change_failures
from day_of_service
left join measured using (service, day)
left join down using (service, day)
left join started using (service, day)
left join delivered using (service, day);
