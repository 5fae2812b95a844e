with
    part_indicators as (select * from {{ ref("int_spinner__part_indicators_derived") }}),

    progress_snapshots as (
        select
            student_key,
            {{ add_days("ends_on", -1) }} as snapshot_date,
            edge_count,
            distinct_edge_count,
            edges_percent,
            exploration,
            exploration_legacy,
            {{ exploration_band("exploration") }} as exploration_band,
            enjoyment,
            {{ enjoyment_band("enjoyment") }} as enjoyment_band,
            centroid_x,
            centroid_y,
            closest_graph,
            closest_distance
        from part_indicators
        where part_kind = 'day'
    )

select *
from progress_snapshots
