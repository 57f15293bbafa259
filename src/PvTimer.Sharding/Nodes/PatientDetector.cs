using System;
using System.Threading;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote;

namespace PvTimer.Sharding.Nodes;

/// <summary>
/// Akka's phi-accrual failure detector, which has more patience on a machine with far too much to do: a process that
/// gets no core is silent, and not dead. Named in the configuration, and made by Akka.
/// </summary>
internal sealed class PatientDetector : FailureDetector
{
    public const string TypeName = "PvTimer.Sharding.Nodes.PatientDetector, PvTimer.Sharding";

    private readonly FailureDetector _phi;
    private readonly TimeSpan _pause;
    private readonly MachineLoad _load;
    private readonly TimeProvider _clock;
    private long _heard;

    /// <summary>Called by Akka.</summary>
    public PatientDetector(Config config, EventStream events)
        : this(
            new PhiAccrualFailureDetector(config, events),
            config.GetTimeSpan("acceptable-heartbeat-pause"),
            MachineLoad.OfThis,
            TimeProvider.System
        ) { }

    /// <param name="phi">Decides on a machine that is not overloaded.</param>
    /// <param name="pause">The silence that means nothing there.</param>
    /// <param name="load">This machine's: of another machine nothing is known but what phi learns.</param>
    /// <param name="clock">What silence is measured with.</param>
    internal PatientDetector(
        FailureDetector phi,
        TimeSpan pause,
        MachineLoad load,
        TimeProvider clock
    ) => (_phi, _pause, _load, _clock) = (phi, pause, load, clock);

    public override bool IsAvailable => _phi.IsAvailable || IsSilenceUsual();

    public override bool IsMonitoring => _phi.IsMonitoring;

    public override void HeartBeat()
    {
        Volatile.Write(ref _heard, _clock.GetTimestamp());
        _phi.HeartBeat();
    }

    private bool IsSilenceUsual() =>
        _clock.GetElapsedTime(Volatile.Read(ref _heard)) <= _pause * _load.Slowness;
}
