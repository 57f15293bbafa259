using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
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

    /// <summary>No other process is likely to have the same one.</summary>
    private static long LaneOf(ActorSystem system)
    {
        string process = $"{Akka.Cluster.Cluster.Get(system).SelfUniqueAddress}";
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(process));
        return (long)(BinaryPrimitives.ReadUInt64LittleEndian(hash) % CheckpointStore.Lanes);
    }

    /// <param name="files">Where its node keeps what it writes of runs.</param>
    public DiskActor(IRunFiles files)
    {
        RunDisk disk = new(files, new ScenarioInputs(HeldInputs.Of(Context.System)))
        {
            Lane = files is OwnFiles ? LaneOf(Context.System) : null,
        };
        Receive<CoordinatorEffect.AskDisk>(ask =>
            Sender.Tell(new CoordinatorEvent.DiskAnswered(ask.Number, disk.Do(ask.Request)))
        );
    }
}
