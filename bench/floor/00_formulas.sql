-- Wilson score interval at 95 %. The warehouse compares to the last bit, so it is written with the same order of operations.
create or replace temp macro wilson(successes, trials, side) as
    case
        when trials > 0 and side > 0 then least(greatest(
            (successes::double / trials::double + 1.9207294103470627 / trials::double + side * 1.959963984540054 * sqrt(
                successes::double / trials::double * (1 - successes::double / trials::double) / trials::double
                + 0.9603647051735313 / (trials::double * trials::double)
            )) / (1 + 3.8414588206941254 / trials::double),
            successes::double / trials::double
        ), 1)
        when trials > 0 then greatest(least(
            (successes::double / trials::double + 1.9207294103470627 / trials::double + side * 1.959963984540054 * sqrt(
                successes::double / trials::double * (1 - successes::double / trials::double) / trials::double
                + 0.9603647051735313 / (trials::double * trials::double)
            )) / (1 + 3.8414588206941254 / trials::double),
            successes::double / trials::double
        ), 0)
    end;

-- Whether a text of days holds a 1 from so many to so many days after the start; it may begin before the text does.
create or replace temp macro was_there(days, start_at, from_day, to_day) as
    contains(substr(days, greatest(start_at + from_day, 0) + 1, greatest(start_at + to_day + 1, 0) - greatest(start_at + from_day, 0)), '1');

-- Adjusted Wald interval of a net promoter score at 95 %: as if 3/4 promoter, 3/2 passives and 3/4 detractor had answered too.
create or replace temp macro nps_bound(promoters, detractors, responses, side) as
    case
        when responses > 0 then least(greatest(
            100 * (
                (promoters + 0.75) / (responses::double + 3) - (detractors + 0.75) / (responses::double + 3)
                + side * 1.959963984540054 * sqrt((
                    (promoters + 0.75) / (responses::double + 3) + (detractors + 0.75) / (responses::double + 3)
                    - ((promoters + 0.75) / (responses::double + 3) - (detractors + 0.75) / (responses::double + 3))
                    * ((promoters + 0.75) / (responses::double + 3) - (detractors + 0.75) / (responses::double + 3))
                ) / (responses::double + 3))
            ),
            -100
        ), 100)
    end;

-- Money: division half away from zero, powers of ten, an amount counted in other parts, an amount at a rate in billionths.
create or replace temp macro half_up(numerator, denominator) as
    sign(numerator) * ((2 * abs(numerator) + denominator) // (2 * denominator));
create or replace temp macro power_of_ten(exponent) as
    case exponent when 0 then 1 when 1 then 10 when 2 then 100 when 3 then 1000 end;
create or replace temp macro rescaled(amount, from_exponent, to_exponent) as
    case when from_exponent = to_exponent then amount else amount * power_of_ten(to_exponent) // power_of_ten(from_exponent) end;
create or replace temp macro at_rate(minor, billionths, parts) as
    case when minor = 0 then 0 else (half_up(minor::hugeint * billionths, 1000::hugeint * parts)::bigint::decimal(24, 0) * 0.000001::decimal(7, 6))::decimal(28, 6) end;

-- A total that lacks a part is no total.
create or replace temp macro whole_sum(amount) as case when count(*) = count(amount) then sum(amount)::decimal(28, 6) end;
create or replace temp macro major(minor, exponent) as
    (minor::decimal(24, 6) * (case exponent when 0 then 1 when 1 then 0.1 when 2 then 0.01 when 3 then 0.001 end)::decimal(7, 6))::decimal(28, 6);
create or replace temp macro moved(amount, is_of_kind) as
    case when count(*) filter (is_of_kind and amount is null) = 0 then coalesce(sum(amount) filter (is_of_kind), 0)::decimal(28, 6) end;

-- What an effect is judged by: sample covariance from whole sums, a sum of floats that no order of rows changes, the value of Student's t
-- that 2.5 % exceed, the normal deviate of the same p, and that p.
create or replace temp macro covariance(n, sum_xy, sum_x, sum_y) as
    (n::hugeint * sum_xy::hugeint - sum_x::hugeint * sum_y::hugeint)::double / nullif(n::double * (n - 1), 0);
create or replace temp macro steady_sum(value) as sum(round((value) * 1000000000000000)::hugeint)::double / 1000000000000000;
create or replace temp macro t_critical(df) as
    1.959963984540054 + (2.372272379 + (2.822429428 + (2.557332692 + (1.574122882 + (0.816906007 + (0.419095833 + (0.021903327
        + (0.165922737) / df) / df) / df) / df) / df) / df) / df) / df;
create or replace temp macro deviate_of_t(w, df) as
    (((((-0.4 * w - 3.3) * w - 24) * w - 85.5) / (0.8 * w * w + 100 + 48 * (df - 0.5) * (df - 0.5)) + w + 3) / (48 * (df - 0.5) * (df - 0.5)) + 1) * sqrt(w);
create or replace temp macro normal_p(z) as
    2 * exp(-0.5 * z * z) * 0.3989422804014327 * (1 / (1 + 0.2316419 * abs(z))) * (0.319381530 + (1 / (1 + 0.2316419 * abs(z))) * (-0.356563782
        + (1 / (1 + 0.2316419 * abs(z))) * (1.781477937 + (1 / (1 + 0.2316419 * abs(z))) * (-1.821255978
        + (1 / (1 + 0.2316419 * abs(z))) * 1.330274429))));
