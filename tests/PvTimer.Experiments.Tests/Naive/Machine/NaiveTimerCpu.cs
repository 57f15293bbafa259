using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;

namespace PvTimer.Experiments.Tests.Naive.Machine;

/// <summary>The dedicated CPU: the worker that scans, the doorbells, the hrtimers of all vCPUs, and what it posts.</summary>
internal sealed class NaiveTimerCpu(NaiveConfiguration configuration, NaiveResult result)
    : NaivePoster(configuration, result)
{
    private NaiveCosts Costs => Configuration.Costs;

    /// <summary>In the order in which they were started.</summary>
    private readonly List<(long Due, NaiveVcpu? Vcpu, long Deadline)> _hrtimers = [];

    /// <summary>When the scan came to a page last, and how long it was since the time before.</summary>
    private readonly Dictionary<NaiveVcpu, (long At, long Round)> _turns = [];
    private bool _isToScan;
    private bool _scans;

    /// <summary>What the worker has sent.</summary>
    public NaiveLines OnTheWay { get; } = new();

    /// <summary>By VM.</summary>
    public List<List<NaiveVcpu>> Vms { get; } = [];

    protected override long TimerDue => _hrtimers.Min(each => each.Due);

    private long NextScan => _hrtimers.Find(each => each.Vcpu is null).Due;

    private NaiveVcpu Vcpu(int pcpu) => Vms.SelectMany(vm => vm).First(each => each.Number == pcpu);

    public override async Task Story()
    {
        _hrtimers.Add((Configuration.ScanPeriod, null, 0));
        foreach (NaiveVcpu vcpu in Vms.SelectMany(vm => vm).Where(_ => !Configuration.AsPosted))
        {
            // It hears of the page a line transfer after the begin.
            long first = Configuration.Busy ? vcpu.Line + 1 : Configuration.ScanPeriod;
            vcpu.NextSync.Store(2 * vcpu.Line, vcpu.Tsc.At(first));
        }
        if (Configuration.Busy)
        {
            await Work(Costs.ContextSwitch);
            while (true)
            {
                await Scan();
            }
        }
        while (true)
        {
            long idleSince = Now;
            await Until(long.MaxValue);
            await Takes(Costs.Wake(Now - idleSince));
            await Interrupts();
            if (_isToScan)
            {
                await Work(Costs.ContextSwitch);
                while (_isToScan)
                {
                    _isToScan = false;
                    await Scan();
                }
                await Work(Costs.ContextSwitch);
            }
        }
    }

    private async Task Scan()
    {
        _scans = true;
        await Step(Hop);
        Result.Scans++;
        long scanBegan = Now;
        foreach (List<NaiveVcpu> vm in Vms)
        {
            NaiveVcpu[] visited =
            [
                .. vm.Where(vcpu => Configuration.AsPosted || vcpu.Line < scanBegan),
            ];
            if (visited.Length > 0 || vm == Vms[0])
            {
                await Step(Costs.ScanPerVm);
            }
            foreach (NaiveVcpu vcpu in visited)
            {
                await Visit(vcpu);
            }
        }
        if (!await Until(Now + Hop))
        {
            // It has ended when it is interrupted, and that is heard meanwhile.
            await Interrupts();
        }
        _scans = false;
    }

    private async Task Visit(NaiveVcpu vcpu)
    {
        if (vcpu.Line >= Now)
        {
            await Step(Costs.ScanPerVcpu);
            return;
        }
        _turns[vcpu] = (Now, Now - _turns.GetValueOrDefault(vcpu).At);
        Promise(vcpu, Now + vcpu.Line);
        await Synchronising(vcpu.Line, inScan: true);
        long asked = await Take(vcpu, inScan: true);
        await Synchronising(asked + vcpu.Line + Costs.ScanPerVcpu, inScan: true);
    }

    /// <summary>kvm_apic_sync_pv_timer runs with interrupts off.</summary>
    private async Task Synchronising(long length, bool inScan)
    {
        if (inScan && Configuration.ScansWithInterruptsOn)
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
            Configuration.Busy && !Configuration.AsPosted
                ? Math.Max(turn, 1)
                : Configuration.ScanPeriod;
        long next = Configuration.AsPosted ? NextScan : at + round;
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
        // In an interrupt the exchange was a hop ago.
        bool isPast = due <= (inScan ? Now : Now - Hop);
        bool cancels =
            (!isPast || !Configuration.AsPosted)
            && _hrtimers.RemoveAll(each => each.Vcpu == vcpu) > 0;
        long takes = cancels ? Costs.HrtimerCancel : 0;
        if (isPast)
        {
            await Post(vcpu, deadline, inScan);
            return takes;
        }
        _hrtimers.Add((due, vcpu, deadline));
        return takes + Costs.HrtimerStart;
    }

    private async Task Post(NaiveVcpu vcpu, long deadline, bool inScan)
    {
        if (!inScan)
        {
            await Post(vcpu, deadline);
        }
        else if (Configuration.ScansWithInterruptsOn)
        {
            await PostFromScan(vcpu, deadline);
        }
        else
        {
            await Takes(Hop);
            await Post(vcpu, deadline);
            await Takes(Hop);
        }
    }

    /// <summary>
    /// The worker posts and waits for what that takes. What is on its way goes on while an interrupt has the CPU.
    /// </summary>
    private async Task PostFromScan(NaiveVcpu vcpu, long deadline)
    {
        long line = LineTo(vcpu);
        (long At, long Cost)? answer = null;
        bool hasLanded = false;
        long lands = Now + Hop + line;
        OnTheWay.Add(
            lands,
            () =>
            {
                hasLanded = true;
                answer = Land(vcpu, deadline, lands) is { } asked
                    ? (lands + asked.After + Hop, asked.Cost)
                    : null;
            }
        );
        long end = lands + (2 * line) + (2 * Hop);
        long goesOn = Now;
        while (true)
        {
            long next = Math.Min(end, hasLanded ? answer?.At ?? end : lands);
            next = Math.Max(next, goesOn);
            if (next <= Now && hasLanded)
            {
                break;
            }
            if (!await Until(next) && Now < next)
            {
                long left = end - Now;
                await Interrupts();
                (end, goesOn) = (Now + left, Now + Hop);
            }
        }
        await Step(answer?.Cost ?? 0);
    }

    /// <summary>The worker hears of an interrupt a hop later: a step that ends when it comes is done.</summary>
    private async Task Step(long length)
    {
        long end = Now + length;
        while (!await Until(end))
        {
            long left = end - Now;
            if (left == 0)
            {
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
            // Of two that come at once the IPI's vector (0xfb) goes before the LAPIC timer's (0xec).
            if (TimerDue < doorbell)
            {
                await TimerInterrupt();
                continue;
            }
            await Takes(Costs.IpiHandler);
            // As posted each has an interrupt of its own.
            List<int> rang =
            [
                .. Coming
                    .Where(each => each.At <= Now)
                    .OrderBy(each => each.At)
                    .ThenBy(each => each.From)
                    .Take(Configuration.AsPosted ? 1 : int.MaxValue)
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
        await Takes(Costs.TimerInterrupt);
        bool isFirst = true;
        while (TimerDue <= Now)
        {
            if (!isFirst)
            {
                await Takes(Costs.HrtimerCancel);
            }
            isFirst = false;
            (long due, NaiveVcpu? vcpu, long deadline) = _hrtimers.MinBy(each => each.Due);
            _hrtimers.Remove((due, vcpu, deadline));
            if (vcpu is null)
            {
                await PacingTimer(due);
            }
            else if (Configuration.AsPosted || !await Sync(vcpu))
            {
                await Post(vcpu, deadline, inScan: false);
            }
        }
    }

    private async Task PacingTimer(long due)
    {
        _hrtimers.Add((due + Configuration.ScanPeriod, null, 0));
        if (Configuration.Busy)
        {
            return;
        }
        bool sleeps = !_scans && !_isToScan;
        _isToScan = true;
        if (sleeps)
        {
            await Takes(Costs.ThreadWake);
        }
    }
}
