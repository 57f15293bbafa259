using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using PvTimer.Model.Time;

namespace PvTimer.Experiments.Explain;

/// <summary>What happened to one timer, for people.</summary>
internal static class TimerSteps
{
    public static IEnumerable<TimerStep> Of(FiredTimer fired)
    {
        IEnumerable<TimerStep> happened = fired
            .Timer.Stages.Where(stage => stage.Holder != Holder.Elsewhere)
            .Select(stage => new TimerStep(
                stage.At,
                WordsOf(fired.Timer, stage),
                fired.Machine.Entities[(stage.Pcpu ?? fired.Vcpu.Id).Index].Name
            ))
            .Append(new TimerStep(fired.Due, "deadline", fired.VcpuName))
            .Append(new TimerStep(fired.Entered, "the guest enters its interrupt", fired.VcpuName));
        return happened.OrderBy(step => step.At);
    }

    private static string WordsOf(TrackedTimer timer, TimerStage stage) =>
        stage.Holder switch
        {
            Holder.Writer => timer.How switch
            {
                TimerProgramming.Exit => "the guest writes it: MSR_WRITE",
                TimerProgramming.FastExit => "the guest writes it: MSR_WRITE, fast path",
                TimerProgramming.Page or TimerProgramming.PageAndDoorbell =>
                    "the guest stores it to the page",
                _ => "written, without an exit",
            },
            Holder.Ringing => "too near for the next scan: MSR_WRITE, to ring",
            Holder.DoorbellSent => "the doorbell's IPI is sent",
            Holder.DoorbellArrived => "the doorbell's IPI arrives",
            Holder.Page => "the kthread can see it in the page",
            Holder.Found when timer.How == TimerProgramming.PageAndDoorbell && stage.Others == 0 =>
                "found in the page",
            Holder.Found => $"found by the scan, behind {Count(stage.Others)} other pages",
            Holder.Hrtimer => $"hrtimer armed, expires {Offset(stage.Expires, timer.Due)}",
            Holder.Hardware => "the processor has it in guest mode",
            Holder.Callback => "the hrtimer's callback runs",
            Holder.Posted => "posted interrupt sent",
            Holder.Descriptor => "PIR is set",
            _ => "IRR is set",
        };

    private static string Offset(VirtualTime expires, VirtualTime due) =>
        expires == due ? "at the deadline"
        : expires < due ? $"{Quantities.Span(due - expires)} before the deadline"
        : $"{Quantities.Span(expires - due)} after the deadline";

    private static string Count(int count) => count.ToString(CultureInfo.InvariantCulture);
}
