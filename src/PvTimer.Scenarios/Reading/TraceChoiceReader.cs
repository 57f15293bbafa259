using PvTimer.Formats.Traces.Hosts;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios.Reading;

/// <summary>Reads what of a recording a replayed guest is: <c>side</c>, <c>vm</c>, <c>tsc-offset</c>.</summary>
internal static class TraceChoiceReader
{
    private const string OffsetKey = "tsc-offset";

    public static TraceChoice Read(Settings from) =>
        new(
            Side(from),
            from.Find("vm") is null ? null : from.RequiredText("vm", "a thread id"),
            Offset(from)
        );

    private static TraceSide? Side(Settings from) =>
        from.Has("side")
            ? from.Choice<TraceSide>(
                "side",
                TraceSide.Guest,
                ("guest", TraceSide.Guest),
                ("host", TraceSide.Host)
            )
            : null;

    /// <summary>The guest's TSC less the host's: mostly negative.</summary>
    private static long? Offset(Settings from)
    {
        if (!from.Has(OffsetKey))
        {
            return null;
        }
        string text = from.RequiredText(OffsetKey, Units.CyclesForms);
        return Units.TryParseCycles(text, out long cycles)
            ? cycles
            : throw from.Error(
                OffsetKey,
                $"'{text}' is no count of cycles",
                Units.CyclesForms + ", such as -2000000000000cycles"
            );
    }
}
