using System.IO;
using PvTimer.Model.Time;
using PvTimer.Scenarios;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;

namespace PvTimer.Sharding.Coordination;

/// <summary>Commands that were acknowledged survive the coordinator that acknowledged them.</summary>
internal sealed partial class CoordinatorActor
{
    /// <summary>On disk before the client is told that it was accepted, and before anything is done.</summary>
    /// <returns>With its number.</returns>
    /// <exception cref="IOException">It cannot be written down.</exception>
    private static AcceptedCommand Accept(ActiveRun run, ClusterCommand command)
    {
        AcceptedCommand accepted = new CommandJournal(run.Spec).Append(command);
        run.LastCommand = accepted.Number;
        return accepted;
    }

    /// <summary>
    /// What was accepted, but is in no formation that the nodes know and in no checkpoint: its coordinator died
    /// before.
    /// </summary>
    /// <param name="run">As the nodes or a checkpoint know it.</param>
    /// <param name="isSuccessor">The run goes on; otherwise it begins anew, and only what belongs to the machine is taken up.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    private static void TakeUpCommands(ActiveRun run, bool isSuccessor)
    {
        run.HasTakenUpCommands = true;
        foreach (AcceptedCommand next in new CommandJournal(run.Spec).After(run.Spec.Commands))
        {
            run.LastCommand = next.Number;
            ClusterCommand command = next.Command;
            switch (command.Verb)
            {
                case ClusterVerb.Inject:
                    run.Commanded.Add(next);
                    break;
                case ClusterVerb.Stop when isSuccessor:
                    run.StopWanted = true;
                    break;
                case ClusterVerb.Move when isSuccessor:
                    run.Pins = run.Pins.SetItem(command.Subject, command.To!);
                    break;
                case ClusterVerb.Hold or ClusterVerb.Travel when isSuccessor:
                    run.HoldAtNanoseconds = NanosecondsOf(command.To);
                    if (command.Verb == ClusterVerb.Travel)
                    {
                        run.Loss ??= $"back to {Text(run.HoldAtNanoseconds ?? 0)}";
                    }
                    break;
                case ClusterVerb.Pace when isSuccessor:
                    run.NanosecondsPerSecond = NanosecondsOf(command.To);
                    break;
                default:
                    continue;
            }
            run.Note(
                $"taken up from the coordinator before: {command.Verb} {command.Subject} {command.To}"
            );
        }
    }

    private static long? NanosecondsOf(string? span) =>
        span is not null && Units.TryParseSpan(span, out VirtualDuration read)
            ? read.Nanoseconds
            : null;
}
