using System.Globalization;
using System.Reflection;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios.Reading;

/// <summary>Reads <c>pvtimer { ... }</c>: the variant sets what is not said.</summary>
internal static class PvTimerReader
{
    private static readonly VirtualDuration ShortestScanPeriod = VirtualDuration.FromMicroseconds(
        1
    );

    public static PvTimerParameters Read(Settings from)
    {
        PvTimerVariant variant = from.Choice<PvTimerVariant>(
            "variant",
            PvTimerVariant.Fixed,
            ("as-posted", PvTimerVariant.AsPosted),
            ("fixed", PvTimerVariant.Fixed)
        );
        PvTimerParameters defaults =
            variant == PvTimerVariant.AsPosted ? PvTimerParameters.AsPosted : new();
        PvTimerParameters parameters = new()
        {
            Variant = variant,
            Flaws = Flaws(from.Section("flaws"), defaults.Flaws),
            Worker = from.Choice<WorkerMode>(
                "worker",
                defaults.Worker,
                ("paced", WorkerMode.Paced),
                ("busy", WorkerMode.Busy)
            ),
            ScanPeriod = from.Span("scan-period", ShortestScanPeriod, defaults.ScanPeriod),
            PaddingCycles = from.Cycles("padding", defaults.PaddingCycles),
            EnableMsr = Msr(from, defaults.EnableMsr),
            CpuidBit = from.Whole("cpuid-bit", 0, 31, defaults.CpuidBit),
            WeakExchange = from.Choice<WeakExchange>(
                "weak-exchange",
                WeakExchange.None,
                ("none", WeakExchange.None),
                ("guest", WeakExchange.Guest),
                ("host", WeakExchange.Host)
            ),
        };
        from.RejectUnknown();
        return parameters;
    }

    /// <summary>One switch per property of <see cref="PvTimerFlaws"/>, of the same name.</summary>
    private static PvTimerFlaws Flaws(Settings from, PvTimerFlaws defaults)
    {
        PvTimerFlaws flaws = defaults with { };
        foreach (PropertyInfo flaw in FlawSwitches.All)
        {
            bool otherwise = (bool)flaw.GetValue(defaults)!;
            flaw.SetValue(flaws, from.Flag(KebabCase.Of(flaw.Name), otherwise));
        }
        from.RejectUnknown();
        return flaws;
    }

    private static uint Msr(Settings from, uint otherwise)
    {
        const string Key = "enable-msr";
        if (from.Text(Key) is not { } text)
        {
            return otherwise;
        }
        bool hexadecimal = text.StartsWith("0x", System.StringComparison.OrdinalIgnoreCase);
        return
            hexadecimal
            && uint.TryParse(
                text[2..],
                NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture,
                out uint msr
            )
            ? msr
            : throw from.Error(
                Key,
                $"'{text}' is no MSR",
                "a hexadecimal number of 32 bits such as 0x4b564d05"
            );
    }
}
