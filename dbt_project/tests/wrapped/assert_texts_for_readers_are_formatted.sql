with
    texts as (
        select
            'thousands' as shown, {{ format_thousands("1234567") }} as text, '1,234,567' as expected
        union all
        select 'thousands, negative', {{ format_thousands("-1234.56", 1) }}, '-1,234.6'
        union all
        select 'thousands, half up', {{ format_thousands("2.5") }}, '3'
        union all
        select 'hours below 10', {{ format_hours("9.94") }}, '9.9'
        union all
        select 'hours rounded to 10', {{ format_hours("9.96") }}, '10'
        union all
        select 'hours, many', {{ format_hours("1234.4") }}, '1,234'
        union all
        select 'gp below 100,000', {{ format_gp("99999") }}, '99,999'
        union all
        select 'gp from 100,000', {{ format_gp("100000") }}, '100.0k'
        union all
        select 'gp rounded to a million', {{ format_gp("999960") }}, '1.0M'
        union all
        select 'gp, millions', {{ format_gp("1234567") }}, '1.2M'
        union all
        select 'gp above 2^31', {{ format_gp("2147483648") }}, '2.1B'
        union all
        select 'gp, loss', {{ format_gp("-250000") }}, '-250.0k'
        union all
        select 'duration, seconds', {{ format_duration("59.9") }}, '59 s'
        union all
        select 'duration, a minute', {{ format_duration("60") }}, '1 min'
        union all
        select 'duration below an hour', {{ format_duration("3599.4") }}, '59 min'
        union all
        select 'duration, hours', {{ format_duration("11549.4") }}, '3 h 12 min'
        union all
        select 'duration, days', {{ format_duration("360000") }}, '100 h 0 min'
        union all
        select 'date', {{ format_date("cast('2025-03-01' as date)") }}, '1 March 2025'
        union all
        select 'month', {{ format_month("'2025-12'") }}, 'December 2025'
        union all
        select
            'html',
            {{ escape_html("'<col=00ffff>A</col> & \"b\" > ''c'' <'") }},
            'A &amp; &quot;b&quot; &gt; &#39;c&#39; &lt;'
        union all
        select 'html, entity', {{ escape_html("'&lt;b&gt;'") }}, '&amp;lt;b&amp;gt;'
        union all
        select
            'filled text',
            {{ filled_text("'{1} and {2}{3}'", ["'{2}'", "'b'", "cast(null as string)"]) }},
            '&#123;2} and b'
        union all
        select
            'wiki address',
            {{ wiki_image_url("'Kree''arra (follower).png'") }},
            'https://oldschool.runescape.wiki/images/Kree%27arra_%28follower%29.png'
    ),

    wrong_texts as (select shown, text, expected from texts where text is distinct from expected)

select *
from wrong_texts
