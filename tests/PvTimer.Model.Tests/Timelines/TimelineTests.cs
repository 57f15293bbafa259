using System.Collections.Generic;
using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Model.Tests.Machines;

namespace PvTimer.Model.Tests.Timelines;

/// <summary>
/// What happens in each machine of the repertoire, event by event, and the numbers of its report. The first
/// line that differs says which event is another one now; the trace hash covers those beyond the last line.
/// </summary>
public class TimelineTests
{
    private const int MostLines = 60;

    public static TheoryData<string> Machines => [.. Repertoire.Names];

    [Theory]
    [MemberData(nameof(Machines))]
    public void Machine_runs_as_it_always_has(string name)
    {
        EmulatedMachine machine = EmulatedMachine.Build(Repertoire.Describe(name));
        WatchedMachine watched = new(machine, MostLines);
        RunOutcome outcome = SequentialEngine.Run(
            new BoundedMachine(watched, Repertoire.MostSteps),
            new RunOptions()
        );
        List<string> lines =
        [
            .. ReportText.LinesOf(machine.Report(outcome.Reached)),
            $"{outcome.Events} events, trace hash {outcome.TraceHash}",
            .. watched.Lines,
        ];
        GoldenFile.AssertHolds($"{name}.txt", string.Join('\n', lines) + "\n");
    }
}
