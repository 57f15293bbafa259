using System.Threading.Tasks;
using PvTimer.Sharding.Launching;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Faults;

/// <summary>Drilled nodes that are processes launched by this one: SIGKILL, SIGSTOP, SIGCONT.</summary>
public sealed class DrilledProcesses(LocalNodes nodes) : IDrilledNodes
{
    public Task Kill(string node)
    {
        // By a signal, and not by its launcher, who would then have wanted it.
        ProcessSignals.Send(Alive(node).Mark.Id, ProcessSignals.Kill);
        return Task.CompletedTask;
    }

    public void Suspend(string node) => Alive(node).Suspend();

    public void Continue(string node) => Alive(node).Continue();

    public void Leave(string node) => Alive(node).Leave();

    public string Join() => nodes.Add(ClusterSeat.CpuRole).Name;

    private NodeProcess Alive(string name) =>
        nodes.Find(name) is { HasEnded: false } node
            ? node
            : throw new DrillException($"{name} is not there");
}
