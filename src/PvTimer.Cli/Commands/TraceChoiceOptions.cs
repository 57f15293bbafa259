using System;
using System.CommandLine;
using System.Globalization;
using PvTimer.Formats.Traces.Hosts;

namespace PvTimer.Cli.Commands;

/// <summary>The options that say what of a recording is meant: --side, --vm, --tsc-offset.</summary>
internal sealed class TraceChoiceOptions
{
    private readonly Option<string?> _side = new("--side")
    {
        Description = "Of a recording with both: guest (write_msr) or host (kvm_*)",
        HelpName = "guest|host",
    };

    private readonly Option<string?> _vm = new("--vm")
    {
        Description =
            "Of a host recording with several VMs: a thread of the one to use, or all of them",
        HelpName = "TID[,TID..]",
    };

    private readonly Option<string?> _tscOffset = new("--tsc-offset")
    {
        Description =
            "Of a host recording that does not say it: the guest's TSC less the host's, in cycles",
        HelpName = "CYCLES",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_side);
        command.Options.Add(_vm);
        command.Options.Add(_tscOffset);
    }

    /// <exception cref="UsageException">One of them is not understood.</exception>
    public TraceChoice Read(ParseResult parsed) =>
        new(
            parsed.GetValue(_side) switch
            {
                null => null,
                "guest" => TraceSide.Guest,
                "host" => TraceSide.Host,
                string word => throw new UsageException(
                    $"--side: '{word}' is no side; accepted: guest, host"
                ),
            },
            parsed.GetValue(_vm),
            parsed.GetValue(_tscOffset) is { } text ? Cycles(text) : null
        );

    private static long Cycles(string text) =>
        long.TryParse(
            text.EndsWith("cycles", StringComparison.Ordinal) ? text[..^6] : text,
            NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture,
            out long cycles
        )
            ? cycles
            : throw new UsageException(
                $"--tsc-offset: '{text}' is no number of cycles; accepted: a whole number, such as -2000000000000"
            );
}
