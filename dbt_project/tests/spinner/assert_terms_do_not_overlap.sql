-- A command lies in one term of its course at most.
with
    terms as (select * from {{ ref("spinner_terms") }}),

    overlapping as (
        select terms.course, terms.term, other_terms.term as other_term
        from terms
        inner join
            terms as other_terms
            on terms.course = other_terms.course
            and terms.term <> other_terms.term
            and terms.starts_on < other_terms.ends_on
            and terms.ends_on > other_terms.starts_on
    )

select *
from overlapping
