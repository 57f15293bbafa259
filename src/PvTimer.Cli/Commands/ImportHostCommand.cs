using System.CommandLine;
using PvTimer.Formats.Machines;
using PvTimer.Model.Time;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Commands;

/// <summary>pvtimer import-host: a real host as a file that scenarios include.</summary>
internal static class ImportHostCommand
{
    public static Command Create(Session session)
    {
        Argument<string[]> files = new("FILE")
        {
            Description = $"From the host: {HostFactsReader.Accepted}",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string?> interval = new("--interval")
        {
            Description = "Time between the two copies of /proc/interrupts, for rates",
            HelpName = "SPAN",
        };
        OutputFile output = new();
        Command command = new("import-host", "Write a real host as the host of scenarios")
        {
            files,
            interval,
            output.Option,
        };
        command.SetAction(parsed =>
        {
            string? file = output.Read(parsed);
            VirtualDuration? span = Interval(parsed.GetValue(interval));
            return OutputFile.Write(
                session,
                file,
                _ =>
                {
                    string[] named = parsed.GetValue(files)!;
                    HostFacts facts = HostFactsReader.Read(named);
                    return (HostImport.Write(facts, named, span), ExitCode.Done);
                }
            );
        });
        return command;
    }

    private static VirtualDuration? Interval(string? text) =>
        text is null ? null
        : Units.TryParseSpan(text, out VirtualDuration span) && span > VirtualDuration.Zero ? span
        : throw new UsageException(
            $"--interval: '{text}' is no such span; accepted: {Units.SpanForms}, more than 0ns"
        );
}
