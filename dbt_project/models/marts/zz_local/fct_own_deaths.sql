select cast(null as string) as player_id, 1 as profile_number, cast(null as date) as played_date, cast(null as string) as area_id where false
