using System;
using System.Threading;
using Akka.Actor;
using PvTimer.Actors.Dispatch;
using PvTimer.Engine;

namespace PvTimer.Actors;

/// <summary>
/// One region of a run: owns the dedicated thread that drives its actors through virtual time. The thread
/// first serves the start of the actors, then runs the region's rounds, and then gives the actors back.
/// </summary>
internal sealed class RegionActor : ReceiveActor
{
    /// <summary>The actors are there: run. Answered with <see cref="Ended"/> when the run is over.</summary>
    /// <param name="Actors">The actor of each entity, in the order of their indices.</param>
    public sealed record Run(IActorRef[] Actors);

    /// <param name="Crash">
    /// Null, or what broke the emulator itself (not the machine it runs), or took the region away.
    /// </param>
    public sealed record Ended(Exception? Crash);

    private readonly RegionDriver _driver;
    private readonly Region _region;
    private readonly Action<Region>? _atBarrier;
    private readonly Action _leave;
    private readonly Thread _thread;
    private volatile IActorRef[]? _actors;
    private volatile bool _isDismissed;

    /// <param name="driver">What the thread drives.</param>
    /// <param name="region">What it runs.</param>
    /// <param name="atBarrier">Called between two rounds; null: nobody looks.</param>
    /// <param name="leave">Called on the way out, so that no peer waits for this region any more.</param>
    public RegionActor(RegionDriver driver, Region region, Action<Region>? atBarrier, Action leave)
    {
        _driver = driver;
        _region = region;
        _atBarrier = atBarrier;
        _leave = leave;
        IActorRef self = Self;
        _thread = new Thread(() => self.Tell(new Ended(Drive())))
        {
            IsBackground = true,
            Name = self.Path.Name,
        };
        IActorRef asker = ActorRefs.Nobody;
        Receive<Run>(run =>
        {
            asker = Sender;
            _actors = run.Actors;
            _driver.Call();
        });
        Receive<Ended>(ended => asker.Tell(ended));
    }

    protected override void PreStart() => _thread.Start();

    /// <summary>
    /// A run that never began ends here, and so does one that waits for a peer; one in the middle of a round ends
    /// with the round. No actor waits for its thread: what that still says belongs to a run that is over.
    /// </summary>
    protected override void PostStop()
    {
        _isDismissed = true;
        _leave();
        _driver.Call();
    }

    /// <summary>Stopped in the middle: it must not look like a region that has come to its end.</summary>
    private void ThrowIfDismissed()
    {
        if (_isDismissed)
        {
            throw new RunAbandonedException($"{_thread.Name} was stopped in mid-run");
        }
    }

    private Exception? Drive()
    {
        try
        {
            _driver.Serve(() => _actors is not null || _isDismissed);
            if (_actors is { } actors)
            {
                _driver.Connect(actors);
                while (_region.RunRound())
                {
                    _atBarrier?.Invoke(_region);
                    _driver.SafePoint();
                    ThrowIfDismissed();
                }
            }
            return null;
        }
        // reason: whatever it is, it has to reach the caller of the run, and the peers must not wait
        catch (Exception crash)
        {
            return crash;
        }
        finally
        {
            _leave();
            _driver.Release();
        }
    }
}
