using System.Collections.Generic;

namespace PvTimer.Experiments.Tests.Naive.Machine;

/// <summary>What a run comes to, all vCPUs together.</summary>
internal sealed class NaiveResult
{
    public long Armed { get; set; }
    public long Fired { get; set; }
    public long MsrWrites { get; set; }
    public long Hlts { get; set; }
    public long ExternalInterrupts { get; set; }
    public long PreemptionTimers { get; set; }
    public long Posted { get; set; }
    public long Scans { get; set; }
    public long MsrWriteTime { get; set; }
    public long HltTime { get; set; }
    public long ExternalInterruptTime { get; set; }
    public long PreemptionTimerTime { get; set; }

    /// <summary>Deadline to the first line of its handler.</summary>
    public List<long> Lateness { get; } = [];
}
