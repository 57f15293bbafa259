using System;
using System.Collections.Immutable;
using System.Text.Json;

namespace PvTimer.Experiments.Explain;

/// <summary>What causes are called: in documents by a key, on the terminal by a few words.</summary>
public static class CauseNames
{
    /// <summary>In the order in which they follow each other in a timer's life.</summary>
    public static ImmutableArray<LatenessCause> All { get; } = [.. Enum.GetValues<LatenessCause>()];

    /// <summary>"scan_wait": as --json names it.</summary>
    public static string KeyOf(LatenessCause cause) => Key($"{cause}");

    /// <summary>"ScanWait" as "scan_wait".</summary>
    internal static string Key(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    /// <summary>"waits for the scan".</summary>
    public static string WordsOf(LatenessCause cause) =>
        cause switch
        {
            LatenessCause.Early => "came early",
            LatenessCause.WrittenLate => "written after its deadline",
            LatenessCause.ProgrammingExit => "exit that programs it",
            LatenessCause.Visibility => "request on its way to the host",
            LatenessCause.Doorbell => "doorbell IPI",
            LatenessCause.ScanWait => "waits for the scan",
            LatenessCause.ScanQueue => "scan is at other pages",
            LatenessCause.KthreadPreempted => "kthread preempted",
            LatenessCause.Arming => "hrtimer being armed",
            LatenessCause.TimerCpuIdleExit => "timer's CPU leaves idle",
            LatenessCause.TimerCpuStalled => "timer's CPU stalled (SMI)",
            LatenessCause.TimerCpuInterrupts => "timer's CPU: other interrupts",
            LatenessCause.HrtimerQueue => "other hrtimers first",
            LatenessCause.TimerInterrupt => "timer interrupt",
            LatenessCause.ExpiryExit => "exit for its expiry",
            LatenessCause.Posting => "posted interrupt",
            LatenessCause.WakeUp => "thread woken",
            LatenessCause.VcpuIdleExit => "vCPU's CPU leaves idle",
            LatenessCause.VcpuStalled => "vCPU's CPU stalled (SMI)",
            LatenessCause.HostInterrupts => "host's other interrupts",
            LatenessCause.RunQueue => "run queue",
            LatenessCause.Throttled => "quota spent",
            LatenessCause.Paused => "VM paused",
            LatenessCause.Migration => "vCPU being moved",
            LatenessCause.ContextSwitch => "context switch",
            LatenessCause.PollExit => "leaves halt polling",
            LatenessCause.OtherExit => "another exit's handler",
            LatenessCause.Entry => "VM-entry",
            LatenessCause.Masked => "masked by the guest",
            _ => "guest's interrupt entry",
        };
}
