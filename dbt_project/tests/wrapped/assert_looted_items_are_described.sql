{{ config(severity="warn") }}

-- Not an error: new items appear in the game before anybody describes them. They are called
-- `Unknown Item <id>` and are worth what a price file says, else nothing.
select item_id, item_name
from {{ ref("dim_items") }}
where item_source = 'unknown'
