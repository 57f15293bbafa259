using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;

namespace PvTimer.Experiments.Tests.Naive.Machine;

/// <summary>The dedicated CPU: the worker that scans, the doorbells, the hrtimers of all vCPUs, and what it posts.</summary>
internal sealed class NaiveTimerCpu(NaiveConfiguration configuration, NaiveResult result)
    : NaiveCpu(configuration.Pcpus - 1)
{
    private readonly NaiveCosts _costs = configuration.Costs;

    /// <summary>In the order in which they were started.</summary>
    private readonly List<(long Due, NaiveVcpu? Vcpu, long Deadline)> _hrtimers = [];

    /// <summary>When the scan came to a page last, and how long it was since the time before.</summary>
    private readonly Dictionary<NaiveVcpu, (long At, long Round)> _turns = [];
    private bool _isToScan;
    private bool _scans;

    /// <summary>By VM.</summary>
    public List<List<NaiveVcpu>> Vms { get; } = [];

    protected override long TimerDue => _hrtimers.Min(each => each.Due);

    private long NextScan => _hrtimers.Find(each => each.Vcpu is null).Due;

    private NaiveVcpu Vcpu(int pcpu) => Vms.SelectMany(vm => vm).First(each => each.Number == pcpu);

    public override async Task Story()
    {
        _hrtimers.Add((configuration.ScanPeriod, null, 0));
        foreach (NaiveVcpu vcpu in Vms.SelectMany(vm => vm).Where(_ => !configuration.AsPosted))
        {
            // It hears of the page a line transfer after the begin.
            long first = configuration.Busy ? vcpu.Line + 1 : configuration.ScanPeriod;
            vcpu.NextSync.Store(2 * vcpu.Line, vcpu.Tsc.At(first));
        }
        if (configuration.Busy)
        {
            await Work(_costs.ContextSwitch);
            while (true)
            {
                await Scan();
            }
        }
        while (true)
        {
            long idleSince = Now;
            await Until(long.MaxValue);
            await Takes(_costs.Wake(Now - idleSince));
            await Interrupts();
            if (_isToScan)
            {
                await Work(_costs.ContextSwitch);
                while (_isToScan)
                {
                    _isToScan = false;
                    await Scan();
                }
                await Work(_costs.ContextSwitch);
            }
        }
    }

    private async Task Scan()
    {
        _scans = true;
        await Step(Hop);
        result.Scans++;
        long scanBegan = Now;
        foreach (List<NaiveVcpu> vm in Vms)
        {
            NaiveVcpu[] visited =
            [
                .. vm.Where(vcpu => configuration.AsPosted || vcpu.Line < scanBegan),
            ];
            if (visited.Length > 0 || vm == Vms[0])
            {
                await Step(_costs.ScanPerVm);
            }
            foreach (NaiveVcpu vcpu in visited)
            {
                await Visit(vcpu);
            }
        }
        await Step(Hop);
        _scans = false;
    }

    private async Task Visit(NaiveVcpu vcpu)
    {
        if (vcpu.Line >= Now)
        {
            await Step(_costs.ScanPerVcpu);
            return;
        }
        _turns[vcpu] = (Now, Now - _turns.GetValueOrDefault(vcpu).At);
        Promise(vcpu, Now + vcpu.Line);
        await Synchronising(vcpu.Line, inScan: true);
        long asked = await Take(vcpu, inScan: true);
        await Synchronising(asked + vcpu.Line + _costs.ScanPerVcpu, inScan: true);
    }

    /// <summary>kvm_apic_sync_pv_timer runs with interrupts off.</summary>
    private async Task Synchronising(long length, bool inScan)
    {
        if (inScan && configuration.ScansWithInterruptsOn)
        {
            await Step(length);
        }
        else
        {
            await Takes(length);
        }
    }

    /// <summary>As posted: the next scan. Fixed: the page's next turn.</summary>
    private void Promise(NaiveVcpu vcpu, long visibleAt)
    {
        (long at, long turn) = _turns.GetValueOrDefault(vcpu);
        long round =
            configuration.Busy && !configuration.AsPosted
                ? Math.Max(turn, 1)
                : configuration.ScanPeriod;
        long next = configuration.AsPosted ? NextScan : at + round;
        if (next <= Now)
        {
            next += round * (((Now - next) / round) + 1);
        }
        vcpu.NextSync.Store(visibleAt, vcpu.Tsc.At(next));
    }

    /// <summary>
    /// xchg(expire_tsc, 0), and what it asks for; how long arming takes. At one instant the worker's doings come
    /// before the vCPUs'.
    /// </summary>
    private async Task<long> Take(NaiveVcpu vcpu, bool inScan)
    {
        long deadline = vcpu.Expire.Take(Now - 1);
        if (deadline == 0)
        {
            return 0;
        }
        long due = vcpu.Tsc.TimeOf(deadline);
        bool isPast = due <= Now;
        bool cancels =
            (!isPast || !configuration.AsPosted)
            && _hrtimers.RemoveAll(each => each.Vcpu == vcpu) > 0;
        long takes = cancels ? _costs.HrtimerCancel : 0;
        if (isPast)
        {
            await Post(vcpu, deadline, inScan);
            return takes;
        }
        _hrtimers.Add((due, vcpu, deadline));
        return takes + _costs.HrtimerStart;
    }

    /// <summary>PIR, ON, and what the vCPU needs to see them.</summary>
    private async Task Post(NaiveVcpu vcpu, long deadline, bool inScan)
    {
        result.Posted++;
        long line = configuration.PostsAsIfOnOneSocket ? _costs.Line(sameSocket: true) : vcpu.Line;
        long hop = inScan ? Hop : 0;
        await Takes(hop + line);
        vcpu.Posted = deadline;
        long ipi = _costs.Ipi(configuration.SameSocket(Number, vcpu.Number));
        switch (vcpu.Mode)
        {
            case NaiveMode.Guest:
                vcpu.Send(Now + ipi + _costs.PostedInterruptProcessing, NaiveSignal.Notification);
                await Synchronising(line + hop + _costs.IpiSend, inScan);
                return;
            case NaiveMode.Blocked:
                await Takes(line);
                long sent = Now + _costs.ThreadWake + _costs.IpiSend;
                vcpu.Send(sent + ipi, NaiveSignal.Reschedule);
                await Synchronising(line + hop + sent - Now, inScan);
                return;
            case NaiveMode.Polling:
                vcpu.Send(Now, NaiveSignal.Bit);
                break;
            default:
                break;
        }
        await Synchronising((line * 2) + (2 * Hop), inScan);
    }

    /// <summary>The worker hears of an interrupt a hop later: a step that is done by then is done.</summary>
    private async Task Step(long length)
    {
        long end = Now + length;
        while (!await Until(end))
        {
            long left = end - Now;
            if (left <= Hop)
            {
                await Takes(left);
                return;
            }
            await Interrupts();
            end = Now + left;
        }
    }

    private async Task Work(long length)
    {
        long end = Now + length;
        while (!await Until(end))
        {
            long left = end - Now;
            await Interrupts();
            end = Now + left;
        }
    }

    private async Task Interrupts()
    {
        while (HasCome)
        {
            long doorbell = Coming.Count == 0 ? long.MaxValue : Coming.Min(each => each.At);
            if (TimerDue <= doorbell)
            {
                await TimerInterrupt();
                continue;
            }
            await Takes(_costs.IpiHandler);
            // As posted each has an interrupt of its own.
            List<int> rang =
            [
                .. Coming
                    .Where(each => each.At <= Now)
                    .OrderBy(each => each.At)
                    .Take(configuration.AsPosted ? 1 : int.MaxValue)
                    .Select(each => each.From),
            ];
            foreach (int pcpu in rang)
            {
                Coming.RemoveAt(Coming.FindIndex(each => each.From == pcpu));
            }
            foreach (int pcpu in rang.Distinct())
            {
                await Sync(Vcpu(pcpu));
            }
        }
    }

    /// <summary>In an interrupt: the page is looked at. Whether it asked for anything.</summary>
    private async Task<bool> Sync(NaiveVcpu vcpu)
    {
        await Takes(Hop);
        Promise(vcpu, Now + vcpu.Line);
        await Takes(vcpu.Line + Hop);
        bool asks = vcpu.Expire.At(Now - 1) != 0;
        await Takes(await Take(vcpu, inScan: false));
        return asks;
    }

    /// <summary>hrtimer_interrupt: one callback after the other, as long as one is due.</summary>
    private async Task TimerInterrupt()
    {
        await Takes(_costs.TimerInterrupt);
        bool isFirst = true;
        while (TimerDue <= Now)
        {
            if (!isFirst)
            {
                await Takes(_costs.HrtimerCancel);
            }
            isFirst = false;
            (long due, NaiveVcpu? vcpu, long deadline) = _hrtimers.MinBy(each => each.Due);
            _hrtimers.Remove((due, vcpu, deadline));
            if (vcpu is null)
            {
                await PacingTimer(due);
            }
            else if (configuration.AsPosted || !await Sync(vcpu))
            {
                await Post(vcpu, deadline, inScan: false);
            }
        }
    }

    private async Task PacingTimer(long due)
    {
        _hrtimers.Add((due + configuration.ScanPeriod, null, 0));
        if (configuration.Busy)
        {
            return;
        }
        bool sleeps = !_scans && !_isToScan;
        _isToScan = true;
        if (sleeps)
        {
            await Takes(_costs.ThreadWake);
        }
    }
}
