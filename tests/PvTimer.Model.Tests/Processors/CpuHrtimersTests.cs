using System.Linq;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.Processors;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Tests.Timers;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Processors;

/// <summary>The hrtimers of a pCPU, without the pCPU.</summary>
public class CpuHrtimersTests
{
    private readonly CpuHrtimers _hrtimers = new(Site);
    private readonly RecordedEffects _effects = new();

    internal static PcpuSite Site { get; } = new(new EntityId(0), new FakeHostTimerPort().Host);

    [Fact]
    public void Lapic_timer_is_programmed_for_the_earliest_only()
    {
        Start(vcpu: 1, at: 500);
        Start(vcpu: 2, at: 700);
        Start(vcpu: 3, at: 300);
        Assert.Equal([500L, 300L], _effects.Own.Select(sent => sent.After));
    }

    [Fact]
    public void Setting_that_was_overwritten_is_no_interrupt()
    {
        Start(vcpu: 1, at: 500);
        Start(vcpu: 2, at: 300);
        Assert.False(_hrtimers.Reach(At(500), new HrtimerExpiry(At(500)), _effects));
        Assert.True(_hrtimers.Reach(At(300), new HrtimerExpiry(At(300)), _effects));
    }

    [Fact]
    public void Timer_that_was_cancelled_is_no_interrupt_and_the_next_is_programmed()
    {
        Start(vcpu: 1, at: 300);
        Start(vcpu: 2, at: 500);
        _hrtimers.Cancel(HrtimerFunction.ApicTimer, new EntityId(1));
        Assert.False(_hrtimers.Reach(At(300), new HrtimerExpiry(At(300)), _effects));
        Assert.Equal((200L, new HrtimerExpiry(At(500))), _effects.Own[^1]);
    }

    /// <summary>The first is in the interrupt's cost; the LAPIC is programmed when none is due any more.</summary>
    [Fact]
    public void Interrupt_dequeues_each_further_timer_that_is_due_and_programs_the_lapic_at_its_end()
    {
        Start(vcpu: 1, at: 300);
        Start(vcpu: 2, at: 310);
        Start(vcpu: 3, at: 900);
        Assert.True(_hrtimers.Reach(At(320), new HrtimerExpiry(At(300)), _effects));
        _hrtimers.BeginInterrupt();
        int before = _effects.Own.Count;
        Assert.False(_hrtimers.DequeuesAnother(At(320)));
        Assert.Equal(1, TakeExpired(320)?.Index);
        Assert.True(_hrtimers.DequeuesAnother(At(320)));
        Assert.False(_hrtimers.DequeuesAnother(At(320)));
        Start(vcpu: 4, at: 600);
        Assert.Equal(2, TakeExpired(320)?.Index);
        Assert.Equal(before, _effects.Own.Count);
        Assert.False(_hrtimers.DequeuesAnother(At(320)));
        Assert.Null(TakeExpired(320));
        Assert.Equal((280L, new HrtimerExpiry(At(600))), _effects.Own[^1]);
        Assert.Null(TakeExpired(900));
    }

    [Fact]
    public void Own_timer_of_a_vcpu_and_the_one_that_the_dedicated_cpu_armed_are_told_apart()
    {
        Start(vcpu: 1, at: 300);
        Assert.False(_hrtimers.CancelApicTimer(new EntityId(1), served: true));
        Assert.True(_hrtimers.CancelApicTimer(new EntityId(1), served: false));
        Assert.Equal(VirtualTime.MaxValue, _hrtimers.NextExpiry);
    }

    private EntityId? TakeExpired(long at) => _hrtimers.TakeExpired(At(at), _effects)?.Owner;

    private void Start(int vcpu, long at) =>
        _hrtimers.Start(
            VirtualTime.Zero,
            new Hrtimer(
                HrtimerFunction.ApicTimer,
                new EntityId(vcpu),
                At(at),
                default,
                VirtualDuration.Zero
            ),
            _effects
        );

    private static VirtualTime At(long nanoseconds) => VirtualTime.FromNanoseconds(nanoseconds);
}
