using System.Collections.Generic;
using PvTimer.Model.Guests;
using PvTimer.Model.Msrs;
using PvTimer.Model.Vmx;

namespace PvTimer.Formats.Traces.Hosts;

/// <summary>One vCPU's part of a host recording, event by event, as its guest would have recorded it.</summary>
/// <remarks>
/// <code>
/// host                                  guest
/// kvm_msr 6e0 ... kvm_entry             write_msr 6e0 at the entry: there the instruction has returned
/// kvm_msr 830                           write_msr 830
/// kvm_exit HLT ... kvm_entry            cpu_idle 1 ... cpu_idle -1
/// kvm_vcpu_wakeup, no kvm_exit at all   cpu_idle 1, as long before as the event says
/// injection of the timer's vector       local_timer_entry
/// injection of another                  interrupt_entry
/// kvm_eoi                               local_timer_exit or interrupt_exit
/// any other kvm_exit ... kvm_entry      own_exit, unless the timer caused it
/// </code>
/// </remarks>
internal sealed class HostVcpu(
    HostThread vcpu,
    HostSurvey survey,
    HostStamps stamps,
    ExitTally exits,
    GuestEvents guest
)
{
    private const string TimerPrefix = "local_timer";
    private const string OtherPrefix = "interrupt";
    private const ulong LeftIdle = uint.MaxValue;

    private readonly List<HostEvent> _waiting = [];
    private readonly List<byte> _open = [];
    private HostEvent? _exit;
    private HostEvent? _write;
    private uint _exitMsr;
    private bool _exitIsTimers;
    private bool _halted;
    private ulong _lastAt;
    private ulong _deadline;

    /// <summary>Timer interrupts that KVM injected early and held to their deadline.</summary>
    public long HeldToDeadline { get; private set; }

    /// <summary>From here on the guest records; before anything else it says that it records its idle loop.</summary>
    public void Begin(ulong stamp, long line)
    {
        _lastAt = stamps.At(stamp);
        Emit("cpu_idle", _lastAt, line, GuestEvents.Field("state", LeftIdle));
    }

    public void Add(in HostEvent read)
    {
        bool injects = survey.Injection.Is(read);
        if (injects && MustWait(read))
        {
            _waiting.Add(read);
            return;
        }
        if (!injects && !survey.HasExits)
        {
            BeforeActing(read);
        }
        switch (read.Kind)
        {
            case HostEventKind.Exit:
                BeginExit(read);
                break;
            case HostEventKind.Entry:
                Enter(read, injects);
                break;
            case HostEventKind.DeadlineWrite:
                WriteDeadline(read);
                break;
            case HostEventKind.IpiWrite:
                WriteIpi(read);
                break;
            case HostEventKind.EndOfInterrupt:
                End(read.Vector!.Value, stamps.At(read.At), read.Line);
                break;
            default:
                if (injects)
                {
                    Inject(read, read.At);
                }
                break;
        }
    }

    /// <summary>The recording is over.</summary>
    public void Finish()
    {
        FlushWrite(null);
        InjectWhatWaits(null);
    }

    /// <summary>
    /// What the local APIC accepts outside of guest mode is injected with the next entry. Without exits in the
    /// recording: a kvm_vcpu_wakeup that still comes says that the vCPU was halted before.
    /// </summary>
    private bool MustWait(in HostEvent read) =>
        !survey.HasExits
        || (read.Kind == HostEventKind.Accept && survey.HasEntries && _exit is not null);

    /// <summary>Without exits: what has happened up to now, before the vCPU acts again.</summary>
    private void BeforeActing(in HostEvent read)
    {
        if (read.Kind == HostEventKind.Wakeup)
        {
            FlushWrite(null);
            EndHalt(read);
            ulong woken = stamps.At(read.At);
            ulong length = stamps.Units(read.Value);
            Emit("cpu_idle", woken > length ? woken - length : 0, read.Line, "state=1");
            _halted = true;
            InjectWhatWaits(null);
            return;
        }
        InjectWhatWaits(null);
        if (read.Kind is HostEventKind.DeadlineWrite or HostEventKind.IpiWrite)
        {
            EndHalt(read);
        }
    }

    private void BeginExit(in HostEvent read)
    {
        FlushWrite(null);
        InjectWhatWaits(null);
        EndHalt(read);
        if (_exit is { } cut)
        {
            exits.Add(cut.Reason, _exitMsr, null);
        }
        _exit = read;
        _exitMsr = 0;
        _exitIsTimers = read.Reason is VmExitReason.Hlt or VmExitReason.PreemptionTimer;
        if (read.Reason == VmExitReason.Hlt)
        {
            ulong at = stamps.At(read.At);
            EndAll(at, read.Line);
            Emit("cpu_idle", at, read.Line, "state=1");
            _halted = true;
        }
    }

    private void Enter(in HostEvent read, bool injects)
    {
        InjectWhatWaits(read.At);
        if (injects)
        {
            Inject(read, read.At);
        }
        FlushWrite(read.At);
        if (_exit is { } exit)
        {
            exits.Add(exit.Reason, _exitMsr, stamps.Span(exit.At, read.At));
            EmitOwnExit(read.At, read.Line);
            _exit = null;
        }
        EndHalt(read);
    }

    private void EmitOwnExit(ulong until, long line)
    {
        if (_exit is not { } exit || _exitIsTimers)
        {
            return;
        }
        RecordedExit own = new(exit.Reason, stamps.Span(exit.At, until));
        Emit(
            GuestEvents.OwnExit,
            stamps.At(until),
            line,
            GuestEvents.Field(GuestEvents.OwnExitValue, own.Value)
        );
        _exitIsTimers = true;
    }

    private void WriteDeadline(in HostEvent read)
    {
        FlushWrite(null);
        _write = read;
        ExitsForWrite(MsrIndex.Ia32TscDeadline);
    }

    private void WriteIpi(in HostEvent read)
    {
        FlushWrite(null);
        ExitsForWrite(MsrIndex.X2ApicIcr);
        string body = GuestEvents.MsrWrite(MsrIndex.X2ApicIcr, read.Value);
        Emit("write_msr", stamps.At(read.At), read.Line, body);
    }

    /// <summary>SVM's reason does not tell a write from a read; kvm_msr does.</summary>
    private void ExitsForWrite(uint msr)
    {
        _exitMsr = msr;
        _exitIsTimers = true;
        if (_exit is { Reason: VmExitReason.MsrRead } exit)
        {
            _exit = exit with { Reason = VmExitReason.MsrWrite };
        }
    }

    /// <param name="returned">When the instruction returned; null: that was not recorded.</param>
    private void FlushWrite(ulong? returned)
    {
        if (_write is not { } write)
        {
            return;
        }
        _write = null;
        _deadline = write.Value;
        string body = GuestEvents.MsrWrite(MsrIndex.Ia32TscDeadline, write.Value);
        Emit("write_msr", stamps.At(returned ?? write.At), write.Line, body);
    }

    /// <param name="at">When; null: each at its own time.</param>
    private void InjectWhatWaits(ulong? at)
    {
        foreach (HostEvent waiting in _waiting)
        {
            Inject(waiting, at ?? waiting.At);
        }
        _waiting.Clear();
    }

    private void Inject(in HostEvent read, ulong stamp)
    {
        FlushWrite(null);
        byte vector = read.Vector!.Value;
        bool timer = vector == survey.TimerVector;
        _exitIsTimers |=
            timer
            && _exit is { Reason: VmExitReason.ExternalInterrupt or VmExitReason.InterruptWindow };
        EmitOwnExit(stamp, read.Line);
        ulong at = timer ? HoldToDeadline(stamps.At(stamp)) : stamps.At(stamp);
        End(vector, at, read.Line);
        string body = GuestEvents.Field("vector", vector);
        Emit(timer ? TimerPrefix + "_entry" : OtherPrefix + "_entry", at, read.Line, body);
        if (survey.HasEnds)
        {
            _open.Add(vector);
        }
    }

    /// <summary>kvm_wait_lapic_expire: what KVM injected early does not reach the guest before its deadline.</summary>
    private ulong HoldToDeadline(ulong at)
    {
        bool early = _deadline > at && _deadline - at <= stamps.LongestAdvance;
        HeldToDeadline += early ? 1 : 0;
        return early ? _deadline : at;
    }

    private void EndHalt(in HostEvent read)
    {
        if (_halted)
        {
            _halted = false;
            string body = GuestEvents.Field("state", LeftIdle);
            Emit("cpu_idle", stamps.At(read.At), read.Line, body);
        }
    }

    private void End(byte vector, ulong at, long line)
    {
        int index = _open.LastIndexOf(vector);
        if (index < 0)
        {
            return;
        }
        _open.RemoveAt(index);
        bool timer = vector == survey.TimerVector;
        string body = GuestEvents.Field("vector", vector);
        Emit(timer ? TimerPrefix + "_exit" : OtherPrefix + "_exit", at, line, body);
    }

    /// <summary>A guest does not halt inside a handler: their ends were not recorded.</summary>
    private void EndAll(ulong at, long line)
    {
        while (_open.Count > 0)
        {
            End(_open[^1], at, line);
        }
    }

    /// <summary>A vCPU's events stay in their order where one was moved to its deadline.</summary>
    private void Emit(string name, ulong at, long line, string body)
    {
        _lastAt = ulong.Max(_lastAt, at);
        guest.Add(name, vcpu, _lastAt, line, body);
    }
}
