using Akka.Actor;
using PvTimer.Model.Events;

namespace PvTimer.TestKit.Observing;

/// <summary>Sits where an entity's actor sat and hands what comes to the probe.</summary>
internal sealed class ProbeActor(Probe probe) : UntypedActor
{
    protected override void OnReceive(object message)
    {
        if (message is Message and not Start)
        {
            probe.Take(message, Sender);
        }
    }
}
