using System.CommandLine;
using PvTimer.Model.Time;
using PvTimer.Scenarios;
using PvTimer.Scenarios.Costs;

namespace PvTimer.Cli.Commands;

/// <summary>Options that several commands of pvtimer trace share.</summary>
internal static class TraceOptions
{
    public static Option<string?> Tsc() =>
        new("--tsc")
        {
            Description = "The guest's TSC, where the recording does not name it",
            HelpName = "FREQUENCY",
        };

    public static Option<string> Profile() =>
        new("--profile")
        {
            Description =
                $"The cost profile whose fixed costs are kept: a file, or one of {string.Join(", ", ShippedProfiles.Names)}",
            HelpName = "NAME|FILE",
            DefaultValueFactory = _ => "cascadelake-kvm",
        };

    public static Option<string?> HaltPoll() =>
        new("--halt-poll")
        {
            Description =
                "The hosts' halt_poll_ns; without it 200us, or 0ns if the recordings contradict that",
            HelpName = "SPAN",
        };

    /// <exception cref="UsageException">It is none.</exception>
    public static TscFrequency? Frequency(string? text, string option = "--tsc")
    {
        if (text is null)
        {
            return null;
        }
        return Units.TryParseFrequency(text, out TscFrequency frequency)
            ? frequency
            : throw new UsageException(
                $"{option}: '{text}' is no frequency; accepted: {Units.FrequencyForms}"
            );
    }

    /// <exception cref="UsageException">It is no span, or a negative one.</exception>
    public static VirtualDuration? Window(string? text)
    {
        if (text is null)
        {
            return null;
        }
        return
            Units.TryParseSpan(text, out VirtualDuration window)
            && window >= VirtualDuration.Zero
            && window <= Bounds.LongestCost
            ? window
            : throw new UsageException(
                $"--halt-poll: '{text}' is no such window; accepted: {Units.SpanForms}, at least 0ns and at most {Bounds.Write(Bounds.LongestCost)}"
            );
    }
}
