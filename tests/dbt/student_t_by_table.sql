{{ config(description="Student's t as printed tables have it: the value that 2.5 % exceed, and the two-sided p of that value is 5 %.") }}

with tabled as (

    select 2.0 as df, 4.302653 as critical
    union all
    select 5.0 as df, 2.570582 as critical
    union all
    select 10.0 as df, 2.228139 as critical
    union all
    select 30.0 as df, 2.042272 as critical
    union all
    select 120.0 as df, 1.979930 as critical
    union all
    select 1000000.0 as df, 1.959966 as critical

),

computed as (

    select
        tabled.*,
        {{ t_critical('df') }} as computed_critical,
        (df - 0.5) * ln(1 + critical * critical / df) as w
    from tabled

),

tested as (

    select
        computed.*,
        {{ normal_deviate_of_t('w', 'df') }} as deviate
    from computed

)

select
    tested.*,
    {{ normal_p('deviate') }} as p_value
from tested
where abs(computed_critical - critical) > 0.000001
    or (df >= 5 and abs({{ normal_p('deviate') }} - 0.05) > 0.000001)
