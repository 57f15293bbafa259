using System;
using System.Globalization;
using System.Text;
using PvTimer.Model.Msrs;

namespace PvTimer.Formats.Traces;

/// <summary>Takes apart what events say.</summary>
internal static class TraceFields
{
    /// <summary>A field of the form name=value, decimal, or hexadecimal behind 0x.</summary>
    public static bool TryGet(ReadOnlySpan<byte> body, string field, out ulong value)
    {
        value = 0;
        return TryFind(body, field, out ReadOnlySpan<byte> text) && TryParse(text, out value);
    }

    /// <summary>What stands behind "name=", up to the next space or comma.</summary>
    public static bool TryFind(ReadOnlySpan<byte> body, string field, out ReadOnlySpan<byte> text)
    {
        while (!body.IsEmpty)
        {
            int end = body.IndexOf((byte)' ');
            ReadOnlySpan<byte> word = end < 0 ? body : body[..end];
            body = end < 0 ? [] : body[(end + 1)..];
            bool named =
                word.Length > field.Length + 1
                && word[field.Length] == '='
                && Ascii.Equals(word[..field.Length], field);
            if (named)
            {
                text = word[(field.Length + 1)..].TrimEnd((byte)',');
                return true;
            }
        }
        text = default;
        return false;
    }

    /// <summary>
    /// "6e0, value 7552bd41596", and " #GP" if the write failed; or its fields as they are
    /// ("msr=6e0 val=7552bd41596 failed=0").
    /// </summary>
    public static bool TryGetMsrWrite(ReadOnlySpan<byte> body, out MsrWriteEvent write)
    {
        ReadOnlySpan<byte> separator = ", value "u8;
        ReadOnlySpan<byte> fault = " #GP"u8;
        write = default;
        bool failed = body.EndsWith(fault);
        if (failed)
        {
            body = body[..^fault.Length];
        }
        int at = body.IndexOf(separator);
        if (at < 0)
        {
            return TryGetRawMsrWrite(body, out write);
        }
        if (
            !TryParseHex(body[..at], out ulong msr)
            || !TryParseHex(body[(at + separator.Length)..], out ulong value)
            || msr > uint.MaxValue
        )
        {
            return false;
        }
        write = new MsrWriteEvent((uint)msr, value, failed);
        return true;
    }

    /// <summary>
    /// Writers print raw fields as hexadecimal with 0x, as hexadecimal without it, or as decimal. The two
    /// registers of timers tell which: 1760 and 2096 are they in decimal, and no registers in hexadecimal.
    /// </summary>
    private static bool TryGetRawMsrWrite(ReadOnlySpan<byte> body, out MsrWriteEvent write)
    {
        write = default;
        if (
            !TryFind(body, "msr", out ReadOnlySpan<byte> msrText)
            || !TryFind(body, "val", out ReadOnlySpan<byte> valueText)
        )
        {
            return false;
        }
        bool isDecimal =
            TryParse(msrText, out ulong msr)
            && msr is (MsrIndex.Ia32TscDeadline or MsrIndex.X2ApicIcr)
            && !msrText.StartsWith("0x"u8);
        if (
            (!isDecimal && !TryParseHex(msrText, out msr))
            || !(
                isDecimal ? TryParse(valueText, out ulong value) : TryParseHex(valueText, out value)
            )
            || msr > uint.MaxValue
        )
        {
            return false;
        }
        bool failed = TryGet(body, "failed", out ulong flag) && flag != 0;
        write = new MsrWriteEvent((uint)msr, value, failed);
        return true;
    }

    /// <summary>Decimal, or hexadecimal behind 0x.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out ulong value) =>
        text.StartsWith("0x"u8)
            ? TryParseHex(text, out value)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    /// <summary>Hexadecimal, with or without 0x.</summary>
    public static bool TryParseHex(ReadOnlySpan<byte> text, out ulong value) =>
        ulong.TryParse(
            text.StartsWith("0x"u8) ? text[2..] : text,
            NumberStyles.AllowHexSpecifier,
            CultureInfo.InvariantCulture,
            out value
        );
}
