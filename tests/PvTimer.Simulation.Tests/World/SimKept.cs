using System.IO;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Simulation.Tests.World;

/// <summary>What a process keeps of its run on a disk of its own.</summary>
internal sealed class SimKept(SimCluster cluster, SimNode node)
{
    /// <summary>What it has found there when it was asked last; null: it was not asked.</summary>
    private long? _read;

    /// <summary>The number of the formation that it has said to be on its disk, or that is there; 0: none.</summary>
    public long Formation =>
        _read
        ?? new KeptForm(node.Disk.WayOf(cluster.Chance, static _ => { }), SimCluster.Directory)
            .Read(new RunSpec("run-0", "", "toy", "", 0, 1), out _)
            ?.Epoch
        ?? 0;

    public void Keep(Form form)
    {
        if (!cluster.HasOwnDisks)
        {
            return;
        }
        try
        {
            new KeptForm(node.Files, form.Run.Directory).Keep(
                form,
                () => node.Inputs.BytesOf(form.Run.ScenarioFile, form.InputSha256)
            );
        }
        catch (IOException)
        {
            // Its disk keeps nothing.
        }
    }

    /// <summary>The coordinator wants to know what is there of a run.</summary>
    public void Read(RunSpec run) =>
        node.Later(
            cluster.WorkTime(0.1),
            () =>
            {
                Form? kept = new KeptForm(node.Files, run.Directory).Read(run, out byte[] inputs);
                _read = kept?.Epoch ?? 0;
                if (kept is not null)
                {
                    cluster.Hits.Count(Fault.FormationReadFromDisk);
                    node.Inputs.Take(kept.Run.ScenarioFile, kept.InputSha256, inputs);
                }
                node.Step(new NodeEvent.KeptRead(run, kept));
            }
        );
}
