with
    sessions as (select * from {{ ref("fct_lab_sessions") }}),

    terms as (select * from {{ ref("spinner_terms") }}),

    term_spans as (
        select
            sessions.lab,
            terms.course,
            terms.term,
            terms.starts_on,
            terms.ends_on,
            max(
                {{ days_between("terms.starts_on", "cast(sessions.started_at as date)") }}
            ) as last_day
        from sessions
        inner join
            terms
            on sessions.course = terms.course
            and cast(sessions.started_at as date) >= terms.starts_on
            and cast(sessions.started_at as date) < terms.ends_on
        group by sessions.lab, terms.course, terms.term, terms.starts_on, terms.ends_on
    ),

    numbered_weeks as (
        select
            lab,
            course,
            term,
            starts_on,
            ends_on,
            {{ exploded_integers("1", "cast(floor(cast(last_day as double) / 7) as bigint) + 1") }}
            as week_number
        from term_spans
    ),

    term_weeks_spanned as (
        select
            lab,
            course,
            term,
            cast(week_number as integer) as week_number,
            starts_on as term_starts_on,
            {{ add_days("starts_on", "7 * (week_number - 1)") }} as week_starts_on,
            least({{ add_days("starts_on", "7 * week_number") }}, ends_on) as week_ends_on
        from numbered_weeks
    )

select *
from term_weeks_spanned
