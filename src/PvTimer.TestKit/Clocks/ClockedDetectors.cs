using System;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote;

namespace PvTimer.TestKit.Clocks;

/// <summary>Akka's phi-accrual failure detector on a <see cref="ClusterClock"/>. Named in the configuration, and made by Akka.</summary>
internal sealed class ClockedPhiDetector : PhiAccrualFailureDetector
{
    /// <summary>Called by Akka.</summary>
    public ClockedPhiDetector(Config config, EventStream events)
        : base(
            config.GetDouble("threshold"),
            config.GetInt("max-sample-size"),
            config.GetTimeSpan("min-std-deviation"),
            config.GetTimeSpan("acceptable-heartbeat-pause"),
            config.GetTimeSpan("heartbeat-interval"),
            ClockedMilliseconds.Of(config)
        ) { }
}

/// <summary>Akka's failure detector of connections on a <see cref="ClusterClock"/>. Named in the configuration, and made by Akka.</summary>
internal sealed class ClockedDeadlineDetector : DeadlineFailureDetector
{
    /// <summary>Called by Akka.</summary>
    public ClockedDeadlineDetector(Config config, EventStream events)
        : base(
            config.GetTimeSpan("acceptable-heartbeat-pause"),
            config.GetTimeSpan("heartbeat-interval"),
            ClockedMilliseconds.Of(config)
        ) { }
}

/// <summary>What Akka's failure detectors call a clock: a function that gives milliseconds.</summary>
internal static class ClockedMilliseconds
{
    public static Akka.Remote.Clock Of(Config config)
    {
        TimeProvider clock = ClockedSystem.Of(config).Clock;
        return () => clock.GetTimestamp() / TimeSpan.TicksPerMillisecond;
    }
}
