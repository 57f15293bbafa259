using System.Collections.Generic;
using PvTimer.Model.Costs;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Tests.Timers;

/// <summary>pCPU 0 of a host of four, as a back-end sees it, without a pCPU behind it.</summary>
internal sealed class FakeHostTimerPort : IHostTimerPort
{
    private readonly Dictionary<EntityId, Hrtimer> _queued = [];

    public EntityId Id => new(0);

    public HostTopology Host { get; init; } =
        new()
        {
            Name = "h0",
            Pcpus = [new(0), new(1), new(2), new(3)],
            PcpusPerSocket = 4,
            TimerPcpu = null,
            TimerKthread = null,
            Costs = SimpleCosts.Plausible,
            HaltPoll = VirtualDuration.Zero,
            TimerAdvance = VirtualDuration.Zero,
            HvTimer = false,
            PvTimer = new PvTimerParameters(),
            Seed = 1,
        };

    /// <summary>What was sent to other pCPUs.</summary>
    public List<Message> Sent { get; } = [];

    public Hrtimer? FindHrtimer(EntityId vcpu) =>
        _queued.TryGetValue(vcpu, out Hrtimer timer) ? timer : null;

    public void StartHrtimer(VirtualTime now, Hrtimer timer, IEffects effects) =>
        _queued[timer.Owner] = timer;

    public bool CancelHrtimer(EntityId vcpu, bool served) =>
        _queued.TryGetValue(vcpu, out Hrtimer timer)
        && timer.Served == served
        && _queued.Remove(vcpu);

    public VirtualDuration DrawTimerInterrupt() => Host.Costs.TimerInterrupt.Quantiles[0];

    public void SendIpi(EntityId pcpu, Message message, IEffects effects) => Sent.Add(message);

    /// <summary>A vCPU whose thread is on this pCPU.</summary>
    public static KvmVcpu Vcpu() => new(new EntityId(9));
}

/// <summary>Effects that the tests do not look at.</summary>
internal sealed class NoEffects : IEffects
{
    public static NoEffects Instance { get; } = new();

    public void Send(EntityId target, VirtualDuration latency, Message message) { }

    public void After(VirtualDuration delay, Message message) { }

    public void SendLazily(EntityId target, VirtualDuration latency, Message message) { }

    public void AfterLazily(VirtualDuration delay, Message message, VirtualTime bound) { }

    public bool TryAdvance(VirtualDuration delay) => false;
}
