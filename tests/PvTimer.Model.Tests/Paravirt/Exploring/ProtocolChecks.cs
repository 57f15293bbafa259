using System;
using System.Linq;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;

namespace PvTimer.Model.Tests.Paravirt.Exploring;

/// <summary>What holds in every state of the protocol.</summary>
internal static class ProtocolChecks
{
    /// <summary>How many ticks the deadline is overdue that has waited longest; at least 0.</summary>
    public static long Overdue(ProtocolMachine machine) =>
        Math.Max(
            0,
            machine
                .GuestVcpus.Select(vcpu =>
                    vcpu.Timers.OutstandingDue is { } due ? (machine.Now - due).Nanoseconds : 0
                )
                .Max()
        );

    /// <summary>What is violated; null: nothing.</summary>
    public static string? Violation(ProtocolMachine machine)
    {
        if (Overdue(machine) > machine.Bounds.Grace)
        {
            return "an armed deadline is lost";
        }
        foreach (ProtocolVcpu vcpu in machine.GuestVcpus)
        {
            if (ViolationOf(machine, vcpu) is { } violation)
            {
                return $"vcpu-{vcpu.Index}: {violation}";
            }
        }
        return ViolationOf(machine);
    }

    private static string? ViolationOf(ProtocolMachine machine, ProtocolVcpu vcpu)
    {
        bool isReading = vcpu.State == ProtocolVcpu.Doing.Guest;
        TscTicks wanted = vcpu.Timers.Outstanding;
        return vcpu.Timers.Early > 0
                ? "an interrupt came before its deadline, or for one that was replaced before it was due"
            : vcpu.Timers.Unexpected > 0 ? "an interrupt came for a deadline that was not armed"
            : !vcpu.Timers.IsConserved ? "armed is not fired + replaced + cancelled + pending"
            : vcpu.IsOnForNothing ? "ON is set, and PIR is empty"
            : isReading && wanted != TscTicks.Zero && vcpu.Timer.Deadline != wanted
                ? $"RDMSR of IA32_TSC_DEADLINE gives {Text(machine, vcpu.Timer.Deadline)}, armed is {Text(machine, wanted)}"
            : vcpu.Timer.SplitLocks > 0 ? "an exchange crossed a cache line"
            : vcpu.Rung > PvTimerParameters.DoorbellsPerPromise
                ? "it rings again and again, and the dedicated CPU has time for no other"
            : null;
    }

    private static string? ViolationOf(ProtocolMachine machine) =>
        machine.TimerKthread.SplitLocks > 0 ? "an exchange of the host crossed a cache line"
        : machine.TimerCpu.TimerCpu.ForeignAddressSpaceReads > 0
            ? "guest memory was read in a foreign address space"
        : machine.TimerCpu.TimerCpu.ForeignVmcsWrites > 0
            ? "a preemption timer was armed through a foreign VMCS"
        : machine.TimerCpu.TimerCpu.CancelSpin > VirtualDuration.Zero
            ? "hrtimer_cancel spun for a timer of another CPU"
        : machine.TimerCpu.LeavesDoorbells
            ? "a doorbell that has rung needs an interrupt of its own"
        : machine.TimerKthread.LockHeld > VirtualDuration.Zero
            ? "kvm_lock was held while time passed"
        : null;

    private static string Text(ProtocolMachine machine, TscTicks deadline) =>
        deadline == TscTicks.Zero
            ? "none"
            : $"now{(long)deadline.Value - machine.Now.Nanoseconds:+0;-0;+0}";
}
