using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Sharding.Sweeps;

/// <summary>Sends a node the recordings that it lacks, as this client has them; the protocol is drawn at <see cref="PointsActor"/>.</summary>
internal static class PointParcels
{
    /// <param name="door">The way to it.</param>
    /// <param name="address">The node's.</param>
    /// <param name="gate">Of this node: one recording at a time.</param>
    /// <param name="order">Names the files.</param>
    /// <param name="lacks">What it lacks of them.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="IOException">One cannot be read, is another one now, or is refused.</exception>
    /// <exception cref="ClusterUnreachableException">The node does not answer.</exception>
    public static async Task Send(
        ClusterDoor door,
        string address,
        SemaphoreSlim gate,
        PointOrder order,
        PointLacks lacks,
        CancellationToken stop
    )
    {
        await gate.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            foreach (string sha256 in lacks.Sha256)
            {
                PointInput input =
                    order.Inputs.FirstOrDefault(each => each.Sha256 == sha256)
                    ?? throw new IOException(
                        $"{sha256} is wanted, which is no recording of this run"
                    );
                byte[] whole = Read(input);
                for (int at = 0; at < whole.Length; )
                {
                    PointInputTaken taken = await door.GiveNode<PointInputTaken>(
                            address,
                            PointsActor.Name,
                            InputParcel.Of(sha256, whole, at)
                        )
                        .WaitAsync(stop)
                        .ConfigureAwait(false);
                    at = taken.Refusal is { } refusal
                        ? throw new IOException(refusal)
                        : Math.Clamp(taken.Arrived, 0, whole.Length);
                }
            }
        }
        finally
        {
            gate.Release();
        }
    }

    private static byte[] Read(PointInput input)
    {
        long length = new FileInfo(input.Path).Length;
        if (length > PointInputs.UsualMostBytes)
        {
            throw new IOException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{input.Path}: {length} bytes are too many to be sent; accepted: {PointInputs.UsualMostBytes}, or the file itself under this path on every node"
                )
            );
        }
        byte[] whole = File.ReadAllBytes(input.Path);
        return FileHash.Of(whole) == input.Sha256
            ? whole
            : throw new IOException(
                $"{input.Path}: it has changed since the sweep began; accepted: the same command again"
            );
    }
}
