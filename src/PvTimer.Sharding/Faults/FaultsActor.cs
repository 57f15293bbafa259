using System;
using System.Linq;
using Akka.Actor;
using Akka.Event;
using PvTimer.Sharding.Clients;

namespace PvTimer.Sharding.Faults;

/// <summary>/user/faults, on nodes that take part in drills: breaks what it is told to, and mends it.</summary>
internal sealed class FaultsActor : ReceiveActor, IWithTimers
{
    public const string Name = "faults";

    private readonly NetworkCut _cut = NetworkCut.Of(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();

    private sealed record Mend
    {
        public static Mend Instance { get; } = new();
    }

    public FaultsActor()
    {
        Receive<CutOff>(OnCutOff);
        Receive<Mend>(_ => OnMend());
    }

    public ITimerScheduler Timers { get; set; } = null!; // reason: set by Akka

    private void OnCutOff(CutOff order)
    {
        _cut.Set(order.Peers.Select(Address.Parse));
        Timers.Cancel(nameof(Mend));
        if (!order.Peers.IsEmpty)
        {
            _log.Warning("a drill cuts this node off from {0}", string.Join(", ", order.Peers));
            var lasts = TimeSpan.FromMilliseconds(order.LastsMilliseconds);
            Timers.StartSingleTimer(nameof(Mend), Mend.Instance, lasts);
        }
        Sender.Tell(new CommandAnswer(true, "done"));
    }

    private void OnMend()
    {
        _cut.Set([]);
        _log.Warning("a drill has ended: the network is whole");
    }
}
