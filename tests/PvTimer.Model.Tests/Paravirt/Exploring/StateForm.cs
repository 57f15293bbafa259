using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Model.Apic;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.Reports;
using PvTimer.Model.State;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.Paravirt.Exploring;

/// <summary>
/// The bytes of a frozen machine without what makes no difference to what can happen: times become distances from now, and
/// what only counts or only costs is left out. Two states with one form go on alike.
/// </summary>
/// <remarks>
/// It reads what each part's Transfer has written, field by field; a field that is new to it is an error, not a blind
/// spot: <see cref="StateReader.ExpectEnd"/>.
/// </remarks>
internal sealed partial class StateForm(ProtocolBounds bounds)
{
    /// <summary>Left out: the ledger's own of a deadline that nothing refers to any more.</summary>
    private readonly List<(ulong Deadline, bool WasDue, long Due)> _retired = [];

    private readonly HashSet<ulong> _names = [];
    private readonly StateWriter _form = new(512);
    private StateReader _bytes = new(ReadOnlyMemory<byte>.Empty);
    private long _now;

    /// <summary>Past times that are only compared with now, or with others that are not so old.</summary>
    private long Oldest => -bounds.Grace - bounds.Slack - 1;

    public ReadOnlySpan<byte> Of(ProtocolMachine machine, ReadOnlyMemory<byte> frozen)
    {
        _form.Clear();
        _bytes = new StateReader(frozen);
        _now = _bytes.ReadTime().Nanoseconds;
        _form.WriteInt32(_bytes.ReadInt32());
        int[] retired = new int[machine.GuestVcpus.Length];
        _names.Clear();
        _retired.Clear();
        for (int vcpu = 0; vcpu < machine.GuestVcpus.Length; vcpu++)
        {
            GuestTimer();
            LapicOf();
            Ledger();
            retired[vcpu] = _retired.Count;
            Descriptor();
            Thread();
            Shell();
        }
        for (int pcpu = 0; pcpu < machine.Pcpus.Length; pcpu++)
        {
            Hrtimers();
        }
        TimerCpu();
        Kthread(machine);
        Copy();
        _bytes.ExpectEnd();
        UnderWay(machine);
        Retired(retired);
        return _form.Written;
    }

    private void Retired(int[] ends)
    {
        int next = 0;
        foreach (int end in ends)
        {
            _form.WriteCount(0);
            for (; next < end; next++)
            {
                (ulong deadline, bool wasDue, long due) = _retired[next];
                if (_names.Contains(deadline))
                {
                    Distance((long)deadline);
                    _form.WriteBool(wasDue);
                    _form.WriteInt64(Math.Max(due - _now, 0));
                }
            }
        }
    }

    // ---- The parts, in the order of their Transfer ----

    private void Page()
    {
        Name();
        Copy();
        Distance((long)_bytes.ReadUInt64());
        Copy();
    }

    private void GuestTimer()
    {
        Page();
        _form.WriteUInt64(_bytes.ReadUInt64());
        Copy();
        Copy();
        Skip(4);
        _form.WriteInt32(_bytes.ReadInt32());
        if (Copy())
        {
            Name();
        }
        Copy();
        if (Copy())
        {
            Distance(_bytes.ReadTime().Nanoseconds);
        }
    }

    private void LapicOf()
    {
        _form.WriteUInt64(_bytes.ReadUInt64());
        _form.WriteUInt64(_bytes.ReadUInt32());
        _form.WriteUInt64(_bytes.ReadUInt64());
        LocalVectorTable vectors = default;
        vectors.Transfer(new StateTransfer(_bytes));
        for (int bitmap = 0; bitmap < 3; bitmap++)
        {
            Bitmap();
        }
        _form.WriteByte(_bytes.ReadByte());
        _form.WriteByte(_bytes.ReadByte());
        Copy();
        _form.WriteInt32(_bytes.ReadInt32());
        Copy();
        _bytes.ReadUInt32();
        _bytes.ReadUInt32();
        _bytes.ReadTime();
        // It is told apart from others by being equal to what is armed somewhere.
        Distance((long)_bytes.ReadUInt64());
        _bytes.ReadClock();
    }

    private void Ledger()
    {
        int retired = _bytes.ReadCount();
        for (int index = 0; index < retired; index++)
        {
            ulong deadline = _bytes.ReadUInt64();
            long due = _bytes.ReadTime().Nanoseconds;
            _bytes.ReadTime();
            _bytes.ReadBool();
            _retired.Add((deadline, _bytes.ReadBool(), due));
        }
        int accepted = _bytes.ReadCount();
        _form.WriteCount(accepted);
        for (int index = 0; index < accepted; index++)
        {
            _bytes.ReadUInt64();
            _form.WriteInt64(Math.Max(_bytes.ReadTime().Nanoseconds - _now, 0));
            _bytes.ReadTime();
            Copy();
            _form.WriteByte(_bytes.ReadByte());
        }
        if (Copy())
        {
            Distance((long)_bytes.ReadUInt64());
            Distance(_bytes.ReadTime().Nanoseconds);
            _bytes.ReadTime();
        }
        Skip(7);
        new BoundedDistribution(64).Transfer(new StateTransfer(_bytes));
    }

    private void Descriptor()
    {
        PostedInterruptDescriptor descriptor = default;
        descriptor.Transfer(new StateTransfer(_bytes));
        descriptor.Transfer(new StateTransfer(_form));
    }

    private void Thread()
    {
        KvmVcpu thread = new(default);
        thread.Transfer(new StateTransfer(_bytes));
        _form.WriteBool(thread.Expired is not null);
        if (thread.Expired is { } expired)
        {
            Name(expired.Deadline);
            Distance(expired.Due.Nanoseconds);
        }
        _form.WriteInt32(thread.ArmedOn?.Index ?? -1);
    }

    private void Shell()
    {
        _form.Write(_bytes.ReadEntity());
        int doing = _bytes.ReadInt32();
        _form.WriteInt32(doing);
        long since = _bytes.ReadTime().Nanoseconds;
        _form.WriteInt64(doing == 0 ? 0 : since - _now);
        Name();
        Request();
        if (Copy())
        {
            Request();
        }
        Copy();
        Copy();
        Distance((long)_bytes.ReadUInt64());
        _form.WriteInt32(_bytes.ReadInt32());
    }

    private void Request()
    {
        TimerRequest request = TimerRequest.Read(_bytes);
        _form.WriteInt32((int)request.Kind);
        Name(request.Deadline);
        Distance(request.Due.Nanoseconds);
    }

    private void Hrtimers()
    {
        int timers = _bytes.ReadCount();
        _form.WriteCount(timers);
        for (int index = 0; index < timers; index++)
        {
            Hrtimer timer = Hrtimer.Read(_bytes);
            _form.WriteInt32((int)timer.Function);
            _form.Write(timer.Owner);
            Distance(timer.Expires.Nanoseconds);
            Name(timer.Deadline);
            // The pacing timer's Due is that of its first round.
            Distance(timer.Function == HrtimerFunction.ApicTimer ? timer.Due.Nanoseconds : 0);
            _form.WriteBool(timer.Served);
            _bytes.ReadInt64();
        }
        _bytes.ReadInt64();
    }

    private void TimerCpu()
    {
        int syncs = _bytes.ReadCount();
        _form.WriteCount(syncs);
        for (int index = 0; index < syncs; index++)
        {
            Sync();
        }
        Sync();
        Sync();
        _bytes.ReadTime();
        Distance(_bytes.ReadTime().Nanoseconds);
        Skip(5);
        int doorbells = _bytes.ReadCount();
        int[] rung = [.. Enumerable.Range(0, doorbells).Select(_ => _bytes.ReadEntity().Index)];
        _form.WriteCount(doorbells);
        foreach (int vcpu in rung)
        {
            _form.WriteInt32(vcpu);
        }
        for (int flag = 0; flag < 5; flag++)
        {
            Copy();
        }
        for (int optional = 0; optional < 2; optional++)
        {
            if (Copy())
            {
                Distance(_bytes.ReadTime().Nanoseconds);
            }
        }
    }

    private void Sync()
    {
        if (!Copy())
        {
            return;
        }
        var sync = (SyncVcpu)MessageCodec.Read(_bytes);
        _form.Write(sync.Vcpu);
        _form.WriteInt32((int)sync.Cause);
        Name(sync.Expired);
        Distance(sync.Due.Nanoseconds);
        Distance(sync.NextScan.Nanoseconds);
    }

    private void Kthread(ProtocolMachine machine)
    {
        int pages = _bytes.ReadCount();
        for (int page = 0; page < pages; page++)
        {
            _bytes.ReadEntity();
            Page();
            _bytes.ReadClock();
            Copy();
            Copy();
            _form.Write(_bytes.ReadEntity());
            Copy();
            // Of an old look only its place in the period says when the next one is promised.
            long age = _now - _bytes.ReadTime().Nanoseconds;
            _form.WriteInt64(age <= bounds.Period ? age : bounds.Period + (age % bounds.Period));
            _bytes.ReadInt64();
            _bytes.ReadTime();
            Copy();
        }
        int visits = _bytes.ReadCount();
        int[] visited = [.. Enumerable.Range(0, visits).Select(_ => _bytes.ReadEntity().Index)];
        _form.WriteInt32(Copy() ? _bytes.ReadEntity().Index : -1);
        Copy();
        Copy();
        int phase = _bytes.ReadInt32();
        int visit = _bytes.ReadInt32();
        _form.WriteInt32(phase);
        if (machine.TimerCpu.IsScanning)
        {
            _form.WriteInt32(visit);
            _form.WriteCount(visits);
            foreach (int vcpu in visited)
            {
                _form.WriteInt32(vcpu);
            }
        }
        _bytes.ReadInt64();
        Copy();
        _bytes.ReadTime();
        _bytes.ReadInt64();
        _bytes.ReadTime();
        Distance(_bytes.ReadTime().Nanoseconds);
        _bytes.ReadTime();
        Skip(1);
        // What the scan foresees follows from the rest.
        _bytes.ReadTime();
        _bytes.ReadBool();
        Skip(5);
    }

    // ---- Values ----

    private bool Copy()
    {
        bool value = _bytes.ReadBool();
        _form.WriteBool(value);
        return value;
    }

    private void Bitmap()
    {
        VectorBitmap bitmap = default;
        bitmap.Transfer(new StateTransfer(_bytes));
        bitmap.Transfer(new StateTransfer(_form));
    }

    private void Skip(int numbers)
    {
        for (int number = 0; number < numbers; number++)
        {
            _bytes.ReadInt64();
        }
    }

    /// <summary>The next value names a deadline: one that is retired may still come.</summary>
    private void Name() => Name(new TscTicks(_bytes.ReadUInt64()));

    private void Name(TscTicks deadline)
    {
        _names.Add(deadline.Value);
        Distance((long)deadline.Value);
    }

    /// <summary>Zero is none.</summary>
    private void Distance(long instant) =>
        _form.WriteInt64(instant == 0 ? long.MaxValue : Math.Max(instant - _now, Oldest));
}
