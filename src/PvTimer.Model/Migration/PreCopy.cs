using PvTimer.Model.Time;

namespace PvTimer.Model.Migration;

/// <summary>
/// The rounds of a live migration before the VM is stopped, as time only: each round sends what was dirtied
/// during the one before it, the first one everything, until the rest fits into the downtime that is allowed
/// (QEMU: pending size below bandwidth x downtime-limit, migration/migration.c).
/// </summary>
/// <param name="Rounds">At least 1.</param>
/// <param name="Length">From the first round's begin to the stop.</param>
/// <param name="Sent">In all rounds together.</param>
/// <param name="Left">What is sent while the VM stands still.</param>
/// <param name="Rate">How fast.</param>
public sealed record PreCopy(
    int Rounds,
    VirtualDuration Length,
    DataSize Sent,
    DataSize Left,
    DataRate Rate
)
{
    public static PreCopy Of(MigrationParameters migration, NetworkDescription network)
    {
        System.ArgumentNullException.ThrowIfNull(migration);
        System.ArgumentNullException.ThrowIfNull(network);
        DataRate rate = DataRate.Min(migration.Bandwidth ?? network.Bandwidth, network.Bandwidth);
        DataSize allowed = rate.Within(migration.MaxDowntime);
        DataSize left = migration.Memory;
        DataSize sent = default;
        VirtualDuration length = VirtualDuration.Zero;
        int rounds = 0;
        do
        {
            VirtualDuration round = rate.TimeFor(left);
            rounds++;
            length += round;
            sent += left;
            left = DataSize.Min(migration.Memory, migration.DirtyRate.Within(round));
        } while (left.Bytes > allowed.Bytes && rounds < migration.MaxRounds);
        return new PreCopy(rounds, length, sent, left, rate);
    }
}
