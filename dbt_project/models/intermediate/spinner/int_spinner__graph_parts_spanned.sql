with
    commands as (select * from {{ ref("fct_lab_commands") }}),

    terms as (select * from {{ ref("spinner_terms") }}),

    term_weeks as (select * from {{ ref("int_spinner__term_weeks_spanned") }}),

    command_days as (
        select student_key, lab, course, cast(event_at as date) as command_date
        from commands
        group by student_key, lab, course, cast(event_at as date)
    ),

    student_terms as (
        select
            command_days.student_key,
            command_days.lab,
            command_days.course,
            terms.term,
            terms.starts_on,
            terms.ends_on,
            min(command_days.command_date) as first_command_date
        from command_days
        inner join
            terms
            on command_days.course = terms.course
            and command_days.command_date >= terms.starts_on
            and command_days.command_date < terms.ends_on
        group by
            command_days.student_key,
            command_days.lab,
            command_days.course,
            terms.term,
            terms.starts_on,
            terms.ends_on
    ),

    graph_parts_spanned as (
        select
            student_key,
            lab,
            course,
            'day' as part_kind,
            cast(command_date as string) as part_id,
            cast(null as string) as term,
            cast(null as integer) as week_number,
            cast(null as date) as starts_on,
            {{ add_days("command_date", 1) }} as ends_on
        from command_days
        union all
        select
            student_key,
            lab,
            course,
            'term' as part_kind,
            term as part_id,
            term,
            cast(null as integer) as week_number,
            starts_on,
            ends_on
        from student_terms
        union all
        select
            student_terms.student_key,
            student_terms.lab,
            student_terms.course,
            'term_week' as part_kind,
            concat(student_terms.term, ' week ', cast(term_weeks.week_number as string)) as part_id,
            student_terms.term,
            term_weeks.week_number,
            student_terms.starts_on,
            term_weeks.week_ends_on as ends_on
        from student_terms
        inner join
            term_weeks
            on student_terms.lab = term_weeks.lab
            and student_terms.course = term_weeks.course
            and student_terms.term = term_weeks.term
            and student_terms.first_command_date < term_weeks.week_ends_on
    )

select *
from graph_parts_spanned
