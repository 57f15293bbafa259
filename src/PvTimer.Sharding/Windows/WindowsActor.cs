using Akka.Actor;
using PvTimer.Sharding.Nodes;

namespace PvTimer.Sharding.Windows;

/// <summary>/user/windows: the address to which peers send their frames, and offer memory to share.</summary>
internal sealed class WindowsActor : UntypedActor
{
    public const string Name = "windows";

    private readonly FrameRouter _router;
    private readonly PeerMemory _memory;

    public WindowsActor(FrameRouter router, PeerMemory memory) =>
        (_router, _memory) = (router, memory);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case WindowFrame frame:
                _router.Deliver(frame);
                break;
            case OfferMemory offer:
                NodeContext
                    .WindowsAt(Context.System, offer.From)
                    .Tell(_memory.Take(offer), ActorRefs.NoSender);
                break;
            case MemoryAnswer answer:
                _memory.Settle(answer);
                break;
            default:
                Unhandled(message);
                break;
        }
    }
}
