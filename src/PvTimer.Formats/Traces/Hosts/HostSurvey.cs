using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;

namespace PvTimer.Formats.Traces.Hosts;

/// <summary>Which events a host recording has of one VM: that decides how the others are read.</summary>
internal sealed class HostSurvey
{
    /// <summary>Linux's LOCAL_TIMER_VECTOR.</summary>
    private const byte LinuxTimerVector = 0xec;

    private readonly long[] _events = new long[Enum.GetValues<HostEventKind>().Length];
    private readonly Dictionary<(HostEventKind Kind, byte Vector), long> _vectors = [];
    private readonly HashSet<byte> _ipis = [];
    private byte? _lvtTimer;

    private HostSurvey() { }

    /// <summary>The guest's timer interrupt: what it wrote to the LVT, else Linux's, else the most frequent that is no IPI.</summary>
    public byte TimerVector { get; private set; }

    /// <summary>Where the VM's interrupts are injected.</summary>
    public InjectionEvent Injection { get; private set; }

    public bool HasExits => Count(HostEventKind.Exit) > 0;

    public bool HasEntries => Count(HostEventKind.Entry) > 0;

    public bool HasEnds => Count(HostEventKind.EndOfInterrupt) > 0;

    /// <summary>Events of KVM that do not say what such events say.</summary>
    public long Unreadable => Count(HostEventKind.Unreadable);

    /// <summary>How many events of a kind the VM's threads have.</summary>
    public long Count(HostEventKind kind) => _events[(int)kind];

    public static HostSurvey Of(RecordedTrace trace, ImmutableArray<HostThread> threads)
    {
        HashSet<int> ids = [.. threads.Select(thread => thread.Id)];
        HashSet<int> vcpus = [.. threads.Select(thread => thread.Vcpu)];
        HostSurvey survey = new();
        foreach (TraceEvent next in trace.Events)
        {
            if (!HostEvent.TryRead(next, out HostEvent read))
            {
                continue;
            }
            bool ours = read is { Kind: HostEventKind.Accept, Vcpu: { } vcpu }
                ? vcpus.Contains(vcpu)
                : ids.Contains(read.Thread);
            if (ours || read.Kind is HostEventKind.Unreadable or HostEventKind.TimerExpiry)
            {
                survey.Add(read);
            }
        }
        survey.Decide();
        return survey;
    }

    private void Add(in HostEvent read)
    {
        _events[(int)read.Kind]++;
        if (read.Kind == HostEventKind.LvtTimerWrite)
        {
            _lvtTimer = (byte)(read.Value & byte.MaxValue);
        }
        else if (read.Kind == HostEventKind.IpiWrite)
        {
            _ipis.Add((byte)(read.Value & byte.MaxValue));
        }
        else if (read.Vector is { } vector)
        {
            (HostEventKind, byte) key = (read.Kind, vector);
            _vectors[key] = _vectors.GetValueOrDefault(key) + 1;
        }
    }

    private void Decide()
    {
        TimerVector =
            _lvtTimer is { } written && IsTaken(written) ? written
            : IsTaken(LinuxTimerVector) ? LinuxTimerVector
            : MostFrequent();
        long injected = Taken(HostEventKind.Injection);
        long entered = Taken(HostEventKind.Entry);
        long accepted = Taken(HostEventKind.Accept);
        // With posted interrupts KVM injects only now and then: such a recording goes by what was accepted.
        Injection = new InjectionEvent(
            injected > 0 && 2 * injected >= Math.Max(entered, accepted) ? InjectionSource.Injected
            : entered > 0 && 2 * entered >= accepted ? InjectionSource.Entered
            : accepted > 0 ? InjectionSource.Accepted
            : InjectionSource.None
        );
    }

    private long Taken(HostEventKind kind) => _vectors.GetValueOrDefault((kind, TimerVector));

    private bool IsTaken(byte vector) =>
        _vectors.Any(pair =>
            pair.Key.Vector == vector && pair.Key.Kind != HostEventKind.EndOfInterrupt
        );

    private byte MostFrequent() =>
        _vectors
            .Where(pair =>
                pair.Key.Kind != HostEventKind.EndOfInterrupt && !_ipis.Contains(pair.Key.Vector)
            )
            .OrderByDescending(pair => pair.Value)
            .ThenBy(pair => pair.Key.Vector)
            .Select(pair => pair.Key.Vector)
            .FirstOrDefault(LinuxTimerVector);
}
