using System;
using System.Linq.Expressions;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Actor.Dsl;
using Akka.Event;
using Akka.TestKit;
using PvTimer.ActorTime.Moving;

namespace PvTimer.ActorTime.Verbs;

/// <summary>
/// Akka's test kit in virtual time: a test actor that gets messages, the verbs that expect them, and actors of the
/// test's own, which live in virtual time, too; what would wait on the wall is refused.
/// </summary>
public abstract class VirtualTestKit : VirtualSets, IActorRefFactory
{
    private readonly Func<ITimeline> _timeline;

    private protected VirtualTestKit(TestKitBase? inner, Func<ITimeline> timeline)
        : base(inner, timeline) => _timeline = timeline;

    /// <summary>The actor system of the test.</summary>
    public ActorSystem Sys => Inner.Sys;

    /// <summary>Gets the messages that are expected here.</summary>
    public IActorRef TestActor => Inner.TestActor;

    /// <summary>What the configuration says about test kits.</summary>
    public TestKitSettings TestKitSettings => Inner.TestKitSettings;

    /// <summary>The log of the actor system.</summary>
    public ILoggingAdapter Log => Inner.Log;

    /// <summary>Filters of the log wait on the wall: refused.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public EventFilterFactory EventFilter =>
        throw OnTheWall(
            "EventFilter",
            "Sys.EventStream.Subscribe(TestActor, typeof(Akka.Event.Error)), then ExpectMsg<Akka.Event.Error>()"
        );

    /// <inheritdoc cref="EventFilter"/>
    public EventFilterFactory CreateEventFilter(ActorSystem system) =>
        throw OnTheWall(
            nameof(CreateEventFilter),
            "Sys.EventStream.Subscribe(TestActor, typeof(Akka.Event.Error)), then ExpectMsg<Akka.Event.Error>()"
        );

    /// <summary>A latch is waited for on the wall: refused.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public TestLatch CreateTestLatch(int count = 1) =>
        throw OnTheWall(nameof(CreateTestLatch), "a message to TestActor, or AwaitCondition");

    /// <summary>A barrier is waited for on the wall: refused.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public TestBarrier CreateTestBarrier(int count) =>
        throw OnTheWall(nameof(CreateTestBarrier), "a message to TestActor, or AwaitCondition");

    /// <summary>The clock moves until a task is completed: what an Ask of the script's own, or another task of its actors, gives.</summary>
    /// <param name="task">What actors complete.</param>
    /// <param name="within">The longest span of virtual time it may take; null: what an expectation may take.</param>
    /// <param name="cancellationToken">Ends the wait early.</param>
    /// <exception cref="ScriptException">It was not completed in time.</exception>
    public T Await<T>(
        Task<T> task,
        TimeSpan? within = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(task);
        Await((Task)task, within, cancellationToken);
        return task.GetAwaiter().GetResult();
    }

    /// <inheritdoc cref="Await{T}(Task{T}, TimeSpan?, CancellationToken)"/>
    public void Await(
        Task task,
        TimeSpan? within = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(task);
        AwaitCondition(
            () => task.IsCompleted,
            within,
            interval: null,
            "a task is not completed",
            cancellationToken
        );
        task.GetAwaiter().GetResult();
    }

    /// <summary>The system ends with the test, and an earlier end would be waited for on the wall: refused.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public void Shutdown(TimeSpan? duration = null, bool verifySystemShutdown = false) =>
        throw OnTheWall(nameof(Shutdown), "the end of the test, which ends the system");

    /// <inheritdoc cref="Shutdown"/>
    public Task ShutdownAsync(TimeSpan? duration = null, bool verifySystemShutdown = false) =>
        throw OnTheWall(nameof(ShutdownAsync), "the end of the test, which ends the system");

    /// <summary>A probe of its own, whose verbs take virtual time, too.</summary>
    public AkkaProbe CreateTestProbe(string? name = null) =>
        new(Inner.CreateTestProbe(name), _timeline);

    /// <summary>A probe in another actor system: refused, as that one's clock is another one.</summary>
    /// <exception cref="NotSupportedException">It is another system.</exception>
    public AkkaProbe CreateTestProbe(ActorSystem system, string? name = null) =>
        system == Sys
            ? CreateTestProbe(name)
            : throw new NotSupportedException(
                $"{nameof(CreateTestProbe)} in another actor system would wait on the wall; accepted: this test's own"
            );

    /// <summary>One more test actor; its messages go where those of the first one go.</summary>
    public IActorRef CreateTestActor(string name) => Inner.CreateTestActor(name);

    /// <summary>An actor of the test's own, in virtual time: it does something when the clock moves.</summary>
    /// <param name="props">Whatever dispatcher they name, the actor runs on the script's thread.</param>
    public IActorRef ActorOf(Props props) => Inner.ActorOf(props);

    /// <inheritdoc cref="ActorOf(Props)"/>
    public IActorRef ActorOf(Props props, string? name = null) => Inner.ActorOf(props, name);

    /// <inheritdoc cref="ActorOf(Props)"/>
    public IActorRef ActorOf<TActor>()
        where TActor : ActorBase, new() => ActorOf(Props.Create<TActor>());

    /// <inheritdoc cref="ActorOf(Props)"/>
    public IActorRef ActorOf<TActor>(string name)
        where TActor : ActorBase, new() => ActorOf(Props.Create<TActor>(), name);

    /// <inheritdoc cref="ActorOf(Props)"/>
    public IActorRef ActorOf<TActor>(Expression<Func<TActor>> factory)
        where TActor : ActorBase => ActorOf(Props.Create(factory));

    /// <inheritdoc cref="ActorOf(Props)"/>
    public IActorRef ActorOf<TActor>(Expression<Func<TActor>> factory, string name)
        where TActor : ActorBase => ActorOf(Props.Create(factory), name);

    /// <inheritdoc cref="ActorOf(Props)"/>
    public IActorRef ActorOf(Action<IActorDsl, IActorContext> configure, string? name = null) =>
        ActorOf(Props.Create(() => new Act(configure)), name);

    /// <inheritdoc cref="ActorOf(Props)"/>
    public IActorRef ActorOf(Action<IActorDsl> configure, string? name = null) =>
        ActorOf(Props.Create(() => new Act(configure)), name);

    /// <summary>A child of the test actor, in virtual time.</summary>
    public IActorRef ChildActorOf(
        Props props,
        string name,
        SupervisorStrategy supervisorStrategy,
        CancellationToken cancellationToken = default
    ) => Inner.ChildActorOf(props, name, supervisorStrategy, cancellationToken);

    /// <inheritdoc cref="ChildActorOf(Props, string, SupervisorStrategy, CancellationToken)"/>
    public IActorRef ChildActorOf(
        Props props,
        SupervisorStrategy supervisorStrategy,
        CancellationToken cancellationToken = default
    ) => Inner.ChildActorOf(props, supervisorStrategy, cancellationToken);

    /// <inheritdoc cref="ChildActorOf(Props, string, SupervisorStrategy, CancellationToken)"/>
    public IActorRef ChildActorOf(
        Props props,
        string name,
        CancellationToken cancellationToken = default
    ) => Inner.ChildActorOf(props, name, cancellationToken);

    /// <inheritdoc cref="ChildActorOf(Props, string, SupervisorStrategy, CancellationToken)"/>
    public IActorRef ChildActorOf(Props props, CancellationToken cancellationToken = default) =>
        Inner.ChildActorOf(props, cancellationToken);

    /// <inheritdoc cref="ChildActorOf(Props, string, SupervisorStrategy, CancellationToken)"/>
    public Task<IActorRef> ChildActorOfAsync(
        Props props,
        string name,
        SupervisorStrategy supervisorStrategy,
        CancellationToken cancellationToken = default
    ) => Task.FromResult(ChildActorOf(props, name, supervisorStrategy, cancellationToken));

    /// <inheritdoc cref="ChildActorOf(Props, string, SupervisorStrategy, CancellationToken)"/>
    public Task<IActorRef> ChildActorOfAsync(
        Props props,
        SupervisorStrategy supervisorStrategy,
        CancellationToken cancellationToken = default
    ) => Task.FromResult(ChildActorOf(props, supervisorStrategy, cancellationToken));

    /// <inheritdoc cref="ChildActorOf(Props, string, SupervisorStrategy, CancellationToken)"/>
    public Task<IActorRef> ChildActorOfAsync(
        Props props,
        string name,
        CancellationToken cancellationToken = default
    ) => Task.FromResult(ChildActorOf(props, name, cancellationToken));

    /// <inheritdoc cref="ChildActorOf(Props, string, SupervisorStrategy, CancellationToken)"/>
    public Task<IActorRef> ChildActorOfAsync(
        Props props,
        CancellationToken cancellationToken = default
    ) => Task.FromResult(ChildActorOf(props, cancellationToken));

    /// <summary>An actor of the test's own that can be looked into.</summary>
    public TestActorRef<TActor> ActorOfAsTestActorRef<TActor>(
        Props props,
        IActorRef supervisor,
        string? name = null
    )
        where TActor : ActorBase => Inner.ActorOfAsTestActorRef<TActor>(props, supervisor, name);

    /// <summary>An actor of the test's own that can be looked into.</summary>
    public TestActorRef<TActor> ActorOfAsTestActorRef<TActor>(Props props, string? name = null)
        where TActor : ActorBase => Inner.ActorOfAsTestActorRef<TActor>(props, name);

    /// <summary>An actor of the test's own that can be looked into.</summary>
    public TestActorRef<TActor> ActorOfAsTestActorRef<TActor>(
        Expression<Func<TActor>> factory,
        IActorRef supervisor,
        string? name = null
    )
        where TActor : ActorBase => Inner.ActorOfAsTestActorRef<TActor>(factory, supervisor, name);

    /// <summary>An actor of the test's own that can be looked into.</summary>
    public TestActorRef<TActor> ActorOfAsTestActorRef<TActor>(
        Expression<Func<TActor>> factory,
        string? name = null
    )
        where TActor : ActorBase => Inner.ActorOfAsTestActorRef<TActor>(factory, name);

    /// <summary>An actor of the test's own that can be looked into.</summary>
    public TestActorRef<TActor> ActorOfAsTestActorRef<TActor>(
        IActorRef supervisor,
        string? name = null
    )
        where TActor : ActorBase, new() => Inner.ActorOfAsTestActorRef<TActor>(supervisor, name);

    /// <summary>An actor of the test's own that can be looked into.</summary>
    public TestActorRef<TActor> ActorOfAsTestActorRef<TActor>(string? name = null)
        where TActor : ActorBase, new() => Inner.ActorOfAsTestActorRef<TActor>(name);

    /// <summary>An actor of the test's own that can be looked into.</summary>
    public TestFSMRef<TFsmActor, TState, TData> ActorOfAsTestFSMRef<TFsmActor, TState, TData>(
        Props props,
        IActorRef supervisor,
        string? name = null,
        bool withLogging = false
    )
        where TFsmActor : FSM<TState, TData> =>
        Inner.ActorOfAsTestFSMRef<TFsmActor, TState, TData>(props, supervisor, name, withLogging);

    /// <summary>An actor of the test's own that can be looked into.</summary>
    public TestFSMRef<TFsmActor, TState, TData> ActorOfAsTestFSMRef<TFsmActor, TState, TData>(
        Props props,
        string? name = null,
        bool withLogging = false
    )
        where TFsmActor : FSM<TState, TData> =>
        Inner.ActorOfAsTestFSMRef<TFsmActor, TState, TData>(props, name, withLogging);

    /// <summary>An actor of the test's own that can be looked into.</summary>
    public TestFSMRef<TFsmActor, TState, TData> ActorOfAsTestFSMRef<TFsmActor, TState, TData>(
        Expression<Func<TFsmActor>> factory,
        IActorRef supervisor,
        string? name = null,
        bool withLogging = false
    )
        where TFsmActor : FSM<TState, TData> =>
        Inner.ActorOfAsTestFSMRef<TFsmActor, TState, TData>(factory, supervisor, name, withLogging);

    /// <summary>An actor of the test's own that can be looked into.</summary>
    public TestFSMRef<TFsmActor, TState, TData> ActorOfAsTestFSMRef<TFsmActor, TState, TData>(
        Expression<Func<TFsmActor>> factory,
        string? name = null,
        bool withLogging = false
    )
        where TFsmActor : FSM<TState, TData> =>
        Inner.ActorOfAsTestFSMRef<TFsmActor, TState, TData>(factory, name, withLogging);

    /// <summary>An actor of the test's own that can be looked into.</summary>
    public TestFSMRef<TFsmActor, TState, TData> ActorOfAsTestFSMRef<TFsmActor, TState, TData>(
        IActorRef supervisor,
        string? name = null,
        bool withLogging = false
    )
        where TFsmActor : FSM<TState, TData>, new() =>
        Inner.ActorOfAsTestFSMRef<TFsmActor, TState, TData>(supervisor, name, withLogging);

    /// <summary>An actor of the test's own that can be looked into.</summary>
    public TestFSMRef<TFsmActor, TState, TData> ActorOfAsTestFSMRef<TFsmActor, TState, TData>(
        string? name = null,
        bool withLogging = false
    )
        where TFsmActor : FSM<TState, TData>, new() =>
        Inner.ActorOfAsTestFSMRef<TFsmActor, TState, TData>(name, withLogging);

    /// <summary>Actors by their path.</summary>
    public ActorSelection ActorSelection(ActorPath actorPath) => Inner.ActorSelection(actorPath);

    /// <summary>Actors by their path.</summary>
    public ActorSelection ActorSelection(string actorPath) => Inner.ActorSelection(actorPath);

    /// <summary>Actors by their path below another one.</summary>
    public ActorSelection ActorSelection(IActorRef anchorRef, string actorPath) =>
        Inner.ActorSelection(anchorRef, actorPath);

    private static NotSupportedException OnTheWall(string verb, string instead) =>
        new($"{verb} would wait on the wall, and a script's time is virtual; accepted: {instead}");
}
