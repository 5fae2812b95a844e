with
    texts as (
        select
            'thousands' as shown, {{ format_thousands("1234567") }} as text, '1,234,567' as expected
        union all
        select
            'thousands, negative' as shown,
            {{ format_thousands("-1234.56", 1) }} as text,
            '-1,234.6' as expected
        union all
        select 'thousands, half up' as shown, {{ format_thousands("2.5") }} as text, '3' as expected
        union all
        select 'hours below 10' as shown, {{ format_hours("9.94") }} as text, '9.9' as expected
        union all
        select 'hours rounded to 10' as shown, {{ format_hours("9.96") }} as text, '10' as expected
        union all
        select 'hours, many' as shown, {{ format_hours("1234.4") }} as text, '1,234' as expected
        union all
        select 'gp below 100,000' as shown, {{ format_gp("99999") }} as text, '99,999' as expected
        union all
        select 'gp from 100,000' as shown, {{ format_gp("100000") }} as text, '100.0k' as expected
        union all
        select
            'gp rounded to a million' as shown,
            {{ format_gp("999960") }} as text,
            '1.0M' as expected
        union all
        select 'gp, millions' as shown, {{ format_gp("1234567") }} as text, '1.2M' as expected
        union all
        select 'gp above 2^31' as shown, {{ format_gp("2147483648") }} as text, '2.1B' as expected
        union all
        select 'gp, loss' as shown, {{ format_gp("-250000") }} as text, '-250.0k' as expected
        union all
        select
            'duration, seconds' as shown, {{ format_duration("59.9") }} as text, '59 s' as expected
        union all
        select
            'duration, a minute' as shown, {{ format_duration("60") }} as text, '1 min' as expected
        union all
        select
            'duration below an hour' as shown,
            {{ format_duration("3599.4") }} as text,
            '59 min' as expected
        union all
        select
            'duration, hours' as shown,
            {{ format_duration("11549.4") }} as text,
            '3 h 12 min' as expected
        union all
        select
            'duration, days' as shown,
            {{ format_duration("360000") }} as text,
            '100 h 0 min' as expected
        union all
        select
            'date' as shown,
            {{ format_date("cast('2025-03-01' as date)") }} as text,
            '1 March 2025' as expected
        union all
        select
            'month' as shown, {{ format_month("'2025-12'") }} as text, 'December 2025' as expected
        union all
        select
            'html' as shown,
            {{ escape_html("'<col=00ffff>A</col> & \"b\" > ''c'' <'") }} as text,
            'A &amp; &quot;b&quot; &gt; &#39;c&#39; &lt;' as expected
        union all
        select
            'html, entity' as shown,
            {{ escape_html("'&lt;b&gt;'") }} as text,
            '&amp;lt;b&amp;gt;' as expected
        union all
        select
            'filled text' as shown,
            {{ filled_text("'{1} and {2}{3}'", ["'{2}'", "'b'", "cast(null as string)"]) }} as text,
            '&#123;2} and b' as expected
        union all
        select
            'wiki address' as shown,
            {{ wiki_image_url("'Kree''arra (follower).png'") }} as text,
            'https://oldschool.runescape.wiki/images/Kree%27arra_%28follower%29.png' as expected
    ),

    wrong_texts as (select shown, text, expected from texts where text is distinct from expected)

select *
from wrong_texts
