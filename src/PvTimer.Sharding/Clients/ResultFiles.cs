using System;
using System.IO;
using System.Threading.Tasks;
using PvTimer.Scenarios;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Sharding.Clients;

/// <summary>
/// What a run's nodes have left behind, in its client's run directory: what is not there, because the nodes have
/// directories of their own, is fetched. Then the client has what it would have had in a directory shared with them.
/// </summary>
internal static class ResultFiles
{
    /// <param name="door">The way to the cluster.</param>
    /// <param name="spec">The run as the client knows it.</param>
    /// <param name="manifest">Its last checkpoint.</param>
    /// <exception cref="ClusterUnreachableException">No node answers; to be tried again.</exception>
    /// <exception cref="CheckpointDamagedException">The cluster has not what it says, or it cannot be kept here.</exception>
    public static async Task Fetch(ClusterDoor door, RunSpec spec, CheckpointManifest manifest)
    {
        try
        {
            CheckpointStore store = new(spec.Directory);
            PartParcels parcels = new(store.LackingOf(manifest.Parts));
            if (parcels.Obstacle is { } obstacle)
            {
                throw new CheckpointDamagedException(obstacle);
            }
            while (parcels.Current is { } part)
            {
                PartParcel parcel = await Ask<PartParcel>(
                        door,
                        new AskPart(manifest.Epoch, Node: null, part, parcels.Arrived)
                    )
                    .ConfigureAwait(false);
                if (parcels.Add(parcel) is { } whole)
                {
                    store.Take(part, whole);
                    parcels.Next();
                }
            }
            await FetchScenario(door, spec, manifest).ConfigureAwait(false);
            if (!store.Has(manifest))
            {
                store.Commit(manifest);
            }
        }
        catch (Exception e) when (HeldInputs.CannotBeHad(e))
        {
            throw new CheckpointDamagedException($"{spec.Directory}: {e.Message}");
        }
    }

    /// <summary>One that commands have made, with what it is made from: only the scenario itself is kept.</summary>
    private static async Task FetchScenario(
        ClusterDoor door,
        RunSpec spec,
        CheckpointManifest manifest
    )
    {
        string name = manifest.Run.ScenarioName;
        string file = Path.Combine(spec.Directory, name);
        if (
            name == spec.ScenarioName
            || NameRule.Node.FlawOf(name) is not null
            || File.Exists(file)
        )
        {
            return;
        }
        InputParcels parcels = new(manifest.InputSha256);
        byte[]? whole = null;
        while (whole is null)
        {
            InputParcel parcel = await Ask<InputParcel>(
                    door,
                    new AskInputs(manifest.Epoch, Node: "", parcels.Arrived)
                )
                .ConfigureAwait(false);
            if (parcels.Add(parcel, out whole) is { } flaw)
            {
                throw new CheckpointDamagedException(flaw);
            }
        }
        HeldFiles files = new HeldInputs().Take(file, manifest.InputSha256, whole);
        LocalFiles.Instance.WriteWhole(
            file,
            CheckpointName.OfPartial(file),
            files.Find(file)!.Value.Span // reason: it is kept under this path
        );
    }

    private static async Task<T> Ask<T>(ClusterDoor door, object request)
        where T : class =>
        await door.Ask<object>(request).ConfigureAwait(false) switch
        {
            T answer => answer,
            CommandAnswer refused => throw new CheckpointDamagedException(refused.What),
            _ => throw new CheckpointDamagedException("the cluster answers something else"),
        };
}
