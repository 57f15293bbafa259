using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios.Reading;

/// <summary>Reads <c>duration</c>: a span, or <c>trace</c>, the length of the longest recording.</summary>
internal static class DurationReader
{
    private const string Key = "duration";

    /// <param name="from">The scenario.</param>
    /// <param name="processors">pCPUs or vCPUs, whichever are more: their times are summed.</param>
    /// <param name="vms">Whose recordings may give the length.</param>
    /// <exception cref="ScenarioException">It is none, or longer than so many processors can run.</exception>
    public static VirtualDuration Read(
        Settings from,
        long processors,
        ImmutableArray<VmSettings> vms
    )
    {
        VirtualDuration most = Bounds.LongestRun(processors);
        string accepted =
            $"a span longer than 0ns with unit ns, us, ms or s, or trace, at most {Bounds.Write(most)}";
        string text = from.RequiredText(Key, accepted);
        bool isTrace = text == "trace";
        VirtualDuration length = isTrace ? LongestOf(vms) : VirtualDuration.Zero;
        string? mistake =
            isTrace && length == VirtualDuration.Zero ? "is 'trace', but no VM replays one"
            : isTrace ? null
            : Units.TryParseSpan(text, out length) ? FlawOf(text, length)
            : Units.IsBeyond(text) ? $"'{text}' is too long"
            : $"'{text}' is no span of time (or its unit is missing)";
        mistake ??=
            length <= most ? null
            : most == Bounds.LongestSpan ? $"'{text}' is too long"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"'{text}' is too long: the times of {processors} processors sum to 2^63 ns or more"
            );
        return mistake is null ? length : throw from.Error(Key, mistake, accepted);
    }

    private static string? FlawOf(string text, VirtualDuration length) =>
        length == VirtualDuration.Zero ? $"'{text}' is an empty window"
        : length < VirtualDuration.Zero ? $"'{text}' is negative"
        : null;

    private static VirtualDuration LongestOf(ImmutableArray<VmSettings> vms) =>
        vms.Select(vm => vm.Guest)
            .OfType<TraceGuest>()
            .Select(guest => guest.Recording)
            .Select(recording =>
                recording.Frequency.SpanOf(recording.End.CyclesSince(recording.Start))
            )
            .DefaultIfEmpty(VirtualDuration.Zero)
            .Max();
}
