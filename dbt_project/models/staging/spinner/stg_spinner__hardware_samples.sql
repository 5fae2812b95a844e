with
    received as (select * from {{ source("raw_spinner", "hardware_messages") }}),

    once as (
        select *
        from received
        -- A segment that was sealed or landed twice holds the same rows twice.
        qualify
            row_number() over (partition by capture_id, stream, seq order by _dlt_load_id, part_no)
            = 1
    ),

    parsed as (
        select
            *,
            {{
                json_fields(
                    "raw_text",
                    {
                        "t": "string",
                        "d": "string",
                        "v": "string",
                        "y": "string",
                        "c": "string",
                        "e": "string",
                        "m": "string",
                    },
                )
            }} as document
        from once
    ),

    listed as (
        select
            parsed.capture_id,
            parsed.stream,
            parsed.seq,
            cast(parsed.received_at as timestamp) as received_at,
            {{ json_numbers("parsed.document.t") }} as boot_ms_list,
            {{ json_numbers("parsed.document.d") }} as position_list,
            {{ json_numbers("parsed.document.v") }} as speed_list,
            {{ json_numbers("parsed.document.y") }} as motor_list,
            {{ json_numbers("parsed.document.c") }} as command_list,
            {{ json_numbers("parsed.document.e") }} as error_list,
            parsed.document.m as mode_code,
            parsed._dlt_load_id
        from parsed
    ),

    samples as (
        select
            listed.capture_id,
            listed.stream,
            listed.seq,
            sample_numbers.number as sample_number,
            listed.received_at,
            {{ array_item("listed.boot_ms_list", "sample_numbers.number") }} as boot_ms,
            {{ array_item("listed.boot_ms_list", "-1") }} as last_boot_ms,
            {{ array_item("listed.position_list", "sample_numbers.number") }} as position_rad,
            {{ array_item("listed.speed_list", "sample_numbers.number") }} as speed_rad_per_s,
            {{ array_item("listed.motor_list", "sample_numbers.number") }} as motor_volts,
            {{ array_item("listed.command_list", "sample_numbers.number") }} as command_value,
            {{ array_item("listed.error_list", "sample_numbers.number") }} as error_value,
            listed.mode_code,
            listed._dlt_load_id
        from listed
        cross join {{ integer_series(1, 64) }} as sample_numbers
        where {{ array_item("listed.boot_ms_list", "sample_numbers.number") }} is not null
    ),

    hardware_samples as (
        select
            capture_id,
            stream,
            seq,
            sample_number,
            received_at,
            -- The unit's clock counts 32 bits of milliseconds and starts anew.
            {{
                epoch_ms_to_timestamp(
                    timestamp_to_epoch_ms("received_at")
                    ~ " - cast(mod(last_boot_ms - boot_ms + 4294967296, 4294967296) as bigint)"
                )
            }} as sampled_at,
            boot_ms,
            position_rad,
            speed_rad_per_s,
            motor_volts,
            command_value,
            error_value,
            mode_code,
            _dlt_load_id
        from samples
    )

select *
from hardware_samples
