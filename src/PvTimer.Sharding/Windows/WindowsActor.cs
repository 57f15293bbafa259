using Akka.Actor;

namespace PvTimer.Sharding.Windows;

/// <summary>/user/windows: the address to which peers send their frames.</summary>
internal sealed class WindowsActor : UntypedActor
{
    public const string Name = "windows";

    private readonly FrameRouter _router;

    public WindowsActor(FrameRouter router) => _router = router;

    protected override void OnReceive(object message)
    {
        if (message is WindowFrame frame)
        {
            _router.Deliver(frame);
        }
        else
        {
            Unhandled(message);
        }
    }
}
