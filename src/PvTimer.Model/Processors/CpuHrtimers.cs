using PvTimer.Model.Chance;
using PvTimer.Model.Costs;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Processors;

/// <summary>
/// The hrtimers of one pCPU (hrtimer_cpu_base), its core's LAPIC timer, which is programmed for the earliest of them, and
/// how far hrtimer_interrupt is with those that are due.
/// </summary>
internal sealed class CpuHrtimers(PcpuSite site) : IStateful
{
    private enum Callbacks
    {
        /// <summary>hrtimer_interrupt does not run.</summary>
        None,

        /// <summary>At the first: what it costs is in the cost of the interrupt.</summary>
        First,

        /// <summary>Looks whether another one is due.</summary>
        Further,

        /// <summary>Another one is taken out of the queue, which takes its time; then it runs.</summary>
        Dequeued,
    }

    private readonly CostDistribution _interruptCost = site.Costs.TimerInterrupt;
    private readonly HrtimerQueue _queue = new();
    private Callbacks _callbacks;
    private VirtualTime _lapicProgrammedFor = VirtualTime.MaxValue;
    private PhiloxSequence _interruptChance = new(
        site.Host.Seed,
        site.Id.Index,
        ChancePurpose.InterruptLatency
    );

    /// <summary>What is armed, for those who look.</summary>
    public HrtimerQueue Queue => _queue;

    /// <summary>When the earliest is due; <see cref="VirtualTime.MaxValue"/> if none is armed.</summary>
    public VirtualTime NextExpiry => _queue.NextExpiry;

    /// <summary>hrtimer_start, and the core's LAPIC timer if it is the earliest.</summary>
    public void Start(VirtualTime now, Hrtimer timer, IEffects effects)
    {
        _queue.Start(timer);
        if (_callbacks == Callbacks.None)
        {
            ProgramLapic(now, effects);
        }
    }

    /// <summary>hrtimer_cancel; null if it was not armed.</summary>
    public Hrtimer? Cancel(HrtimerFunction function, EntityId owner) =>
        _queue.Cancel(function, owner);

    public Hrtimer? Find(HrtimerFunction function, EntityId owner) => _queue.Find(function, owner);

    /// <summary>A vCPU's own timer, or the one that the dedicated CPU armed for it; true if it was armed.</summary>
    public bool CancelApicTimer(EntityId vcpu, bool served)
    {
        bool armed =
            _queue.Find(HrtimerFunction.ApicTimer, vcpu) is { } timer && timer.Served == served;
        if (armed)
        {
            _queue.Cancel(HrtimerFunction.ApicTimer, vcpu);
        }
        return armed;
    }

    /// <summary>The LAPIC timer has come to its end: true if that is an interrupt for an hrtimer that is due.</summary>
    public bool Reach(VirtualTime now, HrtimerExpiry expiry, IEffects effects)
    {
        if (expiry.ProgrammedFor != _lapicProgrammedFor)
        {
            // An earlier timer was armed meanwhile: this setting of the LAPIC was overwritten.
            return false;
        }
        _lapicProgrammedFor = VirtualTime.MaxValue;
        if (_queue.NextExpiry > now)
        {
            ProgramLapic(now, effects);
            return false;
        }
        return true;
    }

    /// <summary>What a host timer interrupt takes, the first callback included.</summary>
    public VirtualDuration DrawInterrupt() => _interruptCost.Draw(ref _interruptChance);

    /// <summary>
    /// hrtimer_interrupt begins: until its end it alone programs the LAPIC timer (in_hrtirq), whatever other CPUs queue.
    /// </summary>
    /// <returns>What it takes.</returns>
    public VirtualDuration BeginInterrupt()
    {
        _callbacks = Callbacks.First;
        return DrawInterrupt();
    }

    /// <summary>In hrtimer_interrupt: after a callback another timer is due, which has to be dequeued first.</summary>
    public bool DequeuesAnother(VirtualTime now)
    {
        bool dequeues = _callbacks == Callbacks.Further && _queue.NextExpiry <= now;
        if (dequeues)
        {
            _callbacks = Callbacks.Dequeued;
        }
        return dequeues;
    }

    /// <summary>
    /// In hrtimer_interrupt: the timer whose callback runs next; null if none is due any more, or if it does not run at
    /// all. With the last one it programs the LAPIC timer for the next.
    /// </summary>
    public Hrtimer? TakeExpired(VirtualTime now, IEffects effects)
    {
        if (_callbacks == Callbacks.None)
        {
            return null;
        }
        Hrtimer? timer = _queue.PopExpired(now);
        _callbacks = timer is null ? Callbacks.None : Callbacks.Further;
        if (timer is null)
        {
            ProgramLapic(now, effects);
        }
        return timer;
    }

    /// <summary>Its core is offline: nothing expires here any more.</summary>
    public void Clear()
    {
        _callbacks = Callbacks.None;
        _queue.Clear();
    }

    private void ProgramLapic(VirtualTime now, IEffects effects)
    {
        VirtualTime next = _queue.NextExpiry;
        if (next < _lapicProgrammedFor)
        {
            _lapicProgrammedFor = next;
            VirtualDuration delay = VirtualDuration.Max(next - now, VirtualDuration.Zero);
            effects.After(delay, HrtimerExpiry.Of(next));
        }
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        _queue.Transfer(state);
        _lapicProgrammedFor = state.Value(_lapicProgrammedFor);
        _callbacks = state.Enumeration(_callbacks);
        _interruptChance.Transfer(state);
    }
}
