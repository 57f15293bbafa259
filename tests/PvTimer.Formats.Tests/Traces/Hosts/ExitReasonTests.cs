using PvTimer.Formats.Traces.Hosts;
using PvTimer.Model.Vmx;

namespace PvTimer.Formats.Tests.Traces.Hosts;

/// <summary>kvm_exit as kernels and tools print it.</summary>
public class ExitReasonTests
{
    [Theory]
    [InlineData("reason MSR_WRITE rip 0xffffffff8106f2f4 info 0 0", VmExitReason.MsrWrite)]
    [InlineData("vcpu 4 reason HLT rip 0xffffffff81000020 info1 0x0 info2 0x0", VmExitReason.Hlt)]
    [InlineData("vcpu 0 reason PREEMPTION_TIMER rip 0x1 info1 0x0", VmExitReason.PreemptionTimer)]
    [InlineData(
        "reason EXTERNAL_INTERRUPT rip 0x1 info 0 800000ec",
        VmExitReason.ExternalInterrupt
    )]
    [InlineData("reason EXT_INT rip 0x1", VmExitReason.ExternalInterrupt)]
    [InlineData("reason EPT_VIOLATION rip 0x1 info 181 0", VmExitReason.EptViolation)]
    [InlineData("reason EXCEPTION_NMI rip 0x1", VmExitReason.ExceptionNmi)]
    [InlineData("reason msr rip 0x1 info 1 0", VmExitReason.MsrWrite)]
    [InlineData(
        "vcpu 0 reason msr rip 0x1 info1 0x0000000000000001 info2 0x0",
        VmExitReason.MsrWrite
    )]
    [InlineData(
        "vcpu 0 reason msr rip 0x1 info1 0x0000000000000000 info2 0x0",
        VmExitReason.MsrRead
    )]
    [InlineData("reason EXIT_MSR rip 0x1 info 1 0", VmExitReason.MsrWrite)]
    [InlineData("reason hlt rip 0x1", VmExitReason.Hlt)]
    [InlineData("reason EXIT_HLT rip 0x1", VmExitReason.Hlt)]
    [InlineData("reason npf rip 0x1 info 100000004 fd3e80f0", VmExitReason.EptViolation)]
    [InlineData("reason EXIT_NPF rip 0x1", VmExitReason.EptViolation)]
    [InlineData("reason interrupt rip 0x1", VmExitReason.ExternalInterrupt)]
    [InlineData("reason EXIT_INTR rip 0x1", VmExitReason.ExternalInterrupt)]
    [InlineData("reason vintr rip 0x1", VmExitReason.InterruptWindow)]
    [InlineData("reason io rip 0x1", VmExitReason.IoInstruction)]
    [InlineData("reason 0x7c rip 0x1 info1 0x1", VmExitReason.MsrWrite)]
    [InlineData("exit_reason=120 guest_rip=0x1 isa=2 info1=0x0", VmExitReason.Hlt)]
    [InlineData("exit_reason=12 guest_rip=0x1 isa=1 info1=0x0", VmExitReason.Hlt)]
    [InlineData("exit_reason=32 guest_rip=0x1 isa=1", VmExitReason.MsrWrite)]
    [InlineData("reason UNKNOWN rip 0x1", VmExitReason.Other)]
    public void Exit_has_one_reason_however_it_is_printed(string body, VmExitReason expected)
    {
        Assert.True(ExitReasons.TryRead(body, out VmExitReason reason));
        Assert.Equal(expected, reason);
    }

    [Theory]
    [InlineData("")]
    [InlineData("vcpu 0 rip 0xffffffff81000020")]
    [InlineData("reason")]
    public void Exit_without_a_reason_is_none(string body) =>
        Assert.False(ExitReasons.TryRead(body, out _));
}
