using Akka.Actor;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Control;

namespace PvTimer.Sharding.Coordination;

/// <summary>
/// /user/coordinator/disk: reads and writes for the coordinator on a thread of its own, one request after the
/// other, so that a slow disk or a large machine keeps no node waiting for a word.
/// </summary>
internal sealed class DiskActor : ReceiveActor
{
    public const string Name = "disk";

    public const string Dispatcher = "pvtimer.disk-dispatcher";

    private readonly RunDisk _disk = new(
        LocalFiles.Instance,
        new ScenarioInputs(HeldInputs.Of(Context.System))
    );

    public DiskActor() =>
        Receive<CoordinatorEffect.AskDisk>(ask =>
            Sender.Tell(new CoordinatorEvent.DiskAnswered(ask.Number, _disk.Do(ask.Request)))
        );
}
