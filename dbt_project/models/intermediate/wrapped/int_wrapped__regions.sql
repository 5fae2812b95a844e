with
    area_regions as (select * from {{ ref("wrapped_area_regions") }}),

    regions as (select area_regions.region_id, area_regions.area_id from area_regions)

select *
from regions
