using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Processors;

/// <summary>The back-ends' parts of one pCPU, and what they may do with it.</summary>
internal sealed class HostTimers : ITimerCpuPort
{
    private readonly CpuHrtimers _hrtimers;
    private readonly InterruptPosting _posting;
    private readonly ImmutableArray<(TimerBackend Backend, HostTimer Timer)> _timers;

    public HostTimers(PcpuSite site, CpuHrtimers hrtimers, InterruptPosting posting)
    {
        Id = site.Id;
        Host = site.Host;
        _hrtimers = hrtimers;
        _posting = posting;
        _timers =
        [
            .. Host
                .Backends.Select(vm => vm.Backend)
                .Distinct()
                .Select(backend => (backend, backend.CreateHostTimer(this))),
        ];
    }

    public EntityId Id { get; }

    public HostTopology Host { get; }

    /// <summary>The part of the back-end that a vCPU has.</summary>
    public HostTimer Of(EntityId vcpu) =>
        Find(vcpu) ?? throw new InvalidOperationException($"vCPU {vcpu} is never on this host");

    /// <summary>As <see cref="Of"/>; null: the vCPU is never on this host.</summary>
    public HostTimer? Find(EntityId vcpu) =>
        Host.BackendOf(vcpu) is { } backend
            ? _timers.First(one => one.Backend == backend).Timer
            : null;

    Hrtimer? IHostTimerPort.FindHrtimer(EntityId vcpu) =>
        _hrtimers.Find(HrtimerFunction.ApicTimer, vcpu);

    void IHostTimerPort.StartHrtimer(VirtualTime now, Hrtimer timer, IEffects effects) =>
        _hrtimers.Start(now, timer, effects);

    bool IHostTimerPort.CancelHrtimer(EntityId vcpu, bool served) =>
        _hrtimers.CancelApicTimer(vcpu, served);

    VirtualDuration IHostTimerPort.DrawTimerInterrupt() => _hrtimers.DrawInterrupt();

    void IHostTimerPort.SendIpi(EntityId pcpu, Message message, IEffects effects) =>
        _posting.SendIpi(pcpu, message, effects);

    void ITimerCpuPort.Post(EntityId vcpu, TscTicks deadline, Poster poster, IEffects effects) =>
        _posting.Post(vcpu, deadline, poster, effects, next: null);
}
