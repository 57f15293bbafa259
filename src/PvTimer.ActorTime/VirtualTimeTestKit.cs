using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.TestKit;
using PvTimer.ActorTime.Faults;
using PvTimer.ActorTime.Verbs;
using PvTimer.ActorTime.Worlds;

namespace PvTimer.ActorTime;

/// <summary>
/// The base of a test class whose actors live in virtual time, on the test's own thread: timers, ReceiveTimeout, Ask,
/// ReceiveAsync and PipeTo included. Akka's verbs are all there. Nothing waits on the wall, and every run is the same.
/// </summary>
/// <remarks>
/// For a test framework use one of the adapters, which add its output and its end: PvTimer.ActorTime.Xunit2,
/// PvTimer.ActorTime.Xunit3, PvTimer.ActorTime.Hosting. Without one, dispose of it.
/// </remarks>
public abstract partial class VirtualTimeTestKit : VirtualTestKit, IDisposable
{
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(30);

    private readonly Current _current;
    private bool _hasEnded;

    /// <param name="config">The actor system's configuration; null: Akka's defaults.</param>
    /// <param name="setup">More of its set-up; null: none.</param>
    /// <param name="log">Where the actor system's log goes, line by line; null: nowhere.</param>
    /// <exception cref="NotSupportedException">The configuration asks for what cannot be in virtual time.</exception>
    protected VirtualTimeTestKit(
        Config? config = null,
        ActorSystemSetup? setup = null,
        Action<string>? log = null
    )
        : this(Current.Of(config, setup, log)) => _ = _current.Stage;

    /// <summary>For an adapter whose actor system is made by something else: a host.</summary>
    /// <param name="start">
    /// Starts it, when the kit is used for the first time, with a configuration of <see cref="WorldConfig"/>. It is given
    /// the kit, and what it has to call with the actor system as soon as that is there, before any actor of the user's
    /// is: from then on actors are in virtual time, and the kit can be used. What it is given in return lets them go, for a
    /// host that ends before the kit does. It gives what ends the host.
    /// </param>
    /// <param name="log">Where the actor system's log goes, line by line; null: nowhere.</param>
    protected VirtualTimeTestKit(
        Func<VirtualTimeTestKit, Func<ActorSystem, IDisposable>, IDisposable> start,
        Action<string>? log = null
    )
        : this(new Current(null))
    {
        ArgumentNullException.ThrowIfNull(start);
        _current.Make = () => Started(start, log);
    }

    private VirtualTimeTestKit(Current current)
        : base(inner: null, () => current.Stage.World)
    {
        _current = current;
        Clock = new ActorClock(() => _current.Stage.World);
    }

    /// <summary>The virtual clock.</summary>
    public ActorClock Clock { get; }

    /// <summary>
    /// The virtual clock for code that takes a <see cref="TimeProvider"/>: <c>Task.Delay(span, Time)</c>, time-outs of
    /// CancellationTokenSource, PeriodicTimer. The script begins at the Unix epoch.
    /// </summary>
    public TimeProvider Time => _current.Stage.Time;

    /// <summary>What happens to messages on their way, and to actors.</summary>
    public ActorFaults Faults => new(_current.Stage.World);

    /// <summary>Failures of actors so far, in order: what their handlers have thrown.</summary>
    public IReadOnlyList<ActorFailure> Failures =>
        [
            .. _current.Stage.World.Journal.Failures.Select(failure => new ActorFailure(
                TimeSpan.FromTicks(failure.At / 100),
                failure.Actor,
                failure.Cause
            )),
        ];

    /// <summary>
    /// What this thread tells from now on is from the test actor, and so is what awaits here. For a test framework that
    /// makes the test on one thread and runs it on another one; the adapters call it.
    /// </summary>
    public void ActHere() => _current.Stage.ActHere();

    /// <summary>Gives this script up, and begins another one: with an actor system, a test actor and a clock of its own.</summary>
    /// <exception cref="ScriptException">What the end of the old one says: see <see cref="Dispose()"/>.</exception>
    public void Anew()
    {
        try
        {
            _current.Stage.ThrowIfNotAllWell();
        }
        finally
        {
            Enter(_current.Next());
        }
    }

    /// <summary>Ends the test, and its actor system.</summary>
    /// <exception cref="ScriptException">
    /// A fault that it has injected has not happened, or something of its actors was not in virtual time.
    /// </exception>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends the test: <see cref="AfterAll"/>, and then the actor system.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing || _hasEnded || !_current.IsThere)
        {
            return;
        }
        _hasEnded = true;
        try
        {
            AfterAll();
        }
        finally
        {
            _current.Stage.Dispose();
        }
    }

    /// <summary>What is done when the test has ended, and its actor system is still there.</summary>
    protected virtual void AfterAll() => _current.Stage.ThrowIfNotAllWell();

    private protected override TestKitBase FirstInner() => _current.Stage.Kit;

    private Stage Started(
        Func<VirtualTimeTestKit, Func<ActorSystem, IDisposable>, IDisposable> start,
        Action<string>? log
    )
    {
        Stage? stage = null;
        try
        {
            IDisposable host = start(
                this,
                system =>
                {
                    _current.Leave();
                    _current.Stage = stage = new Stage(system, log);
                    Inner = stage.Kit;
                    return new Lease(stage.World);
                }
            );
            Stage started =
                stage ?? throw new InvalidOperationException("no actor system was started");
            started.ActHere(); // reason: a host that starts with await has put back what was before
            return started.EndWith(host);
        }
        catch
        {
            stage?.Dispose();
            throw;
        }
    }

    /// <summary>The stage that the test is on: an exploration has one for each schedule.</summary>
    private sealed class Current(Func<Stage>? make)
    {
        private Stage? _stage;
        private bool _isMaking;

        /// <summary>Makes a stage.</summary>
        public Func<Stage>? Make { get; set; } = make;

        /// <summary>It was needed, and could be made.</summary>
        public bool IsThere => _stage is not null;

        /// <summary>Made when it is needed for the first time.</summary>
        public Stage Stage
        {
            get => _stage ??= Next();
            set => _stage = value;
        }

        /// <summary>Stages with a configuration of their own.</summary>
        public static Current Of(Config? config, ActorSystemSetup? setup, Action<string>? log)
        {
            ActorSystemSetup said = setup ?? ActorSystemSetup.Empty;
            BootstrapSetup bootstrap = said.Get<BootstrapSetup>()
                .GetOrElse(BootstrapSetup.Create());
            ProviderSelection? provider = bootstrap.ActorRefProvider.GetOrElse(null!); // reason: null is "none"
            Config? fromSetup = bootstrap.Config.GetOrElse(null!); // reason: null is "none"
            ActorSystemSetup whole = said.WithSetup(
                bootstrap
                    .WithConfig(WorldConfig.With(Join(config, fromSetup)))
                    .WithActorRefProvider(WorldConfig.Provider(provider))
            );
            return new Current(() => new Stage(whole, log));
        }

        /// <summary>The stage ends before another one is made.</summary>
        public void Leave()
        {
            _stage?.Dispose();
            _stage = null;
        }

        public Stage Next()
        {
            if (_isMaking)
            {
                throw new InvalidOperationException(
                    "the actor system is not there yet; accepted: where actors are started, and in the test"
                );
            }
            _isMaking = true;
            try
            {
                return Make!(); // reason: a constructor sets it
            }
            finally
            {
                _isMaking = false;
            }
        }

        private static Config? Join(Config? config, Config? fromSetup) =>
            config is null ? fromSetup
            : fromSetup is null ? config
            : config.WithFallback(fromSetup);
    }

    /// <summary>One actor system in virtual time, with its test actor.</summary>
    private sealed class Stage : IDisposable
    {
        // Akka's kit has set both on the thread that has made it.
        private readonly SynchronizationContext? _context;
        private readonly ActorCell? _acting;

        private bool _isAsked;
        private IDisposable? _host;

        public Stage(ActorSystemSetup setup, Action<string>? log)
            : this(new Inside(setup), log) { }

        /// <param name="system">Made by a host, with a configuration of <see cref="WorldConfig"/>.</param>
        /// <param name="log">Where its log goes, line by line; null: nowhere.</param>
        public Stage(ActorSystem system, Action<string>? log)
            : this(new Inside(system), log) { }

        private Stage(Inside kit, Action<string>? log)
        {
            _context = SynchronizationContext.Current;
            _acting = AkkaInternals.ActingAs;
            Kit = kit;
            World = WorldScheduler.WorldOf(kit.Sys.Scheduler);
            Time = new WorldTime(World);
            World.Log = log;
            World.Begin();
        }

        public TestKitBase Kit { get; }

        public ActorWorld World { get; }

        public TimeProvider Time { get; }

        /// <summary>What this thread tells is from the test actor.</summary>
        public void ActHere()
        {
            SynchronizationContext.SetSynchronizationContext(_context);
            AkkaInternals.ActingAs = _acting;
        }

        /// <summary>A host ends with it.</summary>
        public Stage EndWith(IDisposable host)
        {
            _host = host;
            return this;
        }

        /// <exception cref="ScriptException">A fault has not happened, or something was not in virtual time.</exception>
        public void ThrowIfNotAllWell()
        {
            if (_isAsked)
            {
                return;
            }
            _isAsked = true;
            World.ThrowIfEscaped();
            IReadOnlyList<string> missed = World.Faults.Missed();
            if (missed.Count > 0)
            {
                throw new ScriptException(
                    $"not all of the faults happened: {string.Join("; ", missed)}; accepted: messages that they meet, or optional: true"
                );
            }
        }

        public void Dispose()
        {
            World.Release();
            _host?.Dispose();
            if (!Kit.Sys.Terminate().Wait(LongestEnd))
            {
                throw new ScriptException(
                    $"the actor system has not ended within {LongestEnd.TotalSeconds:0} s"
                );
            }
        }
    }

    /// <summary>Actors are in virtual time until it is disposed of.</summary>
    private sealed class Lease(ActorWorld world) : IDisposable
    {
        public void Dispose() => world.Release();
    }

    /// <summary>Akka's own, for its actor system and its test actor.</summary>
    private sealed class Inside : TestKitBase
    {
        public Inside(ActorSystemSetup setup)
            : base(new Assertions(), setup, "test", "test-actor") { }

        public Inside(ActorSystem system)
            : base(new Assertions(), system, "test-actor") { }
    }
}

/// <summary>An actor's handler has thrown.</summary>
/// <param name="At">Virtual time since the script began.</param>
/// <param name="Actor">Its path.</param>
/// <param name="Cause">What was thrown.</param>
public sealed record ActorFailure(TimeSpan At, string Actor, Exception Cause);
