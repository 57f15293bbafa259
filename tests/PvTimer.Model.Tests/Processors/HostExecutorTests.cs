using PvTimer.Model.Messages;
using PvTimer.Model.Processors;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Processors;

/// <summary>What a pCPU does, without the pCPU.</summary>
public class HostExecutorTests
{
    private readonly HostExecutor _executor = new(CpuHrtimersTests.Site);
    private readonly RecordedEffects _effects = new();

    [Fact]
    public void Work_that_an_interrupt_suspends_keeps_the_rest_and_its_first_end_is_void()
    {
        _executor.Begin(At(0), HostWork.ExitHandler, Ns(100), _effects);
        _executor.Suspend(At(30), _effects);
        _executor.BeginInterrupt(At(30));
        Assert.Equal(HostWork.None, _executor.Finish(EpochOf(0)));
        _executor.Resume(At(50), _effects);
        Assert.Equal(70L, _effects.Own[1].After);
        Assert.Equal(HostWork.None, _executor.Finish(EpochOf(0)));
        Assert.Equal(HostWork.ExitHandler, _executor.Finish(EpochOf(1)));
        Assert.Equal(HostWork.None, _executor.Work);
    }

    [Fact]
    public void Each_nanosecond_has_one_use()
    {
        _executor.GoIdle(At(10));
        _executor.BeginInterrupt(At(25));
        _executor.Begin(At(45), HostWork.Poll, Ns(100), _effects);
        _executor.EnterGuest(At(75));
        _executor.LeaveGuest(At(115));
        CpuTime spent = _executor.TimeUpTo(At(165));
        Assert.Equal((Ns(25), Ns(20)), (spent.Idle, spent.Interrupt));
        Assert.Equal((Ns(30), Ns(40), Ns(50)), (spent.Poll, spent.Guest, spent.Exit));
    }

    private long EpochOf(int sent) => Assert.IsType<WorkDone>(_effects.Own[sent].Message).Epoch;

    private static VirtualTime At(long nanoseconds) => VirtualTime.FromNanoseconds(nanoseconds);

    private static VirtualDuration Ns(long nanoseconds) =>
        VirtualDuration.FromNanoseconds(nanoseconds);
}
