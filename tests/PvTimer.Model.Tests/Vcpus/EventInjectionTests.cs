using PvTimer.Model.Apic;
using PvTimer.Model.Vcpus;

namespace PvTimer.Model.Tests.Vcpus;

/// <summary>The interrupt that a guest takes next, without a vCPU.</summary>
public class EventInjectionTests
{
    private const byte Vector = 0xec;
    private readonly Lapic _lapic = new(default);
    private readonly ApicSignals _signals = new();

    [Fact]
    public void Nmi_goes_before_what_the_lapic_has_and_waits_for_an_entry()
    {
        EventInjection injection = new(hasApicv: true, _lapic, _signals);
        _lapic.Request(Vector);
        _signals.RaiseNmi();
        Assert.Equal(Vector, injection.TakeEvent());
        _lapic.EndOfInterrupt();
        _lapic.Request(Vector);
        injection.BeginEntry();
        Assert.Equal(ApicSignals.NmiVector, injection.TakeEvent());
        Assert.Equal(Vector, injection.TakeEvent());
        Assert.False(injection.HasEvent);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void Without_apicv_the_entry_after_an_eoi_cannot_inject(bool hasApicv, bool injects)
    {
        EventInjection injection = new(hasApicv, _lapic, _signals);
        _lapic.Request(Vector);
        injection.ExitForEoi();
        bool mayInject = injection.BeginEntry();
        Assert.Equal(injects, mayInject);
        Assert.Equal(!injects, injection.NeedsWindow(mayInject));
        Assert.False(injection.NeedsWindow(injection.BeginEntry()));
    }

    [Fact]
    public void Exit_counts_as_a_timers_kick_once_and_only_before_the_next_entry()
    {
        EventInjection injection = new(hasApicv: false, _lapic, _signals);
        injection.Kick(byTimer: true);
        injection.CountKick();
        injection.CountKick();
        injection.Kick(byTimer: true);
        injection.BeginEntry();
        injection.CountKick();
        injection.Kick(byTimer: false);
        injection.CountKick();
        Assert.Equal(1, injection.TimerKicks);
    }
}
