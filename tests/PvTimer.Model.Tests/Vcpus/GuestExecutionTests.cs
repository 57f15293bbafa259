using PvTimer.Model.Messages;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Vcpus;

namespace PvTimer.Model.Tests.Vcpus;

/// <summary>What a guest is at, without a vCPU.</summary>
public class GuestExecutionTests
{
    private const byte Vector = 0xec;
    private readonly GuestExecution _guest = new(interruptEntry: Ns(7));
    private readonly RecordedEffects _effects = new();

    [Fact]
    public void Computation_that_a_handler_interrupts_goes_on_with_its_rest()
    {
        _guest.Begin(new GuestOperation(GuestOperationKind.Compute, Ns(100)));
        _guest.Schedule(At(0), _effects);
        _guest.Suspend(At(40));
        Assert.False(_guest.IsDue(Progress(0)));
        _guest.TakeInterrupt(Vector);
        Assert.Equal(
            new GuestOperation(GuestOperationKind.InterruptEntry, Ns(7), Vector),
            _guest.Operation
        );
        Assert.False(_guest.IsInterruptible);
        _guest.EndInterrupt();
        Assert.Equal(new GuestOperation(GuestOperationKind.Compute, Ns(60)), _guest.Operation);
        Assert.True(_guest.IsInterruptible);
    }

    [Theory]
    [InlineData(GuestOperationKind.Halt)]
    [InlineData(GuestOperationKind.Wait)]
    internal void Halt_and_wait_are_over_with_the_interrupt(GuestOperationKind kind)
    {
        _guest.Begin(new GuestOperation(kind));
        _guest.TakeInterrupt(Vector);
        _guest.EndInterrupt();
        Assert.Equal(default, _guest.Operation);
    }

    [Fact]
    public void Requests_of_a_vector_coalesce_and_its_handler_is_told_how_many()
    {
        _guest.CountRequest(Vector);
        _guest.CountRequest(Vector);
        Assert.Equal(2, _guest.TakeRequests(Vector));
        Assert.Equal(1, _guest.TakeRequests(Vector));
    }

    [Fact]
    public void System_management_mode_stops_the_guest_and_holds_the_first_exit_that_comes()
    {
        _guest.Begin(new GuestOperation(GuestOperationKind.Compute, Ns(100)));
        _guest.Schedule(At(0), _effects);
        _guest.EnterSystemManagement(At(40), Ns(500), _effects);
        Assert.True(_guest.IsInSystemManagement);
        _guest.HoldExit(ForcedExit.PreemptionTimer);
        _guest.HoldExit(ForcedExit.HostInterrupt);
        Assert.False(_guest.IsDue(Progress(0)));
        Assert.True(_guest.IsDue(Progress(1)));
        _guest.Suspend(At(540));
        Assert.Equal(ForcedExit.PreemptionTimer, _guest.LeaveSystemManagement(_guest.Complete()));
        Assert.Equal(new GuestOperation(GuestOperationKind.Compute, Ns(60)), _guest.Operation);
    }

    [Fact]
    public void Another_stay_in_system_management_mode_lengthens_the_first()
    {
        _guest.EnterSystemManagement(At(0), Ns(500), _effects);
        _guest.EnterSystemManagement(At(100), Ns(50), _effects);
        Assert.Equal(450L, _effects.Own[1].After);
    }

    private GuestProgress Progress(int sent) =>
        Assert.IsType<GuestProgress>(_effects.Own[sent].Message);

    private static VirtualTime At(long nanoseconds) => VirtualTime.FromNanoseconds(nanoseconds);

    private static VirtualDuration Ns(long nanoseconds) =>
        VirtualDuration.FromNanoseconds(nanoseconds);
}
