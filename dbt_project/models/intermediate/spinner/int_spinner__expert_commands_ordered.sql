with
    expert_runs as (select * from {{ ref("spinner_expert_runs") }}),

    repeated as (
        select
            expert_runs.graph,
            expert_runs.run_number,
            repetitions.number as repetition_number,
            expert_runs.node
        from expert_runs
        cross join {{ integer_series(1, var("spinner_longest_run")) }} as repetitions
        where repetitions.number <= expert_runs.run_length
    ),

    expert_commands_ordered as (
        select
            graph,
            cast(row_number() over in_order as integer) as command_number,
            node,
            lead(node) over in_order as next_node
        from repeated
        window in_order as (partition by graph order by run_number, repetition_number)
    )

select *
from expert_commands_ordered
