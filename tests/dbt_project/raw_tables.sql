create schema if not exists raw_wrapped;
create schema if not exists raw_ops;
create table raw_wrapped.game_ticks (
    id_time integer,
    id_process varchar,
    id_counter integer,
    source_kind varchar,
    event_ms bigint,
    username varchar,
    tick_number integer,
    session_id varchar,
    energy smallint,
    health smallint,
    prayer smallint,
    session_tick_count integer,
    x smallint,
    y smallint,
    region_id integer,
    local_x smallint,
    local_y smallint,
    outfit_id bigint,
    _unmapped varchar,
    _dlt_load_id varchar
);
create table raw_wrapped.stat_changed (
    id_time integer,
    id_process varchar,
    id_counter integer,
    source_kind varchar,
    event_ms bigint,
    username varchar,
    tick_number integer,
    session_id varchar,
    skill varchar,
    xp integer,
    level smallint,
    boosted_level smallint,
    _unmapped varchar,
    _dlt_load_id varchar
);
create table raw_wrapped.grand_exchange_offer_changed (
    id_time integer,
    id_process varchar,
    id_counter integer,
    source_kind varchar,
    event_ms bigint,
    username varchar,
    tick_number integer,
    session_id varchar,
    slot smallint,
    item_id integer,
    price integer,
    quantity_sold integer,
    spent integer,
    total_quantity integer,
    state varchar,
    _unmapped varchar,
    _dlt_load_id varchar
);
create table raw_wrapped.hitsplat_applied (
    id_time integer,
    id_process varchar,
    id_counter integer,
    source_kind varchar,
    event_ms bigint,
    username varchar,
    tick_number integer,
    session_id varchar,
    actor_name varchar,
    actor_type smallint,
    actor_id integer,
    combat_level smallint,
    x smallint,
    y smallint,
    region_id integer,
    local_x smallint,
    local_y smallint,
    amount integer,
    hitsplat_type smallint,
    disappears_on_game_cycle integer,
    is_mine boolean,
    is_others boolean,
    _unmapped varchar,
    _dlt_load_id varchar
);
create table raw_wrapped.actor_death (
    id_time integer,
    id_process varchar,
    id_counter integer,
    source_kind varchar,
    event_ms bigint,
    username varchar,
    tick_number integer,
    session_id varchar,
    actor_name varchar,
    actor_type smallint,
    actor_id integer,
    combat_level smallint,
    x smallint,
    y smallint,
    region_id integer,
    local_x smallint,
    local_y smallint,
    _unmapped varchar,
    _dlt_load_id varchar
);
create table raw_wrapped.loot_received as from raw_wrapped.actor_death;
create table raw_wrapped.loot_received_items (
    id_time integer,
    id_process varchar,
    id_counter integer,
    item_position smallint,
    item_id integer,
    quantity integer,
    _dlt_load_id varchar
);
create table raw_wrapped.outfits (
    outfit_id bigint,
    slot_00 integer,
    slot_01 integer,
    slot_02 integer,
    slot_03 integer,
    slot_04 integer,
    slot_05 integer,
    slot_06 integer,
    slot_07 integer,
    slot_08 integer,
    slot_09 integer,
    slot_10 integer,
    slot_11 integer,
    _dlt_load_id varchar
);
create table raw_wrapped.hiscores_fetches (
    fetch_id varchar,
    source_kind varchar,
    username varchar,
    user_key varchar,
    table_suffix varchar,
    format varchar,
    outcome varchar,
    http_status integer,
    attempts_count integer,
    fetched_at timestamp,
    _unmapped varchar,
    _dlt_load_id varchar
);
create table raw_wrapped.hiscores_entries (
    fetch_id varchar,
    entry_kind varchar,
    entry_name varchar,
    rank bigint,
    level bigint,
    score bigint,
    _dlt_load_id varchar
);
create table raw_wrapped.items (
    item_id integer,
    name varchar,
    noted_of_item_id integer,
    is_members boolean,
    high_alchemy_gp bigint,
    buy_limit integer,
    icon_file varchar,
    _dlt_load_id varchar
);
create table raw_wrapped.item_prices (
    item_id integer,
    price_date date,
    average_high_gp double,
    average_low_gp double,
    volume bigint,
    _dlt_load_id varchar
);
create table raw_wrapped.npcs (
    npc_id integer,
    name varchar,
    combat_level integer,
    image_file varchar,
    _dlt_load_id varchar
);
create table raw_wrapped.players (
    username varchar,
    time_zone varchar,
    valid_from timestamp,
    hiscores_suffix varchar,
    opt_out boolean,
    can_compare boolean,
    visibility varchar,
    _dlt_load_id varchar
);
create table raw_wrapped.renames (
    old_name varchar,
    new_name varchar,
    effective_at timestamp,
    _dlt_load_id varchar
);
create table raw_wrapped.clan_members (
    clan_id varchar,
    clan_name varchar,
    clan_kind varchar,
    username varchar,
    member_from date,
    member_to date,
    role varchar,
    _dlt_load_id varchar
);
create table raw_wrapped.periods (
    period_id varchar,
    label varchar,
    start_date date,
    end_date date,
    _dlt_load_id varchar
);
create table raw_wrapped.excluded_ranges (
    username varchar,
    from_at timestamp,
    to_at timestamp,
    reason varchar,
    _dlt_load_id varchar
);
create table raw_wrapped.profile_overrides (
    username varchar,
    from_at timestamp,
    to_at timestamp,
    label varchar,
    _dlt_load_id varchar
);
create table raw_wrapped.rejects (
    collection varchar,
    row_key varchar,
    source_kind varchar,
    reason varchar,
    document varchar,
    rejected_at timestamp,
    _dlt_load_id varchar
);
create table raw_ops.load_counts (
    domain varchar,
    load_id varchar,
    source_kind varchar,
    source_name varchar,
    table_name varchar,
    day date,
    read_count bigint,
    landed_count bigint,
    duplicate_count bigint,
    rejected_count bigint,
    ignored_count bigint,
    loaded_at timestamp
);
create table raw_ops.data_through (
    domain varchar,
    source_kind varchar,
    source_name varchar,
    data_through_at timestamp,
    loaded_at timestamp
);
create table raw_ops.requested_periods (
    domain varchar,
    period_id varchar,
    start_date date,
    end_date date,
    requested_at timestamp
);
create table raw_ops.source_identity (
    domain varchar,
    identity varchar,
    is_sample_world boolean,
    first_loaded_at timestamp
);
